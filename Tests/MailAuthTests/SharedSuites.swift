import Foundation
import Testing

/// The conformance suites, which live beside the repository: `../shared/suites`, or `$SIGNET_SHARED/suites`.
enum SharedSuites {
    static let absence: Comment = "no suites: put a copy at ../shared, or point SIGNET_SHARED at one"

    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["SIGNET_SHARED"] {
            return URL(filePath: path).appending(path: "suites")
        }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/suites")
    }()

    static func url(_ path: String) -> URL { folder.appending(path: path) }

    static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url(path).path) }

    /// Whether YAML can be read: by python3 with PyYAML.
    static let readsYAML = (try? json(ofYAML: "a: 1")) != nil

    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: url(path))) }

    /// Every document of a YAML text as JSON, in one array.
    static func json(ofYAML text: String) throws -> Data {
        // Tabs after values, as some suites have them, are blanks to YAML 1.2.
        let script = """
            import json, sys, yaml
            class L(yaml.SafeLoader): pass
            L.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if t != 'tag:yaml.org,2002:timestamp']
                                         for k, v in L.yaml_implicit_resolvers.items()}
            L.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if not t.endswith(':int') and not t.endswith(':float')]
                                         for k, v in L.yaml_implicit_resolvers.items()}
            L.add_constructor('tag:yaml.org,2002:str', lambda l, n: l.construct_scalar(n))
            json.dump([d for d in yaml.load_all(sys.stdin.buffer.read().decode('utf-8'), L) if d], sys.stdout)
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let input = FileManager.default.temporaryDirectory.appending(path: "suite-\(UUID().uuidString).yml")
        let output = input.appendingPathExtension("json")
        try Data(text.utf8).write(to: input)
        try Data().write(to: output)
        defer {
            try? FileManager.default.removeItem(at: input)
            try? FileManager.default.removeItem(at: output)
        }
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return try Data(contentsOf: output)
    }

    /// A YAML file's documents.
    static func documents(_ path: String) throws -> [[String: Any]] {
        let text = String(decoding: try bytes(path), as: UTF8.self)
        return try JSONSerialization.jsonObject(with: json(ofYAML: text)) as? [[String: Any]] ?? []
    }
}
