import Foundation
import TestSupport
import Testing

/// A file system of a few megabytes, for what only a full or read-only one shows.
final class SmallDisk {
    static let hint: Comment = "needs to mount a file system: root, outside of a container that forbids it"

    /// Whether this process may mount one.
    static let isPossible: Bool = {
        guard getuid() == 0,
            let folder = try? FileManager.default.url(
                for: .itemReplacementDirectory, in: .userDomainMask,
                appropriateFor: FileManager.default.temporaryDirectory, create: true)
        else { return false }
        defer { try? FileManager.default.removeItem(at: folder) }
        guard (try? mount(["-t", "tmpfs", "-o", "size=64k", "signet-test", folder.path])) == 0 else { return false }
        return (try? ChildProcess.run("/usr/bin/env", ["umount", folder.path]).status) == 0
    }()

    private let folder: URL
    private var filler: URL { folder.appending(path: "filler") }

    private static func mount(_ arguments: [String]) throws -> Int32 {
        try ChildProcess.run("/usr/bin/env", ["mount"] + arguments).status
    }

    init(at folder: URL, kilobytes: Int) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let options = ["-t", "tmpfs", "-o", "size=\(kilobytes)k,mode=0700", "signet-test", folder.path]
        guard try Self.mount(options) == 0 else { throw Lab.Failure(description: "nothing can be mounted") }
    }

    deinit { _ = try? ChildProcess.run("/usr/bin/env", ["umount", "--lazy", folder.path]) }

    /// Until not one octet more goes on it.
    func fill() throws {
        let script =
            #"dd if=/dev/zero of="$0" bs=64k 2>/dev/null; dd if=/dev/zero of="$0.rest" bs=1 count=8192 2>/dev/null"#
        _ = try ChildProcess.run("/bin/sh", ["-c", script, filler.path])
        var status = statvfs()
        guard statvfs(folder.path, &status) == 0, status.f_bavail == 0 else {
            throw Lab.Failure(description: "the disk is not full")
        }
    }

    func makeRoom() throws {
        for name in [filler.path, filler.path + ".rest"] { try FileManager.default.removeItem(atPath: name) }
    }

    func setReadOnly(_ isReadOnly: Bool) throws {
        guard try Self.mount(["-o", isReadOnly ? "remount,ro" : "remount,rw", folder.path]) == 0 else {
            throw Lab.Failure(description: "it cannot be mounted anew")
        }
    }
}
