import Foundation
import TestSupport
import Testing

/// Who may do what, asked of the running server: every route, every scope, own and other agent.
@Suite struct ServeAccessTests {
    /// A request, the scopes that may make it (`*`: everybody), and whose affair it is.
    private struct Row {
        var method: String
        var path: String
        var scopes: Set<String>
        var agent: String?
        var body: [String: Any]?
        /// For everybody, whoever asks.
        var status = 200
    }

    private static func rows(message: String, approval: String, agent: String) -> [Row] {
        let any: Set<String> = ["domains", "send", "oversight", "audit"]
        return [
            Row(method: "GET", path: "/healthz", scopes: ["*"]), Row(method: "GET", path: "/readyz", scopes: ["*"]),
            Row(method: "GET", path: "/metrics", scopes: ["audit"]),
            Row(
                method: "POST", path: "/v1/send_email", scopes: ["send"], agent: agent,
                body: ["agent_id": agent, "to": "ada@example.net", "text": "x", "oversight_mode": "read_only"]),
            Row(
                method: "POST", path: "/v1/reply_email", scopes: ["send"], agent: agent,
                body: [
                    "agent_id": agent, "original": "From: ada@example.net\r\n\r\nx", "text": "x",
                    "oversight_mode": "read_only",
                ]),
            Row(
                method: "POST", path: "/v1/forward_email", scopes: ["send"], agent: agent,
                body: [
                    "agent_id": agent, "original": "From: ada@example.net\r\n\r\nx", "style": "attachment",
                    "to": "ada@example.net", "oversight_mode": "read_only",
                ]),
            Row(method: "POST", path: "/v1/domains", scopes: ["domains"], body: ["domain": "s.test"]),
            Row(method: "GET", path: "/v1/domains", scopes: ["domains"]),
            Row(method: "GET", path: "/v1/domains/s.test", scopes: ["domains"]),
            Row(method: "POST", path: "/v1/domains/s.test/verify", scopes: ["domains"]),
            Row(method: "GET", path: "/v1/messages/\(message)", scopes: ["send", "oversight", "audit"], agent: agent),
            Row(method: "GET", path: "/v1/oversight/pending", scopes: ["oversight"]),
            Row(method: "GET", path: "/v1/oversight/pending/\(approval)", scopes: ["oversight"], agent: agent),
            Row(method: "POST", path: "/v1/oversight/decide", scopes: ["oversight"], body: ["payload": "e30="]),
            Row(method: "GET", path: "/v1/agents", scopes: any),
            Row(method: "GET", path: "/v1/agents/\(agent)", scopes: any, agent: agent),
            Row(method: "GET", path: "/v1/identity/pubkey/\(agent)", scopes: ["*"]),
            Row(method: "POST", path: "/v1/identity/verify", scopes: any, body: ["message": "From: a@b.c\r\n\r\nx"]),
            Row(method: "GET", path: "/v1/audit?agent_id=\(agent)", scopes: ["audit"], agent: agent),
            Row(method: "POST", path: "/mcp", scopes: any, body: ["jsonrpc": "2.0", "id": 1, "method": "tools/list"]),
            Row(method: "GET", path: "/.well-known/signet/pubkey/\(agent)", scopes: ["*"]),
            Row(method: "GET", path: "/.well-known/signet/checkpoint", scopes: ["*"]),
            // The host that is asked has no policy.
            Row(method: "GET", path: "/.well-known/mta-sts.txt", scopes: ["*"], status: 404),
        ]
    }

    @Test func everyRouteWithEveryToken() async throws {
        let place = try ServedPlace()
        let held = try await place.send("gated", "Held", token: place.token(["send"]))
        let message = try #require(held.json["message_id"].string)
        let approval = try #require(held.json["approval_id"].string)
        var tokens: [(scopes: Set<String>, agent: String?, token: String?)] = [([], nil, nil)]
        for scope in ["domains", "send", "oversight", "audit"] {
            for agent in [nil, "gated", "free"] {
                tokens.append(([scope], agent, try place.token([scope], agents: agent.map { [$0] } ?? [])))
            }
        }
        for row in Self.rows(message: message, approval: approval, agent: "gated") {
            for (scopes, bound, token) in tokens {
                let answer = try await place.ask(row.method, row.path, token: token, json: row.body)
                let code = answer.json["code"].string
                let what =
                    "\(row.method) \(row.path) \(scopes) bound to \(bound ?? "none"): \(answer.status) \(answer.text)"
                if row.scopes == ["*"] {
                    #expect(answer.status == row.status, "\(what)")
                } else if token == nil {
                    #expect(answer.status == 401 && code == "unauthenticated", "\(what)")
                } else if row.scopes.isDisjoint(with: scopes) {
                    #expect(answer.status == 403 && code == "scope_missing", "\(what)")
                } else if let agent = row.agent, let bound, bound != agent {
                    #expect(answer.status == 403 && code == "foreign_agent", "\(what)")
                } else {
                    // Let in: what the gate refuses is its own affair.
                    #expect(code != "scope_missing" && code != "foreign_agent" && answer.status != 401, "\(what)")
                }
            }
        }
        // Lists show a bound token its own agents alone.
        let mine = try await place.ask("GET", "/v1/agents", token: place.token(["send"], agents: ["free"]))
        #expect(mine.json["agents"].array.compactMap(\.["agent_id"].string) == ["free"])
        let pending = try await place.ask(
            "GET", "/v1/oversight/pending", token: place.token(["oversight"], agents: ["free"]))
        #expect(pending.json["approvals"].array.isEmpty)
    }

    @Test func whatIsNoTokenOpensNothing() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let expiring = try place.workspace.start(
            ["tokens", "create", "--name", "short", "--scope", "send", "--expires", "1s", "--output", "json"]).wait()
        let expired = try #require(
            JSON(try JSONSerialization.jsonObject(with: Data(expiring.output.utf8)))["secret"].string)
        let made = try place.workspace.answer("tokens", "create", "--name", "gone", "--scope", "send")
        let gone = try #require(made.json["secret"].string)
        #expect(try await place.ask("GET", "/v1/agents", token: gone).status == 200)
        let id = try #require(made.json["tokens"][0]["id"].string)
        #expect(try place.workspace.signet("tokens", "revoke", id).status == 0)
        try await pollAsync("the short one ends") {
            try await place.ask("GET", "/v1/agents", token: expired).status == 401
        }
        let half = token.prefix(token.count - 1)
        for wrong in [gone, String(half), half + "a", token.uppercased(), "", "x"] where wrong != token {
            let answer = try await place.ask("GET", "/v1/agents", token: wrong)
            #expect(answer.status == 401 || answer.status == 429, "\(answer.text)")
            #expect(answer.json["code"].string != nil)
        }
        for header in ["Basic \(token)", token, "Bearer", "Bearer  \(token)", "Bearer \(token) x"] {
            #expect(
                try await place.ask("GET", "/v1/agents", headers: ["Authorization": header]).status != 200, "\(header)")
        }
        // Too many of them, and the address is told to wait; a good one never is.
        var statuses: Set<Int> = []
        for _ in 0..<25 { statuses.insert(try await place.ask("GET", "/v1/agents", token: "x").status) }
        #expect(statuses == [401, 429])
        #expect(try await place.ask("GET", "/v1/agents", token: token).status == 200)
        let listed = try place.workspace.answer("tokens", "list")
        #expect(listed.json["tokens"].array.compactMap(\.["state"].string) == ["active", "expired", "revoked"])
    }

    /// What is for everybody is for those too who show what is no token, to a proxy say.
    @Test func foreignCredentialsCloseNothingThatIsOpen() async throws {
        let place = try ServedPlace()
        for path in ["/healthz", "/readyz", "/v1/identity/pubkey/free", "/.well-known/signet/checkpoint"] {
            for value in ["Basic eDp5", "Bearer sgt_wrong"] {
                let answer = try await place.ask("GET", path, headers: ["Authorization": value])
                #expect(answer.status == 200, "\(path): \(answer.text)")
            }
        }
    }

    @Test func aTokenThatCouldSendAndApproveCannotBeMade() throws {
        let place = try ServedPlace(serves: false)
        for scopes in [["send", "oversight"], ["domains", "oversight", "audit", "send"]] {
            let arguments = ["tokens", "create", "--name", "t"] + scopes.flatMap { ["--scope", $0] }
            let refused = try place.workspace.start(arguments).wait()
            #expect(refused.status == 1)
            #expect(refused.error.contains("whoever may send may not approve"))
        }
        #expect(
            try place.workspace.signet("tokens", "create", "--name", "t", "--scope", "send", "--agent", "x").status == 1
        )
        #expect(try place.workspace.answer("tokens", "list").json["tokens"].array.isEmpty)
    }

    /// Tokens, the key-encryption key and private keys are in no answer, log line or stored octet.
    @Test func noSecretIsShownOrStored() async throws {
        let place = try ServedPlace()
        var said = ""
        let made = try place.workspace.answer("tokens", "create", "--name", "one", "--scope", "send")
        let token = try #require(made.json["secret"].string)
        let overseer = try place.token(["oversight"])
        let auditor = try place.token(["audit"])
        for arguments in [
            ["tokens", "list"], ["tokens", "list", "--output", "json"], ["tokens", "list", "--output", "markdown"],
            ["audit", "query"],
        ] {
            said += try place.workspace.start(arguments).wait().all
        }
        let held = try await place.send("gated", token, token: token, ["idempotency_key": "k"])
        said += held.text
        for (method, path, shown) in [
            ("GET", "/v1/agents", token), ("GET", "/v1/\(token)", token), ("GET", "/v1/agents/\(token)", token),
            ("GET", "/v1/agents", token + "x"), ("GET", "/v1/audit", auditor),
            ("GET", "/v1/oversight/pending", auditor),
            ("GET", "/metrics", auditor), ("POST", "/v1/send_email", token), (token, "/v1/agents", token),
        ] {
            said += try await place.ask(method, path, token: shown).text
        }
        let approval = try await place.ask("GET", "/v1/oversight/pending", token: overseer).json["approvals"][0]
        let yes = try place.statement(approval)
        said += try await place.ask("POST", "/v1/oversight/decide", token: overseer, json: yes).text
        try poll("the message arrives") { try place.sink.arrived().count == 1 }
        place.server?.signal(SIGTERM)
        place.server?.wait()
        said += place.said
        var stored = Data()
        for file in try FileManager.default.contentsOfDirectory(atPath: place.workspace.folder.path)
        where file.hasPrefix("state.db") {
            stored += try Data(contentsOf: place.workspace.folder.appending(path: file))
        }
        #expect(stored.count > 10_000 && said.contains("request_id"))
        let secrets = [token, overseer, auditor].map { String($0.suffix(52)) }
        let key = try place.workspace.read("alice.pem").split(separator: "\n")[1]
        for (what, marker) in [
            ("the approver's key", String(key)), ("the key-encryption key", Workspace.keyEncryptionKey),
            ("a private key", "PRIVATE KEY"),
        ] {
            #expect(!said.contains(marker), "\(what) was said")
            #expect(stored.range(of: Data(marker.utf8)) == nil, "\(what) was stored")
        }
        // The subject was the token: it stands in what was stored and sent as that, and nowhere else.
        for secret in secrets.dropFirst() { #expect(stored.range(of: Data(secret.utf8)) == nil) }
        for line in place.said.split(separator: "\n") { #expect(!secrets.contains { line.contains($0) }, "\(line)") }
    }
}
