import Diagnostics
import Foundation
import Manifest

/// The manifests under Fixtures: one file each, or a folder.
struct Fixture: Sendable, CustomTestStringConvertible {
    let name: String
    let files: [SourceFile]
    /// Where the expected output stands: beside the file or folder.
    let snapshot: URL

    var testDescription: String { name }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static let good = all(in: "good")
    static let bad = all(in: "bad")

    private static func all(in name: String) -> [Fixture] {
        let parent = folder.appending(path: name)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        return entries.sorted().compactMap { entry in
            let url = parent.appending(path: entry)
            if entry.hasSuffix(".yaml") {
                let base = String(entry.dropLast(5))
                return Fixture(name: base, files: [file(url, entry)], snapshot: parent.appending(path: base + ".txt"))
            }
            guard !entry.contains(".") else { return nil }
            let inside = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
            return Fixture(
                name: entry, files: inside.map { file(url.appending(path: $0), "\(entry)/\($0)") },
                snapshot: parent.appending(path: entry + ".txt"))
        }
    }

    private static func file(_ url: URL, _ path: String) -> SourceFile {
        SourceFile(path: path, bytes: Array((try? Data(contentsOf: url)) ?? Data()))
    }
}

import Testing

/// Compares with a file, or with RECORD=1 rewrites it.
func expectSnapshot(_ text: String, _ url: URL, location: SourceLocation = #_sourceLocation) {
    if ProcessInfo.processInfo.environment["RECORD"] == "1" {
        try? text.write(to: url, atomically: true, encoding: .utf8)
        return
    }
    let expected = try? String(contentsOf: url, encoding: .utf8)
    #expect(expected == text, "RECORD=1 rewrites \(url.lastPathComponent)", sourceLocation: location)
}

func load(_ text: String, limits: ManifestLimits = .standard) -> ManifestLoadResult {
    ManifestLoader(limits: limits).load([SourceFile(path: "manifest.yaml", bytes: Array(text.utf8))])
}
