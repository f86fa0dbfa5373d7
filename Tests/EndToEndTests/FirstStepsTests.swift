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
