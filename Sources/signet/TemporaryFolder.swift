import CLI
import CLinux
import Glibc

/// Folders for the demo, below `$TMPDIR` or /tmp.
enum TemporaryFolder {
    static let workspace = Workspace(makeTemporary: make, remove: remove)

    @Sendable private static func make() throws -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/signet-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SystemFiles.Failure("no folder can be made in \(base)", code: errno)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Symbolic links are removed, never followed.
    @Sendable private static func remove(_ folder: String) {
        for entry in SystemFiles.entries(of: folder) ?? [] {
            let path = "\(folder)/\(entry)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { remove(path) } else { unlink(path) }
        }
        rmdir(folder)
    }
}
