import Foundation
import Glibc
import TestSupport
import Testing

/// The state file as a user handles it: copied while nothing runs, beside a plan's file, and after a stop.
@Suite struct StateTests {
    /// A domain whose records nobody but the embedded provider serves.
    private static func manifest(ttl: String) -> String {
        """
        version: 1
        settings: { state: state.db, keyring: { key: { file: kek } }, dns: { resolvers: [] } }
        providers: { here: { type: embedded, negative_ttl: \(ttl) } }
        domains:
          s.test:
            { provider: here, ttl: \(ttl), dkim: { keys: [ed25519] }, spf: { ip4: [192.0.2.1], all: fail }, dmarc: { policy: none } }

        """
    }

    /// What stands in the write-ahead log, in octets.
    private func logOctets(_ workspace: Workspace) -> Int {
        FileManager.default.contents(atPath: workspace.path("state.db-wal"))?.count ?? 0
    }

    /// The selectors that the database alone holds, wherever it is taken.
    private func selectorsInCopy(_ workspace: Workspace, _ manifest: String) throws -> [String] {
        let other = try Workspace(manifest: manifest)
        try FileManager.default.copyItem(atPath: workspace.path("state.db"), toPath: other.path("state.db"))
        return try other.answer("keys", "list").json["keys"].array.compactMap(\.["selector"].string)
    }

    @Test func aCommandLeavesTheWholeStateInTheDatabase() throws {
        let manifest = Self.manifest(ttl: "2s")
        let workspace = try Workspace(manifest: manifest)
        var selectors = 0
        for arguments in [
            ["apply", "--auto-approve", "--wait", "30s"], ["keys", "rotate", "s.test"],
            ["apply", "--auto-approve", "--no-wait"], ["audit", "prove", "0"],
            ["apply", "--auto-approve", "--no-wait"], ["audit", "prove", "1"],
        ] {
            let result = try workspace.start(arguments).wait()
            #expect(result.status == 0, "\(arguments): \(result.all)")
            #expect(logOctets(workspace) == 0, "\(arguments)")
            let copied = try selectorsInCopy(workspace, manifest).count
            #expect(copied > 0 && copied >= selectors, "\(arguments)")
            selectors = copied
        }
        #expect(selectors == 2)
    }

    @Test func aServerLeavesTheWholeStateInTheDatabase() throws {
        let place = try ServedPlace()
        _ = try place.token(["send"])
        place.server?.signal(SIGTERM)
        let ended = try #require(place.server?.wait())
        #expect(ended.status == 0, "\(ended.all)")
        #expect(logOctets(place.workspace) == 0)
    }

    // MARK: plan --out

    @Test(arguments: ["kek", "state.db", "signet.yaml", "notes.json", "link"])
    func aPlanReplacesNothingButAPlan(name: String) throws {
        let workspace = try Workspace(manifest: Self.manifest(ttl: "2s"))
        #expect(try workspace.signet("apply", "--auto-approve", "--no-wait").status == 0)
        try workspace.write("notes.json", #"{"format": 1, "digest": "none of a plan"}"#)
        try FileManager.default.createSymbolicLink(atPath: workspace.path("link"), withDestinationPath: "kek")
        let before = FileManager.default.contents(atPath: workspace.path(name))
        let refused = try workspace.signet("plan", "--out", name)
        #expect(refused.status == 64, "\(refused.all)")
        #expect(refused.error.contains("--out \(name)") && refused.error.contains("another name"), "\(refused.all)")
        #expect(FileManager.default.contents(atPath: workspace.path(name)) == before)
    }

    @Test func aPlanReplacesAPlanOfAnyVersionAndAnEmptyFile() throws {
        let workspace = try Workspace(manifest: Self.manifest(ttl: "2s"))
        try workspace.write("empty", "")
        try workspace.write("later.json", #"{"format": 99, "digest": "x", "changes": [{"new": 1}], "more": {}}"#)
        for name in ["empty", "later.json", "later.json", "new.json"] {
            let planned = try workspace.signet("plan", "--out", name)
            #expect(planned.status == 0, "\(name): \(planned.all)")
            #expect(try workspace.read(name).contains(#""format" : 1"#), "\(name)")
        }
    }

    // MARK: stopping

    /// timeout(1) signals its child and then the group, so that the same request comes twice.
    @Test(arguments: [[SIGHUP], [SIGTERM, SIGINT], [SIGTERM, SIGHUP]])
    func aStopThatIsAskedForTwiceGivesTheLeaseBack(signals: [Int32]) throws {
        // It waits for answers, with the lease in its hands.
        let silent = try SilentNameServer()
        let workspace = try Workspace(
            manifest: """
                version: 1
                settings:
                  state: state.db
                  keyring: { key: { file: kek } }
                  dns: { resolvers: [], stubs: { slow.test: ["127.0.0.1:\(silent.port)"] } }
                providers: { by-hand: { type: manual } }
                domains:
                  slow.test: { provider: by-hand, spf: { ip4: [192.0.2.1], all: fail }, dmarc: { policy: none } }

                """)
        let apply = try workspace.start(["apply", "--auto-approve", "--no-wait"])
        try poll("the apply asks") { apply.errorSoFar.contains("observing") }
        #expect(try workspace.answer("keys", "generate").json["error"]["code"].string == "busy")
        for number in signals { apply.signal(number) }
        let ended = apply.wait()
        // Of two that are there at once either may be seen first.
        #expect(signals.contains { ended.status == 128 + $0 }, "\(ended.all)")
        #expect(logOctets(workspace) == 0)
        #expect(try workspace.signet("keys", "generate").status == 0, "the lease is free")
    }
}
