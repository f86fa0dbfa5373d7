import Foundation
import TestSupport
import Testing

/// What somebody meets who tries Signet for the first time, and gets things wrong.
@Suite struct FirstStepsTests {
    // MARK: init

    @Test(arguments: [
        "*.example.com", "[::1]", "http://example.com", "user@example.com", "192.0.2.1", "_x.example.com",
        "example.com/", "",
    ])
    func initTakesNoNameThatValidateRefuses(name: String) throws {
        let workspace = try Workspace()
        let made = try workspace.signet("init", name)
        #expect(made.status == 1 && made.error.contains("mail.example.com"), "\(made.all)")
        #expect(!FileManager.default.fileExists(atPath: workspace.path("signet.yaml")))
    }

    @Test(arguments: ["foo", "http://x/ } }", "http://[::1]:8081", "http://127.0.0.1:8081"])
    func initWritesWhatValidateTakes(url: String) throws {
        let workspace = try Workspace()
        let made = try workspace.signet("init", "mail.example.com", "--provider", "powerdns", "--provider-url", url)
        if made.status == 0 {
            #expect(try workspace.signet("validate").status == 0)
        } else {
            #expect(made.error.contains("error[") && url != "http://127.0.0.1:8081", "\(made.all)")
            #expect(!FileManager.default.fileExists(atPath: workspace.path("signet.yaml")))
        }
    }

    @Test func anInitThatCouldNotWriteCanBeRepeated() throws {
        let workspace = try Workspace()
        try workspace.write(".signet", "a file")
        #expect(try workspace.signet("init", "mail.example.com").status == 1)
        try FileManager.default.removeItem(atPath: workspace.path(".signet"))
        #expect(try workspace.signet("init", "mail.example.com").status == 0)
    }

    // MARK: sending

    /// A domain that has converged, a parked one, an agent, and a relay that nobody is at.
    private func place() throws -> Workspace {
        let workspace = try Workspace(
            manifest: """
                version: 1
                settings: { state: state.db, keyring: { key: { file: kek } }, dns: { resolvers: [] } }
                providers: { here: { type: embedded, negative_ttl: 2s } }
                relays: { out: { url: "smtp://127.0.0.1:9", tls: none, egress: [192.0.2.10] } }
                defaults: { provider: here, ttl: 2s }
                domains:
                  s.test: { relay: out, dmarc: { policy: none } }
                  parked.test: { sends: false }
                agents:
                  invoices: { domain: s.test, addresses: [i@s.test], oversight: autonomous }

                """)
        let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
        try #require(applied.status == 0, "\(applied.all)")
        return workspace
    }

    @Test func anUnknownAgentIsNamed() throws {
        let workspace = try place()
        let message = ["--to", "ann@example.net", "--subject", "s", "--text", "t"]
        for more in [[], ["--dry-run"]] {
            let sent = try workspace.start(["send", "--agent", "invoicse"] + message + more).wait()
            #expect(sent.status == 5 && sent.output.contains("did you mean invoices?"), "\(sent.all)")
        }
        try workspace.write(
            "in.eml", "From: ann@example.net\nTo: i@s.test\nSubject: s\nMessage-ID: <1@example.net>\n\nt\n")
        let answered = try workspace.signet("reply", "in.eml", "--agent", "nobody", "--text", "t")
        #expect(answered.status == 5 && answered.output.contains("not registered"), "\(answered.all)")
        #expect(try workspace.answer("audit", "query", "--kind", "gate.refused").json["entries"].array.count == 2)
    }

    @Test func aDomainWithoutARelayIsWarnedOfAndSaysWhatToWrite() throws {
        let workspace = try place()
        let manifest = try workspace.read("signet.yaml")
        try workspace.write(
            "signet.yaml",
            manifest.replacingOccurrences(of: "relay: out, dmarc", with: "spf: { ip4: [192.0.2.10] }, dmarc"))
        #expect(try workspace.signet("validate").all.contains("AGT011"))
        let sent = try workspace.signet("send", "--agent", "invoices", "--to", "a@example.net", "--text", "t")
        #expect(sent.status == 1 && sent.error.contains("give the domain `relay: out`"), "\(sent.all)")
    }

    @Test func aBrokenKeyClosesTheGate() throws {
        let workspace = try place()
        try workspace.write("kek", "feed\n")
        for command in [["verify"], ["apply", "--auto-approve"]] {
            let result = try workspace.start(command).wait()
            #expect(result.status == 1 && result.output.contains("DKM104"), "\(result.all)")
            #expect(result.output.contains("send gate: closed"), "\(result.all)")
        }
        try workspace.write("kek", String(Workspace.keyEncryptionKey.reversed()))
        let wrong = try workspace.signet("verify")
        #expect(wrong.status == 1 && wrong.output.contains("DKM104"), "\(wrong.all)")
        try FileManager.default.removeItem(atPath: workspace.path("kek"))
        let applied = try workspace.signet("apply", "--auto-approve")
        #expect(applied.status == 1 && applied.output.contains("DKM104"), "\(applied.all)")
        // Whoever only checks needs no secret.
        let verified = try workspace.signet("verify")
        #expect(verified.status == 0 && verified.output.contains("DKM105"), "\(verified.all)")
    }

    @Test func aParkedDomainHasNoOpenGate() throws {
        let workspace = try place()
        let status = try workspace.answer("status").json["domains"]
        #expect(status.array.map { $0["domain"].string } == ["parked.test", "s.test"])
        #expect(status[0]["status"].string == "aligned" && status[0]["gate_open"].bool == false)
        #expect(status[0]["sends"].bool == false && status[1]["gate_open"].bool == true)
        let told = try workspace.signet("verify")
        #expect(told.status == 0 && told.output.contains("parked.test  parked, as declared\n"), "\(told.all)")
        #expect(told.output.contains("2 of 2 domains aligned"), "\(told.all)")
    }

    // MARK: wrong usage

    @Test func whereNothingIsYetNothingHolds() throws {
        let workspace = try Workspace(manifest: try place().read("signet.yaml"))
        let checked = try workspace.signet("audit", "verify")
        #expect(checked.status == 1 && checked.error.contains("there is no state file at state.db"), "\(checked.all)")
        for list in [["tokens", "list"], ["keys", "list"], ["outbox", "list"], ["approvals", "list"]] {
            let listed = try workspace.start(list).wait()
            #expect(listed.status == 0 && listed.error.contains("no state file at state.db"), "\(list): \(listed.all)")
        }
    }

    @Test func aWrongCommandIsNamed() throws {
        let workspace = try Workspace()
        let human = try workspace.signet("plna")
        #expect(human.status == 64 && human.error.contains("did you mean `signet plan`?"), "\(human.all)")
        let unknown = try workspace.answer("bogus")
        #expect(unknown.status == 64)
        #expect(unknown.json["error"]["message"].string == "bogus is no command of signet")
        let option = try workspace.answer("keys", "list", "--bogus")
        #expect(option.status == 64 && option.json["command"].string == "keys list")
        #expect(option.json["error"]["message"].string?.contains("--bogus") == true)
    }

    /// An option that would be ignored is none.
    @Test(arguments: [
        ["send", "--flush"], ["outbox", "list"], ["approvals", "list"], ["fmt", "--check"], ["validate"],
    ])
    func whatCannotBeNarrowedTakesNoDomain(command: [String]) throws {
        let workspace = try Workspace(manifest: "version: 1\n")
        let refused = try workspace.start(command + ["--domain", "s.test"]).wait()
        #expect(refused.status == 64 && refused.error.contains("--domain"), "\(refused.all)")
    }

    @Test func anUnknownDomainIsNamed() throws {
        let refused = try place().signet("verify", "--domain", "ss.test")
        #expect(refused.status == 1 && refused.error.contains("did you mean s.test?"), "\(refused.all)")
    }

    @Test func aDamagedPlanIsNamed() throws {
        let workspace = try place()
        try workspace.write("p.json", "no plan")
        let refused = try workspace.signet("apply", "p.json")
        #expect(refused.status == 1 && refused.error.contains("the plan p.json cannot be read"), "\(refused.all)")
        #expect(
            refused.error.contains("it is no JSON document") && refused.error.contains("--out p.json"), "\(refused.all)"
        )
    }

    @Test func nobodyIsAskedWithoutATerminal() throws {
        let refused = try place().signet("audit", "erase", "--entry", "0")
        #expect(refused.status == 64 && refused.error.contains("no terminal"), "\(refused.all)")
    }

    @Test func aTamperedExportNamesTheLine() throws {
        let workspace = try place()
        #expect(try workspace.signet("audit", "export", "--all", "--to", "log.jsonl").status == 0)
        var lines = try workspace.read("log.jsonl").split(separator: "\n", omittingEmptySubsequences: false)
        lines[3] = "{"
        try workspace.write("log.jsonl", lines.joined(separator: "\n"))
        let checked = try workspace.signet("audit", "verify", "log.jsonl")
        #expect(checked.status == 1 && checked.error.contains("line 4 of log.jsonl"), "\(checked.all)")
    }

    @Test func aFullOutputIsToldOf() throws {
        let workspace = try place()
        let full = try ChildProcess(
            "/bin/bash", ["-c", "exec \"$0\" status > /dev/full", Workspace.binary], in: workspace.folder,
            environment: [:]
        ).wait()
        #expect(full.status == 1 && full.error.contains("cannot be written to standard output"), "\(full.all)")
    }

    // MARK: what could not be observed

    @Test func whatCouldNotBeObservedIsNotInSync() throws {
        // Nobody answers there.
        let workspace = try Workspace(
            manifest: TestManifest(dnsPort: 9, apiPort: 9, domains: [("a.test", "{}")]).text(zones: ["a.test"]))
        for arguments in [["plan"], ["plan", "--out", "plan.json"], ["apply", "--auto-approve", "--no-wait"]] {
            let result = try workspace.start(arguments).wait()
            #expect(result.status == 1 && result.output.contains("incomplete"), "\(arguments): \(result.all)")
            #expect(result.output.contains("DNS10") && !result.output.contains("In sync"), "\(result.all)")
        }
        let applied = try workspace.answer("apply", "--auto-approve", "--no-wait")
        #expect(applied.json["complete"].bool == false)
        #expect(applied.json["findings"].array.count == 1)
    }
}
