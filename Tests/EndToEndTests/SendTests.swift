import Foundation
import TestSupport
import Testing

/// The send path with the real binary: our own name server, our own sink, and whatever goes wrong between them.
@Suite struct SendTests {
    /// A domain that has converged, three agents, an approver, and a sink as the relay.
    final class Place {
        let workspace: Workspace
        private let sink: MailSink

        /// - Parameter prepare: what the state file's folder needs.
        init(state: String = "state.db", prepare: (Workspace) throws -> Void = { _ in }) throws {
            workspace = try Workspace()
            try prepare(workspace)
            sink = try MailSink(in: workspace)
            let publicKey = try workspace.makeApproverKey("alice.pem")
            try workspace.write(
                "signet.yaml",
                """
                version: 1
                settings:
                  state: \(state)
                  keyring: { key: { file: kek } }
                  dns: { resolvers: [] }
                providers:
                  here: { type: embedded, negative_ttl: 2s }
                relays:
                  sink: { url: "smtp://127.0.0.1:\(sink.port)", tls: none, egress: [192.0.2.10] }
                defaults: { ttl: 2s, dkim: { keys: [rsa2048, ed25519] } }
                domains:
                  s.test: { provider: here, relay: sink, arc: forwarded, dmarc: { policy: none } }
                agents:
                  free: { domain: s.test, addresses: [free@s.test], oversight: autonomous, limits: { per_hour: 20 } }
                  gated: { domain: s.test, addresses: [gated@s.test], oversight: gated_all }
                  watched:
                    { domain: s.test, addresses: [watched@s.test], oversight: monitored, oversight_address: boss@s.test }
                approvers:
                  alice: { email: alice@s.test, public_key: "ed25519:\(publicKey)" }

                """)
            let applied = try workspace.signet("apply", "--auto-approve", "--wait", "30s")
            try #require(applied.status == 0, "\(applied.all)")
        }

        func messages() throws -> [String] {
            try sink.arrived().map { String(decoding: $0.octets, as: UTF8.self) }
        }

        func send(_ agent: String, _ subject: String, _ more: String...) throws -> (status: Int32, json: JSON) {
            let arguments =
                ["send", "--agent", agent, "--to", "ada@example.net", "--subject", subject, "--text", "Hello."] + more
                + ["--output", "json"]
            let result = try workspace.start(arguments).wait()
            let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            return (result.status, JSON(value))
        }
    }

    @Test func eightProcessesRacingForOneApprovalSendOnce() throws {
        let place = try Place()
        let held = try place.send("gated", "Race")
        #expect(held.status == 5)
        #expect(held.json["message"]["state"].string == "held")
        let approval = try #require(held.json["message"]["approval"].string)
        // Nobody has said yes.
        _ = try place.workspace.signet("send", "--flush")
        #expect(try place.messages().isEmpty)
        let yes = try place.workspace.signet("approvals", "approve", approval, "--key", "alice.pem", "--yes")
        #expect(yes.status == 0, "\(yes.all)")
        let racers = try (0..<8).map { _ in try place.workspace.start(["send", "--flush"]) }
        for racer in racers { #expect(racer.wait().status == 0) }
        let messages = try place.messages()
        #expect(messages.count == 1)
        #expect(messages.first?.contains("approval_ref=\(approval)") == true)
        let again = try place.workspace.signet("send", "--flush")
        #expect(again.status == 0)
        #expect(try place.messages().count == 1)
    }

    @Test func anIdempotencyKeySendsOnceAndAnswersTheSame() throws {
        let place = try Place()
        let first = try place.send("free", "Once", "--idempotency-key", "k1")
        #expect(first.status == 0)
        let racers = try (0..<8).map { _ in
            try place.workspace.start(
                [
                    "send", "--agent", "free", "--to", "ada@example.net", "--subject", "Raced", "--text", "Hello.",
                    "--idempotency-key", "k2", "--output", "json",
                ])
        }
        for racer in racers { racer.wait() }
        let again = try place.send("free", "Once", "--idempotency-key", "k1")
        #expect(again.json["message"]["id"].string == first.json["message"]["id"].string)
        #expect(again.json["message"]["repeated"].bool == true)
        let conflict = try place.send("free", "Other", "--idempotency-key", "k1")
        #expect(conflict.status == 1)
        #expect(conflict.json["error"]["field"].string == "idempotencyKey")
        let subjects = try place.messages().map { message in
            message.split(separator: "\r\n").first { $0.hasPrefix("Subject: ") }.map(String.init)
        }
        #expect(subjects == ["Subject: Once", "Subject: Raced"])
    }

    @Test func whoOverseesMayBeARecipientToo() throws {
        let place = try Place()
        #expect(try place.send("watched", "Among others", "--cc", "boss@s.test").status == 0)
        #expect(try place.send("watched", "Not named").status == 0)
        #expect(try place.messages().count == 2)
        let listed = try place.workspace.answer("outbox", "list")
        let recipients = listed.json["messages"].array.map { $0["recipients"].array.count }
        #expect(recipients == [2, 2], "\(listed.json)")
    }

    @Test func limitsRefuseAndTheLogSaysSo() throws {
        let place = try Place()
        let statuses = try (0..<22).map { try place.send("free", "Number \($0)").status }
        #expect(statuses == Array(repeating: 0, count: 20) + [5, 5])
        #expect(try place.messages().count == 20)
        let log = try place.workspace.signet("audit", "query", "--kind", "gate.refused")
        #expect(log.output.contains("refuse.limit_exceeded"), "\(log.all)")
    }

    @Test func aTrialLeavesNoTrace() throws {
        let place = try Place()
        let before = try Data(contentsOf: place.workspace.folder.appendingPathComponent("state.db"))
        let trial = try place.send("free", "Trial", "--dry-run")
        #expect(trial.status == 0)
        #expect(trial.json["message"]["decision"].string == "release.plain")
        #expect(trial.json["message"]["state"].isNull)
        #expect(trial.json["message"]["signers"].array.count == 3)
        #expect(try place.send("gated", "Trial", "--dry-run").status == 5)
        #expect(try place.messages().isEmpty)
        #expect(try Data(contentsOf: place.workspace.folder.appendingPathComponent("state.db")) == before)
        let listed = try place.workspace.answer("outbox", "list")
        #expect(listed.json["messages"].array.isEmpty)
    }

    @Test func anAnswerStaysInItsThreadAndIsNotAnsweredAgain() throws {
        let place = try Place()
        try place.workspace.write(
            "question.eml",
            """
            From: Ada <ada@example.net>
            To: free@s.test
            Subject: A question
            Message-ID: <q1@example.net>

            What now?

            """)
        let trial = try place.workspace.answer(
            "reply", "question.eml", "--agent", "free", "--text", "Wait.", "--dry-run")
        #expect(trial.status == 0 && trial.json["message"]["dry_run"].bool == true)
        #expect(try place.messages().isEmpty)
        let sent = try place.workspace.answer(
            "reply", "question.eml", "--agent", "free", "--text", "Wait.", "--quote")
        #expect(sent.status == 0, "\(sent.json.value ?? "")")
        let message = try #require(try place.messages().first)
        for line in [
            "To: ada@example.net", "Subject: Re: A question", "In-Reply-To: <q1@example.net>",
            "References: <q1@example.net>", "Auto-Submitted: auto-replied", "> What now?",
        ] { #expect(message.contains("\r\n\(line)\r\n"), "\(line)") }
        // Another agent that got it does not answer.
        try place.workspace.write("answer.eml", message)
        let again = try place.workspace.answer("reply", "answer.eml", "--agent", "free", "--text", "Wait.")
        #expect(again.status == 1)
        #expect(again.json["error"]["field"].string == "original")
        #expect(try place.messages().count == 1)
        // And the gate holds an answer like any message.
        let held = try place.workspace.answer("reply", "question.eml", "--agent", "gated", "--text", "Wait.")
        #expect(held.status == 5 && held.json["message"]["state"].string == "held")
    }

    @Test func whatIsForwardedAsItIsStaysItsAuthors() throws {
        let place = try Place()
        #expect(try place.send("free", "To be forwarded").status == 0)
        try place.workspace.write("m.eml", try #require(try place.messages().first))
        func forward(_ file: String, _ more: String...) throws -> (status: Int32, json: JSON) {
            let arguments = ["forward", file, "--agent", "gated", "--to", "x@example.net"] + more
            let result = try place.workspace.start(arguments + ["--output", "json"]).wait()
            return (result.status, JSON(try JSONSerialization.jsonObject(with: Data(result.output.utf8))))
        }
        let held = try forward("m.eml", "--idempotency-key", "f1")
        #expect(held.status == 5, "\(held.json.value ?? "")")
        #expect(held.json["message"]["kind"].string == "redirect")
        let approval = try #require(held.json["message"]["approval"].string)
        let shown = try place.workspace.signet("approvals", "show", approval)
        #expect(shown.output.contains("Resent-From") && shown.output.contains("Authentication-Results"))
        let yes = try place.workspace.signet("approvals", "approve", approval, "--key", "alice.pem", "--yes")
        #expect(yes.status == 0, "\(yes.all)")
        let flushed = try place.workspace.answer("send", "--flush")
        #expect(flushed.json["messages"].array.map { $0["state"].string } == ["sent"], "\(flushed.json.value ?? "")")
        #expect(try forward("m.eml", "--idempotency-key", "f1").json["message"]["repeated"].bool == true)
        let forwarded = try #require(try place.messages().last)
        #expect(forwarded.hasPrefix("ARC-Seal: i=1;"))
        #expect(forwarded.contains("Resent-From: gated@s.test"))
        try place.workspace.write("f.eml", forwarded)
        let verdict = try place.workspace.answer("mail", "verify", "f.eml")
        #expect(verdict.json["arc"]["result"].string == "pass")
        #expect(verdict.json["dmarc"]["result"].string == "pass")
        // Its author's identity, not the forwarder's.
        #expect(try place.workspace.answer("identity", "verify", "f.eml").json["claims"]["agent"].string == "free")
        let log = try place.workspace.answer("audit", "query", "--kind", "signature.arc")
        #expect(log.json["entries"].array.count == 1)

        // Altered: nobody vouches for it any more, and the gate says so.
        try place.workspace.write("altered.eml", try place.workspace.read("m.eml").replacing("Hello.", with: "Hullo."))
        let altered = try forward("altered.eml")
        #expect(altered.status == 5)
        #expect(altered.json["message"]["decision"].string == "refuse.misaligned")
        // Inside a message of the agent's own it may go on.
        #expect(
            try forward("altered.eml", "--as", "attachment", "--text", "Look.").json["message"]["state"].string
                == "held")
    }

    /// An approver signs where their key is; whoever applies can neither forge it nor use it twice.
    @Test func looseningTakesAnApproversSignature() throws {
        let place = try Place()
        let strict = try place.workspace.read("signet.yaml")
        let loose = strict.replacing("oversight: gated_all", with: "oversight: autonomous")
        func apply(_ more: String...) throws -> (status: Int32, json: JSON) {
            let result = try place.workspace.start(["apply", "--auto-approve", "--no-wait", "--output", "json"] + more)
                .wait()
            return (result.status, JSON(try JSONSerialization.jsonObject(with: Data(result.output.utf8))))
        }
        func approve(_ key: String, _ out: String) throws -> Int32 {
            try place.workspace.signet(
                "agents", "approve", "plan.json", "--key", key, "--out", out, "--yes"
            ).status
        }
        // Whoever applies writes themselves into the manifest, and signs.
        let eve = try place.workspace.makeApproverKey("eve.pem")
        try place.workspace.write(
            "signet.yaml", loose + "  eve: { email: eve@s.test, public_key: \"ed25519:\(eve)\" }\n")
        #expect(try place.workspace.signet("plan", "--out", "plan.json").status == 0)
        #expect(try approve("eve.pem", "eve.json") == 0)
        let forged = try apply("--loosening-approval", "eve.json")
        #expect(forged.status == 1 && forged.json["error"]["code"].string == "unusable_approval")
        #expect(forged.json["error"]["message"].string?.contains("not a registered approver") == true)
        // In two steps it does not help either: the first registers nobody.
        try place.workspace.write(
            "signet.yaml", strict + "  eve: { email: eve@s.test, public_key: \"ed25519:\(eve)\" }\n")
        #expect(try apply().status != 1)
        try place.workspace.write(
            "signet.yaml", loose + "  eve: { email: eve@s.test, public_key: \"ed25519:\(eve)\" }\n")
        #expect(try apply("--loosening-approval", "eve.json").json["error"]["code"].string == "unusable_approval")

        try place.workspace.write("signet.yaml", loose)
        #expect(try FileManager.default.removeItem(atPath: place.workspace.path("plan.json")) == ())
        #expect(try place.workspace.signet("plan", "--out", "plan.json").status == 0)
        #expect(try approve("alice.pem", "yes.json") == 0)
        #expect(try approve("alice.pem", "yes.json") == 1, "what is there is not written over")
        #expect(try apply().json["error"]["code"].string == "needs_consent")
        let allowed = try apply("--loosening-approval", "yes.json")
        #expect(
            allowed.json["agents"].array.compactMap { $0["agent"].string } == ["gated"], "\(allowed.json.value ?? "")")
        let entry = try place.workspace.answer("audit", "query", "--kind", "agent.changed").json["entries"][0][
            "details"]
        #expect(entry["consent"].string == "approval")
        #expect(entry["approver"]["personal"].string == "alice")
        // The same command again finds it done; after a step back it is used up.
        #expect(try apply("--loosening-approval", "yes.json").json["error"]["code"].string == nil)
        try place.workspace.write("signet.yaml", strict)
        #expect(try apply().json["error"]["code"].string == nil)
        try place.workspace.write("signet.yaml", loose)
        let again = try apply("--loosening-approval", "yes.json")
        #expect(again.json["error"]["message"].string?.contains("used before") == true, "\(again.json.value ?? "")")
        #expect(try place.workspace.answer("audit", "verify").json["holds"].bool == true)
    }

    /// What is stored is not lost: the answer says so, and the next flush sends it.
    @Test func whatIsStoredAndNotSentIsTriedAgain() throws {
        let place = try Place()
        let manifest = try place.workspace.read("signet.yaml")
        try place.workspace.write(
            "signet.yaml",
            manifest.replacingOccurrences(of: "tls: none,", with: "tls: none, username: u, password: { file: gone },"))
        let unfinished = try place.send("free", "Later")
        #expect(unfinished.status == 3, "\(unfinished.json.value ?? "")")
        #expect(unfinished.json["error"]["code"].string == "unfinished")
        let id = try #require(unfinished.json["error"]["message_id"].string)
        let waiting = try place.workspace.answer("outbox", "list").json["messages"][0]
        #expect(waiting["id"].string == id && waiting["state"].string == "deferred")
    }

    /// Full disk, read-only, locked: nothing is sent, and the error says why.
    @Test(arguments: ["full", "read-only", "locked"])
    func nothingIsSentWithoutTheLog(how: String) throws {
        let place = try Place()
        #expect(try place.send("free", "Before").status == 0)
        let state = place.workspace.path("state.db")
        var arguments = [
            "send", "--agent", "free", "--to", "ada@example.net", "--subject", "Never", "--text", "x",
        ]
        var program = Workspace.binary
        var locker: ChildProcess?
        switch how {
        case "full":
            // No file may grow beyond 8 KiB: the write-ahead log cannot take a transaction, and what is said here can
            // still be kept.
            let script = "ulimit -f 8; trap '' XFSZ; exec \"$0\" \"$@\""
            arguments = ["-c", script, program] + arguments
            program = "/bin/bash"
        case "read-only":
            _ = try ChildProcess.run("/bin/chmod", ["a-w", state, place.workspace.folder.path])
            // Root may write all the same: another user tries.
            arguments =
                [
                    "--reuid=65534", "--regid=65534", "--clear-groups", program,
                ] + arguments
            program = "/usr/bin/setpriv"
            _ = try ChildProcess.run("/bin/chmod", ["-R", "a+rX", place.workspace.folder.path])
        default:
            let script = """
                import sqlite3, sys, time
                store = sqlite3.connect(sys.argv[1], isolation_level=None)
                store.execute("BEGIN EXCLUSIVE")
                print("locked", flush=True)
                time.sleep(60)
                """
            try place.workspace.write("lock.py", script)
            locker = try ChildProcess(
                "/usr/bin/env", ["python3", place.workspace.path("lock.py"), state], in: place.workspace.folder,
                environment: [:])
            Thread.sleep(forTimeInterval: 1)
        }
        let result = try ChildProcess(
            program, arguments, in: place.workspace.folder, environment: place.workspace.environment
        ).wait()
        locker?.signal(SIGKILL)
        #expect(result.status == 1, "\(result.all)")
        let words = ["full": "the disk", "read-only": "read-only", "locked": "locked by another process"]
        #expect(result.error.contains(words[how]!), "\(result.all)")
        #expect(try place.messages().count == 1)
    }
}

/// scripts/killtest-send as a test: kill -9 at random points of send, with Postfix as the relay.
@Suite struct SendKillTests {
    static let kills = ProcessInfo.processInfo.environment["SIGNET_KILLS"] ?? "20"

    @Test(.enabled(if: PostfixRelay.isPossible, PostfixRelay.hint))
    func noneLostNoneTwiceNoneUnlogged() throws {
        let result = try ChildProcess.run(
            Workspace.repository.appendingPathComponent("scripts/killtest-send").path, [Self.kills],
            environment: ["SIGNET_BINARY": Workspace.binary])
        #expect(result.status == 0, "\(result.all)")
        print(result.output)
    }
}
