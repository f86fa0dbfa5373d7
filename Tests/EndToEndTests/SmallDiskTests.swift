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
