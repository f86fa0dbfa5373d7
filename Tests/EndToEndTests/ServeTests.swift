import Foundation
import TestSupport
import Testing

/// The HTTP API by the real binary: what it sends, holds, refuses and tells.
@Suite struct ServeTests {
    @Test func whatIsSentIsMeasuredOnceAndAnsweredAlike() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let sent = try await place.send("free", "Hi", token: token, ["idempotency_key": "k1"])
        #expect(sent.status == 200, "\(sent.text)")
        let measured = sent.json["authentication"]
        for word in ["spf", "dkim", "dmarc"] { #expect(measured[word].string == "pass", "\(word)") }
        #expect(measured["identity_signed"].bool == true)
        let again = try await place.send("free", "Hi", token: token, ["idempotency_key": "k1"])
        #expect(again.status == 200)
        #expect(again.json["repeated"].bool == true)
        #expect(again.json["message_id"].string == sent.json["message_id"].string)
        #expect(again.json["authentication"]["dmarc"].string == "pass")
        let byHeader = try await place.ask(
            "POST", "/v1/send_email", token: token,
            json: ["agent_id": "free", "to": ["ada@example.net"], "subject": "Hi", "text": "Hello."],
            headers: ["Idempotency-Key": "k1"])
        #expect(byHeader.json["repeated"].bool == true)
        let other = try await place.send("free", "Other", token: token, ["idempotency_key": "k1"])
        #expect(other.status == 409)
        #expect(other.json["code"].string == "idempotency_conflict")
        #expect(other.json["message_id"].string == sent.json["message_id"].string)
        #expect(try place.sink.arrived().count == 1)
        let id = try #require(sent.json["message_id"].string)
        let read = try await place.ask("GET", "/v1/messages/\(id)", token: token)
        #expect(read.json["status"].string == "sent")
        #expect(read.json["authentication"]["spf"].string == "pass")
    }

    /// Held, decided on by a statement that was signed elsewhere, and sent by the server itself.
    @Test func anApproversStatementReleasesOneMessage() async throws {
        let place = try ServedPlace()
        let sender = try place.token(["send"])
        let overseer = try place.token(["oversight"])
        let held = try await place.send("gated", "Held", token: sender)
        #expect(held.status == 202, "\(held.text)")
        #expect(held.json["status"].string == "held")
        let list = try await place.ask("GET", "/v1/oversight/pending", token: overseer)
        let approval = list.json["approvals"][0]
        #expect(approval["approval_id"].string == held.json["approval_id"].string)
        #expect(approval["subject"].string == "Held")
        let id = try #require(approval["approval_id"].string)
        let whole = try await place.ask("GET", "/v1/oversight/pending/\(id)", token: overseer)
        let octets = try #require(Data(base64Encoded: whole.json["message"].string ?? ""))
        #expect(String(decoding: octets, as: UTF8.self).contains("Subject: Held\r\n"))

        // Whoever holds the token alone cannot approve; nor can a stranger, nor a changed statement.
        _ = try place.workspace.makeApproverKey("mallory.pem")
        let forged = try place.statement(approval, key: "mallory.pem")
        let refused = try await place.ask("POST", "/v1/oversight/decide", token: overseer, json: forged)
        #expect(refused.status == 422)
        #expect(refused.json["errors"][0]["field"].string == "signatures")
        var changed = try #require(try place.statement(approval, answer: "deny") as? [String: Any])
        let denial = Data(base64Encoded: changed["payload"] as! String)!
        changed["payload"] = Data(
            String(decoding: denial, as: UTF8.self).replacingOccurrences(of: "deny", with: "approve").utf8
        ).base64EncodedString()
        #expect(try await place.ask("POST", "/v1/oversight/decide", token: overseer, json: changed).status == 422)
        #expect(try place.sink.arrived().isEmpty)

        let yes = try place.statement(approval)
        let decided = try await place.ask("POST", "/v1/oversight/decide", token: overseer, json: yes)
        #expect(decided.status == 200, "\(decided.text)")
        #expect(decided.json["state"].string == "approved")
        #expect(decided.json["answered_by"].string == "alice")
        try poll("the message arrives") { try place.sink.arrived().count == 1 }
        let message = String(decoding: try place.sink.arrived()[0].octets, as: UTF8.self)
        #expect(message.contains("approval_ref=\(id)"))
        // The same answer once more, as after a lost one, and another.
        let auditor = try place.token(["audit"])
        let before = try await place.ask("GET", "/v1/audit?kind=approval.approved", token: auditor).json["entries"]
            .array
        let again = try await place.ask("POST", "/v1/oversight/decide", token: overseer, json: yes)
        #expect(again.status == 200 && again.json["answered_by"].string == "alice", "\(again.text)")
        let after = try await place.ask("GET", "/v1/audit?kind=approval.approved", token: auditor).json["entries"].array
        #expect(before.count == 1 && after.count == 1)
        #expect(try place.sink.arrived().count == 1)
        let no = try place.statement(approval, answer: "deny")
        let late = try await place.ask("POST", "/v1/oversight/decide", token: overseer, json: no)
        #expect(late.status == 409, "\(late.text)")
        let empty = try await place.ask("GET", "/v1/oversight/pending", token: overseer)
        #expect(empty.json["approvals"].array.isEmpty)
    }

    @Test func whatTheGateRefusesIsSaidWithItsReason() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let readOnly = try await place.send("silent", "Never", token: token)
        #expect(readOnly.status == 403)
        #expect(readOnly.json["code"].string == "refused")
        #expect(readOnly.json["decision"].string == "refuse.read_only")
        let stranger = try await place.send("nobody", "Never", token: token, ["from": "nobody@s.test"])
        #expect(stranger.json["decision"].string == "refuse.agent_unregistered", "\(stranger.text)")
        let looser = try await place.send("gated", "Never", token: token, ["oversight_mode": "autonomous"])
        #expect(looser.json["decision"].string == "refuse.looser_mode", "\(looser.text)")
        let stricter = try await place.send("free", "Held", token: token, ["oversight_mode": "gated_all"])
        #expect(stricter.status == 202)
        #expect(try place.sink.arrived().isEmpty)
    }

    /// What the gate would say now, and no trace of having asked.
    @Test func aDryRunTellsAndLeavesNothing() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"], agents: ["free", "gated", "silent"])
        let table = [
            ("free", "release.plain"), ("gated", "hold.approval_needed"), ("silent", "refuse.read_only"),
        ]
        for (agent, decision) in table {
            let asked = try await place.send(agent, "Would it go?", token: token, ["dry_run": true])
            #expect(asked.status == 200, "\(agent): \(asked.text)")
            #expect(asked.json["status"].string == "trial")
            #expect(asked.json["decision"].string == decision, "\(asked.text)")
            #expect(asked.json["message_id"].isNull && asked.json["log_index"].isNull)
        }
        let foreign = try place.token(["send"], agents: ["free"])
        #expect(try await place.send("gated", "No", token: foreign, ["dry_run": true]).status == 403)
        let wrong = try await place.send("free", "No", token: token, ["dry_run": "yes"])
        #expect(wrong.status == 422 && wrong.json["errors"][0]["field"].string == "dry_run", "\(wrong.text)")
        let crooked = try await place.send("free", "a\r\nb", token: token, ["dry_run": true])
        #expect(crooked.json["errors"][0]["field"].string == "subject", "\(crooked.text)")
        #expect(try place.sink.arrived().isEmpty)
        #expect(try place.workspace.answer("outbox", "list").json["messages"].array.isEmpty)
        let audit = try place.token(["audit"])
        let kinds = try await place.ask("GET", "/v1/audit?limit=200", token: audit).json["entries"].array
            .compactMap(\.["kind"].string)
        #expect(!kinds.isEmpty && !kinds.contains { $0.hasPrefix("gate.") || $0.hasPrefix("approval.") }, "\(kinds)")
    }

    @Test func aWrongFieldIsNamed() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let table: [([String: Any], String)] = [
            (["to": "ada@exa\r\nmple.net"], "to[0]"), (["to": ["a@example.net", "b"]], "to[1]"),
            (["to": [String]()], "to"), (["subject": "a\r\nBcc: x@example.net"], "subject"), (["from": "x"], "from"),
            (["oversight_mode": "free"], "oversight_mode"), (["idempotency_key": "a b"], "idempotency_key"),
            (["idempotency_key": ""], "idempotency_key"), (["subjet": "x"], "subjet"), (["agent_id": 5], "agent_id"),
            (["attachments": [["filename": "a", "content": "!"]]], "attachments[0].content"),
            (["attachments": [["filename": "a\r\nb", "content": ""]]], "attachments[0].filename"),
        ]
        for (change, field) in table {
            let answer = try await place.send("free", "Hi", token: token, change)
            #expect(answer.status == 422, "\(change): \(answer.text)")
            #expect(answer.json["errors"][0]["field"].string == field, "\(answer.text)")
        }
        #expect(try place.sink.arrived().isEmpty)
    }

    @Test func keysVerifyWhatWasSent() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        #expect(try await place.send("free", "Hi", token: token).status == 200)
        let keys = try await place.ask("GET", "/v1/identity/pubkey/free")
        #expect(keys.status == 200)
        #expect(keys.headers["cache-control"]?.contains("public") == true)
        let tag = try #require(keys.headers["etag"])
        let same = try await place.ask("GET", "/v1/identity/pubkey/free", headers: ["If-None-Match": tag])
        #expect(same.status == 304)
        #expect(same.body.isEmpty)
        #expect(
            try await place.ask("GET", "/.well-known/signet/pubkey/free").json["public_key_der"].string
                == keys.json["public_key_der"].string)
        #expect(try await place.ask("GET", "/v1/identity/pubkey/nobody").status == 404)

        let message = try place.sink.arrived()[0]
        let script = """
            import base64, email, sys
            from cryptography.hazmat.primitives.serialization import load_der_public_key
            tags = {}
            for part in email.message_from_bytes(open(sys.argv[1], "rb").read())["X-MultiMail-Identity"].split(";"):
                name, _, value = part.partition("=")
                tags[name.strip()] = "".join(value.split())
            key = load_der_public_key(base64.b64decode(sys.argv[2]))
            key.verify(base64.b64decode(tags["sig"]), f"{tags['agent_id']}:{tags['oversight']}".encode())
            print("verified", tags["agent_id"])
            """
        try place.workspace.write("check.py", script)
        let python = Workspace.repository.appending(path: ".build-python/bin/python3").path
        if FileManager.default.fileExists(atPath: python) {
            let checked = try ChildProcess.run(
                python,
                [place.workspace.path("check.py"), message.file.path, keys.json["public_key_der"].string ?? ""])
            #expect(checked.output == "verified free\n", "\(checked.all)")
        }

        let text = String(decoding: message.octets, as: UTF8.self)
        let verdict = try await place.ask(
            "POST", "/v1/identity/verify", token: token, json: ["message": text])
        #expect(verdict.json["verdict"].string == "valid", "\(verdict.text)")
        #expect(verdict.json["claims"]["agent_id"].string == "free")
        let altered = try await place.ask(
            "POST", "/v1/identity/verify", token: token,
            json: [
                "message_base64": Data(text.replacingOccurrences(of: "Hello", with: "Hallo").utf8).base64EncodedString()
            ])
        #expect(altered.json["valid"].bool == false)
        let note = try await place.ask("GET", "/.well-known/signet/checkpoint")
        #expect(note.text.hasPrefix("signet-log/"), "\(note.text)")
    }

    /// A store that fails after the hand-over does not undo it: whoever was told "not sent" would send it again.
    @Test func whatTheRelayHasTakenIsNeverToldToBeUnsent() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        try place.sql(
            "CREATE TRIGGER t BEFORE UPDATE ON outbox WHEN NEW.state = 'sent' BEGIN SELECT RAISE(ABORT, 'x'); END")
        let answer = try await place.send("free", "Kept", token: token)
        #expect(try place.sink.arrived().count == 1)
        #expect(answer.status == 202 && answer.json["status"].string == "committing", "\(answer.text)")
        try place.sql("DROP TRIGGER t")
    }

    /// RFC 8461 §3.3: by the host that is asked; the manifest is taken up while the server runs.
    @Test func theTransportPolicyIsServedToItsHostAndWrittenToAFolder() async throws {
        let place = try ServedPlace()
        func policy(_ host: String) throws -> String {
            try ChildProcess.run(
                "/usr/bin/curl",
                ["-s", "-w", "%{http_code}", "-H", "Host: \(host)", place.url + "/.well-known/mta-sts.txt"]
            ).output
        }
        #expect(try policy("mta-sts.s.test").hasSuffix("404"))
        try place.workspace.write(
            "signet.yaml",
            try place.workspace.read("signet.yaml").replacing(
                "dmarc: { policy: none }",
                with: "dmarc: { policy: none }, mta_sts: { mode: testing, mx: [mx.s.test], max_age: 7d }"))
        let wanted = "version: STSv1\r\nmode: testing\r\nmx: mx.s.test\r\nmax_age: 604800\r\n"
        try poll("the policy is served") { try policy("mta-sts.s.test") == wanted + "200" }
        #expect(try policy("MTA-STS.s.test:8443") == wanted + "200")
        for host in ["s.test", "mta-sts.x.test", "mta-sts.mta-sts.s.test", "x"] {
            #expect(try policy(host).hasSuffix("404"), "\(host)")
        }
        let written = try place.workspace.signet("records", "--mta-sts", "www", "--output", "json")
        #expect(written.status == 0, "\(written.all)")
        let path = "www/mta-sts.s.test/.well-known/mta-sts.txt"
        #expect(written.output.contains(path))
        #expect(try place.workspace.read(path) == wanted)
    }

    @Test func theLogIsReadPageByPage() async throws {
        let place = try ServedPlace()
        let token = try place.token(["audit"])
        let all = try await place.ask("GET", "/v1/audit?limit=200", token: token)
        let indices = all.json["entries"].array.compactMap(\.["index"].int)
        #expect(indices.count > 10)
        #expect(indices == indices.sorted(by: >))
        var seen: [Int] = []
        var cursor = ""
        repeat {
            let page = try await place.ask("GET", "/v1/audit?limit=7\(cursor)", token: token)
            #expect(page.status == 200)
            seen += page.json["entries"].array.compactMap(\.["index"].int)
            cursor = page.json["next_cursor"].string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(seen == indices)
        let tokens = try await place.ask("GET", "/v1/audit?kind=token.created", token: token)
        #expect(tokens.json["entries"].array.count == 1)
        // However the name is written.
        let held = try await place.ask("GET", "/v1/audit?domain=s.test", token: token).json["entries"].array.count
        #expect(held > 0)
        for name in ["S.TEST", "s.test.", "%73.test"] {
            let found = try await place.ask("GET", "/v1/audit?domain=\(name)", token: token)
            #expect(found.json["entries"].array.count == held, "\(name): \(found.text)")
        }
        for query in [
            "limit=0", "limit=201", "limit=x", "cursor=!", "cursor=AAAA", "kind=nothing", "kind=", "kind=,",
            "kind=gate.held,", "domain=", "domain=a%20b", "from=then", "x=1",
            "limit=1&limit=2",
        ] {
            #expect(try await place.ask("GET", "/v1/audit?\(query)", token: token).status == 422, "\(query)")
        }
    }

    /// In good order: what is asked is answered, and what waits is still there.
    @Test func stoppingLosesNothing() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<20 {
                group.addTask { try await place.send("free", "Number \(index)", token: token).status }
            }
            try await Task.sleep(for: .milliseconds(30))
            place.server?.signal(SIGTERM)
            var accepted = 0
            while let result = await group.nextResult() { if case .success(200) = result { accepted += 1 } }
            return accepted
        }
        let ended = try #require(place.server?.wait())
        #expect(ended.status == 0, "\(ended.all)")
        // Who got an answer has been sent; who got none may have been: then the outbox says so.
        _ = try place.workspace.signet("send", "--flush")
        let listed = try place.workspace.answer("outbox", "list")
        let states =
            listed.json["messages"].array.compactMap(\.["state"].string)
            + listed.json["waiting"].array.compactMap(\.["state"].string)
        #expect(states.allSatisfy { $0 == "sent" })
        #expect(states.count >= answers)
        #expect(try place.sink.arrived().count == states.count)
    }

    /// Whatever the process has to say stands in its log, line by line.
    @Test func everyLineOfTheLogIsJSON() throws {
        let place = try ServedPlace(serves: false)
        _ = try ChildProcess.run("/bin/chmod", ["644", place.workspace.path("kek")])
        try place.start()
        place.server?.signal(SIGTERM)
        let ended = try #require(place.server?.wait())
        #expect(ended.status == 0, "\(ended.all)")
        var said: [String] = []
        for line in ended.error.split(separator: "\n") {
            let entry = JSON(try? JSONSerialization.jsonObject(with: Data(line.utf8)))
            said.append("\(entry["level"].string ?? "no JSON") \(entry["message"].string ?? String(line))")
        }
        #expect(said.contains { $0.hasPrefix("warning ") && $0.contains("kek holds a secret") }, "\(said)")
        #expect(said.contains { $0.hasPrefix("notice stopping") }, "\(said)")
        #expect(!said.contains { $0.hasPrefix("no JSON") }, "\(said)")
    }

    /// Commands on the same state while the server runs, and a manifest that changes under it.
    @Test func commandsAndManifestChangesGoOnBeside() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let cli = try place.workspace.signet(
            "send", "--agent", "free", "--to", "ada@example.net", "--subject", "CLI", "--text", "x")
        #expect(cli.status == 0, "\(cli.all)")
        #expect(try await place.send("free", "HTTP", token: token).status == 200)
        #expect(try place.sink.arrived().count == 2)
        let manifest = try place.workspace.read("signet.yaml")
        try place.workspace.write("signet.yaml", manifest + "nonsense: 1\n")
        try await pollAsync("the server notices") {
            try await place.ask("GET", "/readyz").json["problem"].string == "manifest_invalid"
        }
        let closed = try await place.send("free", "Closed", token: token)
        #expect(closed.status == 503)
        #expect(closed.json["code"].string == "manifest_invalid")
        #expect(closed.headers["retry-after"] != nil)
        try place.workspace.write("signet.yaml", manifest)
        try await pollAsync("the server opens again") { try await place.ask("GET", "/readyz").status == 200 }
        #expect(try await place.send("free", "Open", token: token).status == 200)
    }
}

/// As `poll`, for what is asked over HTTP.
func pollAsync(_ what: String, seconds: Double = 30, _ holds: () async throws -> Bool) async throws {
    let end = Date().addingTimeInterval(seconds)
    while try await !holds() {
        guard Date() < end else { throw Lab.Failure(description: "waited \(seconds) s for \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}
