import Foundation
import TestSupport
import Testing

/// Nothing is sent without its entry on the disk: on a disk that is really full, and on one that is really read-only.
@Suite(.serialized, .enabled(if: SmallDisk.isPossible || Lab.isContinuousIntegration, SmallDisk.hint))
struct SmallDiskTests {
    private static func place() throws -> (SendTests.Place, SmallDisk) {
        var disk: SmallDisk?
        let place = try SendTests.Place(state: "disk/state.db") { workspace in
            disk = try SmallDisk(at: workspace.folder.appending(path: "disk"), kilobytes: 8192)
        }
        return (place, try #require(disk))
    }

    @Test func aFullDiskSendsNothingAndSaysSo() throws {
        let (place, disk) = try Self.place()
        #expect(try place.send("free", "Before").status == 0)
        // Held before, approved on the full disk: neither the yes nor the message goes through.
        let held = try place.send("gated", "Held")
        let approval = try #require(held.json["message"]["approval"].string)
        try disk.fill()
        for (what, arguments) in [
            ("send", ["send", "--agent", "free", "--to", "ada@example.net", "--subject", "Never", "--text", "x"]),
            ("approve", ["approvals", "approve", approval, "--key", "alice.pem", "--yes"]),
        ] {
            let result = try place.workspace.start(arguments).wait()
            #expect(result.status == 1, "\(what): \(result.all)")
            #expect(result.error.contains("full"), "\(what): \(result.all)")
        }
        _ = try place.workspace.signet("send", "--flush")
        #expect(try place.messages().count == 1)

        // With room again all goes on, and what the log has is whole.
        try disk.makeRoom()
        #expect(try place.workspace.signet("approvals", "approve", approval, "--key", "alice.pem", "--yes").status == 0)
        #expect(try place.workspace.signet("send", "--flush").status == 0)
        #expect(try place.send("free", "After").status == 0)
        let messages = try place.messages()
        #expect(messages.count == 3)
        #expect(!messages.contains { $0.contains("Subject: Never") })
        #expect(try place.workspace.answer("audit", "verify").json["holds"].bool == true)
    }

    /// What reads only needs no more than that: with the state file at rest, and as a server that was killed left it.
    @Test func whatOnlyReadsTakesAReadOnlyDisk() throws {
        let (place, disk) = try Self.place()
        #expect(try place.send("free", "Before").status == 0)
        let held = try place.send("gated", "Held")
        let approval = try #require(held.json["message"]["approval"].string)
        let reading: [[String]] = [
            ["outbox", "list"], ["approvals", "list"], ["approvals", "show", approval], ["audit", "query"],
            ["audit", "verify"], ["status"], ["keys", "list"], ["agents", "list"], ["tokens", "list"], ["records"],
            ["plan"], ["validate"],
        ]
        func expectAll(_ when: String) throws {
            for arguments in reading {
                let result = try place.workspace.start(arguments).wait()
                #expect(result.status == 0, "\(when), \(arguments): \(result.all)")
            }
            let dry = [
                "send", "--dry-run", "--agent", "free", "--to", "ada@example.net", "--subject", "s", "--text", "t",
            ]
            #expect(try place.workspace.start(dry).wait().status == 0, "\(when)")
            #expect(try place.workspace.answer("outbox", "list").json["messages"].array.count == 2, "\(when)")
        }
        try disk.setReadOnly(true)
        try expectAll("at rest")
        // What writes says what it lacks.
        for arguments in [
            ["verify"], ["audit", "prove", "0"], ["approvals", "deny", approval, "--key", "alice.pem", "--yes"],
        ] {
            let result = try place.workspace.start(arguments).wait()
            #expect(result.status == 1 && result.error.contains("read-only"), "\(arguments): \(result.all)")
        }

        try disk.setReadOnly(false)
        let server = try place.workspace.start(["serve", "--listen", "127.0.0.1:0"])
        try poll("the server listens") { server.outputSoFar.contains("listening") }
        server.signal(SIGKILL)
        server.wait()
        let log = place.workspace.path("disk/state.db-wal")
        try #require(FileManager.default.fileExists(atPath: log))
        try disk.setReadOnly(true)
        try expectAll("as a killed server left it")

        // The write-ahead log without its index, as a copy of the two files is: not to be read here, and never skipped.
        try disk.setReadOnly(false)
        try FileManager.default.removeItem(atPath: place.workspace.path("disk/state.db-shm"))
        try disk.setReadOnly(true)
        for arguments in reading where arguments != ["validate"] {
            let result = try place.workspace.start(arguments).wait()
            #expect(result.status == 1 && result.error.contains("state.db-shm"), "\(arguments): \(result.all)")
        }
        try disk.setReadOnly(false)
        try expectAll("writable again")
    }

    @Test func aReadOnlyDiskSendsNothingAndSaysSo() throws {
        let (place, disk) = try Self.place()
        #expect(try place.send("free", "Before").status == 0)
        try disk.setReadOnly(true)
        let result = try place.workspace.signet(
            "send", "--agent", "free", "--to", "ada@example.net", "--subject", "Never", "--text", "x")
        #expect(result.status == 1, "\(result.all)")
        #expect(result.error.contains("read-only"), "\(result.all)")
        #expect(try place.messages().count == 1)
        try disk.setReadOnly(false)
        #expect(try place.send("free", "After").status == 0)
        #expect(try place.messages().count == 2)
    }
}
