import Foundation
import Testing

/// Text that is kept in `Snapshots/`; `RECORD=1 swift test` writes it anew.
enum Snapshot {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Snapshots")
    private static let records = ProcessInfo.processInfo.environment["RECORD"] == "1"

    static func check(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = folder.appendingPathComponent(name)
        if records {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let kept = try? String(decoding: Data(contentsOf: file), as: UTF8.self)
        #expect(kept == text, "\(name) differs; if it should, run with RECORD=1", sourceLocation: sourceLocation)
    }

    /// The snapshots that no test reads any more.
    static func unused(_ used: Set<String>) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !used.contains($0) }.sorted()
    }
}
