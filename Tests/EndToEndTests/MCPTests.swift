import Foundation
import TestSupport
import Testing

/// The tools by the real binary, through other people's clients, and what no client of theirs would send.
@Suite struct MCPTests {
    private static let python = Workspace.repository.appending(path: ".build-python/bin/python3").path
    private static let hasClients = FileManager.default.fileExists(
        atPath: Workspace.repository.appending(path: ".build-python/bin/fastmcp").path)

    @Test(.enabled(if: hasClients, "mcp and fastmcp are not installed: scripts/python-environment"))
    func bothClientsBothTransportsBothEras() throws {
        let place = try ServedPlace()
        try place.workspace.write("clients.py", MCPClients.script)
        let process = try ChildProcess(
            Self.python, ["clients.py", place.url, Workspace.binary, place.workspace.folder.path],
            in: place.workspace.folder,
            environment: ["SIGNET_TOKEN": try place.token(["domains", "send", "audit"])])
        let played = process.wait()
        try #require(played.status == 0, "\(played.all.suffix(6000))")
        let lines = try played.output.split(separator: "\n").map {
            JSON(try JSONSerialization.jsonObject(with: Data($0.utf8)))
        }
        #expect(lines.count == 8)
        for line in lines {
            let isLegacy = line["client"].string?.hasSuffix("legacy") == true
            #expect(line["version"].string == (isLegacy ? "2025-11-25" : "2026-07-28"), "\(line.value ?? "")")
            #expect(
                line["tools"].array.compactMap(\.string) == [
                    "configure_domain", "get_message", "list_agents", "list_domains", "query_audit_log", "reply_email",
                    "send_email",
                    "verify_domain_alignment",
                ])
        }
        // One that was sent and one that was answered for each, and nothing that was repeated, held or refused.
        let arrived = try place.sink.arrived().map { String(decoding: $0.octets, as: UTF8.self) }
        #expect(arrived.count == 16)
        #expect(arrived.count { $0.contains("Auto-Submitted: auto-replied\r\n") } == 8)
        #expect(arrived.count { $0.contains("In-Reply-To: <q1@example.net>\r\n") } == 8)
        for line in try place.workspace.read("mcp.log").split(separator: "\n") {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
        }
    }

    // MARK: HTTP

    private static func message(_ method: String, version: String? = nil) -> [String: Any] {
        var parameters: [String: Any] = [:]
        if let version {
            parameters["_meta"] = [
                "io.modelcontextprotocol/protocolVersion": version,
                "io.modelcontextprotocol/clientCapabilities": [String: Any](),
            ]
        }
        return ["jsonrpc": "2.0", "id": 7, "method": method, "params": parameters]
    }

    private static func fields(_ method: String, version: String) -> [String: String] {
        ["MCP-Protocol-Version": version, "Mcp-Method": method]
    }

    @Test func httpSaysWhatIsWrong() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let now = "2026-07-28"
        let list = Self.message("tools/list", version: now)
        let good = try await place.ask(
            "POST", "/mcp", token: token, json: list, headers: Self.fields("tools/list", version: now))
        #expect(good.status == 200 && good.json["result"]["resultType"].string == "complete", "\(good.text)")
        #expect(good.headers["content-type"] == "application/json")
        // Nobody without a token, and no other site's page.
        let bare = try await place.ask("POST", "/mcp", json: list)
        #expect(bare.status == 401 && bare.json["code"].string == "unauthenticated")
        for (origin, status) in [("https://evil.example", 403), ("null", 403), ("http://localhost:6274", 200)] {
            var fields = Self.fields("tools/list", version: now)
            fields["Origin"] = origin
            let answer = try await place.ask("POST", "/mcp", token: token, json: list, headers: fields)
            #expect(answer.status == status, "\(origin): \(answer.text)")
            if status == 403 { #expect(answer.json["code"].string == "foreign_origin") }
        }
        // Neither a stream nor a session.
        for method in ["GET", "DELETE", "PUT"] {
            let answer = try await place.ask(method, "/mcp", token: token)
            #expect(answer.status == 405 && answer.headers["allow"] == "POST", "\(method): \(answer.text)")
        }
        let later = "2031-01-01"
        let table: [(message: Any, fields: [String: String], status: Int, code: Int)] = [
            (Self.message("tools/list", version: later), Self.fields("tools/list", version: later), 400, -32022),
            (Self.message("tasks/list", version: now), Self.fields("tasks/list", version: now), 404, -32601),
            (list, Self.fields("tools/call", version: now), 400, -32020), (list, [:], 400, -32020),
            (Self.message("tools/list"), Self.fields("tools/list", version: now), 400, -32602),
            ([list], Self.fields("tools/list", version: now), 400, -32600),
            (Self.message("tasks/list"), ["MCP-Protocol-Version": "2025-11-25"], 200, -32601),
        ]
        for (message, fields, status, code) in table {
            let answer = try await place.ask("POST", "/mcp", token: token, json: message, headers: fields)
            #expect(answer.status == status, "\(message): \(answer.text)")
            #expect(answer.json["error"]["code"].int == code, "\(message): \(answer.text)")
        }
        let broken = try await place.ask(
            "POST", "/mcp", token: token, body: Data("{".utf8), headers: ["Content-Type": "application/json"])
        #expect(broken.status == 400 && broken.json["error"]["code"].int == -32700, "\(broken.text)")
        let told = try await place.ask(
            "POST", "/mcp", token: token, json: ["jsonrpc": "2.0", "method": "notifications/initialized"])
        #expect(told.status == 202 && told.body.isEmpty)
    }

    /// The same words as the route: a token speaks for its agents, in a tool too.
    @Test func aTokenSpeaksForItsAgentsAlone() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"], agents: ["free"])
        func call(_ tool: String, _ arguments: [String: Any]) async throws -> JSON {
            var message = Self.message("tools/call")
            message["params"] = ["name": tool, "arguments": arguments]
            let answer = try await place.ask("POST", "/mcp", token: token, json: message)
            #expect(answer.status == 200, "\(answer.text)")
            return answer.json["result"]
        }
        let held = try await place.send("gated", "Held", token: place.token(["send"]))
        for (tool, arguments) in [
            ("send_email", ["agent_id": "gated", "to": "ada@example.net", "text": "x"]),
            ("reply_email", ["agent_id": "gated", "original": "From: ada@example.net\r\n\r\nx", "text": "x"]),
            ("get_message", ["message_id": held.json["message_id"].string ?? ""]),
        ] {
            let result = try await call(tool, arguments)
            #expect(result["isError"].bool == true, "\(tool)")
            #expect(result["content"][0]["text"].string?.contains("\"foreign_agent\"") == true, "\(tool)")
        }
        // It need not be named.
        let own = try await call("send_email", ["to": "ada@example.net", "subject": "Hi", "text": "x"])
        #expect(own["structuredContent"]["status"].string == "sent", "\(own.value ?? "")")
        #expect(try place.sink.arrived().count == 1)
    }

    // MARK: standard streams

    private static func run(
        _ place: ServedPlace, token: String?, _ lines: [String], _ arguments: [String] = []
    ) throws -> ChildProcess.Result {
        place.workspace.environment["SIGNET_TOKEN"] = token
        try place.workspace.write("input", lines.joined(separator: "\n"))
        let words = ([Workspace.binary, "mcp"] + arguments).map { "'\($0)'" }.joined(separator: " ")
        return try ChildProcess(
            "/bin/sh", ["-c", "\(words) < input"], in: place.workspace.folder,
            environment: place.workspace.environment
        ).wait()
    }

    /// Each line is answered, whatever it is; what was asked before the end is answered after it.
    @Test func standardOutputCarriesTheProtocolAlone() throws {
        let place = try ServedPlace(serves: false)
        let token = try place.token(["send"])
        let call = """
            {"jsonrpc":"2.0","id":"s","method":"tools/call","params":{"name":"send_email","arguments":\
            {"agent_id":"free","to":["ada@example.net"],"subject":"Hi","text":"x"}}}
            """
        let lines = [
            #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, "", "nonsense",
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, call,
        ]
        let run = try Self.run(place, token: token, lines)
        #expect(run.status == 0, "\(run.all)")
        let answers = try run.output.split(separator: "\n").map {
            JSON(try JSONSerialization.jsonObject(with: Data($0.utf8)))
        }
        #expect(answers.count == 3, "\(run.output)")
        #expect(answers.contains { $0["id"].int == 1 && $0["result"].value != nil })
        #expect(answers.contains { $0["error"]["code"].int == -32700 })
        #expect(answers.contains { $0["result"]["structuredContent"]["status"].string == "sent" }, "\(run.output)")
        #expect(try place.sink.arrived().count == 1)
        #expect(!run.all.contains(token.suffix(52)))
    }

    /// Nothing but `signet mcp` runs: what was held leaves once it is approved. And what only reads can be cancelled.
    @Test func whatWasHeldLeavesAndWhatReadsIsCancelled() throws {
        let place = try ServedPlace(serves: false)
        let silent = try SilentNameServer()
        let manifest = try place.workspace.read("signet.yaml")
            .replacing(
                "dns: { resolvers: [] }",
                with: "dns: { resolvers: [], stubs: { slow.test: [\"127.0.0.1:\(silent.port)\"] } }"
            )
            .replacing(
                "domains:\n",
                with: "domains:\n  slow.test: { provider: by-hand, relay: sink, dmarc: { policy: none } }\n"
            )
            .replacing("providers:\n", with: "providers:\n  by-hand: { type: manual }\n")
        try place.workspace.write("signet.yaml", manifest)
        try place.workspace.write("host.py", Self.host)
        let played = try ChildProcess(
            "/usr/bin/env", ["python3", "host.py", Workspace.binary], in: place.workspace.folder,
            environment: ["SIGNET_TOKEN": try place.token(["send", "domains"])]
        ).wait()
        #expect(played.status == 0, "\(played.all)")
        #expect(try place.sink.arrived().count == 2)
        for line in try place.workspace.read("mcp.log").split(separator: "\n") {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
        }
    }

    private static let host = """
        import json, subprocess, sys, time
        log = open("mcp.log", "w")
        server = subprocess.Popen([sys.argv[1], "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        def tell(message):
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
            server.stdin.flush()
        def call(id, tool, arguments):
            tell({"id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
        def cancel(id):
            tell({"method": "notifications/cancelled", "params": {"requestId": id}})
        def answer(id):
            found = json.loads(server.stdout.readline())
            assert found["id"] == id, found
            assert not found["result"]["isError"], found
            return found["result"]["structuredContent"]
        message = {"to": "ada@example.net", "subject": "Hi", "text": "x"}

        call(1, "send_email", {"agent_id": "gated", **message})
        held = answer(1)
        assert held["status"] == "held", held
        approved = subprocess.run(
            [sys.argv[1], "approvals", "approve", held["approval_id"], "--key", "alice.pem", "--yes"], capture_output=True)
        assert approved.returncode == 0, approved
        end = time.monotonic() + 60
        while True:
            call(2, "get_message", {"message_id": held["message_id"]})
            state = answer(2)["status"]
            if state == "sent": break
            assert time.monotonic() < end, state
            time.sleep(0.1)

        # Its name server is silent, so that it is being worked on still.
        call("slow", "verify_domain_alignment", {"domain": "slow.test"})
        cancel("slow")
        cancel("never")
        call(3, "send_email", {"agent_id": "free", **message})
        cancel(3)
        assert answer(3)["status"] == "sent"
        # However many calls are worked on and wait: what else is asked is answered, and each can be cancelled.
        for number in range(40): call(f"slow-{number}", "verify_domain_alignment", {"domain": "slow.test"})
        tell({"id": 4, "method": "ping"})
        found = json.loads(server.stdout.readline())
        assert found["id"] == 4 and found["result"] == {}, found
        for number in range(40): cancel(f"slow-{number}")
        call(5, "list_agents", {})
        answer(5)
        # The end of the input ends the server once all that is to be answered is.
        rest, _ = server.communicate(timeout=120)
        assert rest == "", rest
        assert server.returncode == 0, server.returncode
        """

    @Test func withoutAGoodTokenNothingIsServed() throws {
        let place = try ServedPlace(serves: false)
        let ping = [#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#]
        let none = try Self.run(place, token: nil, ping)
        #expect(none.status == 64 && none.error.contains("SIGNET_TOKEN"), "\(none.all)")
        let wrong = try Self.run(place, token: "sgt_wrong", ping)
        #expect(wrong.status == 1 && wrong.output.isEmpty && !wrong.error.contains("sgt_wrong"), "\(wrong.all)")
        #expect(try Self.run(place, token: nil, ping, ["--output", "json"]).status == 64)
        try place.workspace.write("token", try place.token(["send"]) + "\n")
        _ = try ChildProcess.run("/bin/chmod", ["600", place.workspace.path("token")])
        let good = try Self.run(place, token: nil, ping, ["--token-file", "token"])
        #expect(good.status == 0 && good.output.contains("\"result\""), "\(good.all)")
    }
}
