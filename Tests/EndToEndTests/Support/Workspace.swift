import Foundation
import TestSupport

/// A folder with a manifest, a key-encryption key and a state of its own, and the built `signet` run in it.
final class Workspace {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// `$SIGNET_BINARY`, or the debug build beside the tests.
    static let binary =
        ProcessInfo.processInfo.environment["SIGNET_BINARY"]
        ?? Workspace.repository.appendingPathComponent(".build/debug/signet").path

    /// 64 hexadecimal digits that no output may ever show.
    static let keyEncryptionKey = "feedc0de5ec2e75eed5a11d0e5ca1ab1eb0a710adacedfacade0f5ca1ab1e0ff"

    let folder: URL
    /// What commands get besides `PATH` and `HOME`.
    var environment: [String: String] = [:]

    init(manifest: String? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write("kek", Self.keyEncryptionKey + "\n")
        if let manifest { try write("signet.yaml", manifest) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(Self.binary, arguments, in: folder, environment: environment)
    }

    func signet(_ arguments: String...) throws -> ChildProcess.Result { try start(arguments).wait() }

    /// The answer as JSON, with the exit status.
    func answer(_ arguments: String...) throws -> (status: Int32, json: JSON) {
        let result = try start(arguments + ["--output", "json"]).wait()
        guard let value = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) else {
            throw Lab.Failure(description: "signet \(arguments.joined(separator: " ")) gave no JSON: \(result.all)")
        }
        return (result.status, JSON(value))
    }
}

/// A JSON value that a test digs into; what is missing is nil or empty.
struct JSON {
    let value: Any?
    init(_ value: Any?) { self.value = value }

    subscript(_ key: String) -> JSON { JSON((value as? [String: Any])?[key]) }
    subscript(_ index: Int) -> JSON { JSON((value as? [Any]).flatMap { index < $0.count ? $0[index] : nil }) }
    var array: [JSON] { (value as? [Any] ?? []).map { JSON($0) } }
    var string: String? { value as? String }
    var int: Int? { (value as? NSNumber)?.intValue }
    var bool: Bool? { (value as? NSNumber)?.boolValue }
    var isNull: Bool { value == nil || value is NSNull }
}

/// The parts of a manifest that most of these tests share.
struct TestManifest {
    var dnsPort: Int
    var apiPort: Int
    /// Zones with their own servers; the others are at `dnsPort`.
    var stubs: [String: [Int]] = [:]
    var resolvers: [Int] = []
    var defaults =
        "ttl: 2s, dkim: { keys: [ed25519] }, dmarc: { policy: none }, spf: { ip4: [192.0.2.10], all: softfail }"
    /// Domain to its flow mapping: `{}` takes the defaults.
    var domains: [(name: String, body: String)]

    func text(zones: [String]) -> String {
        let stubs = zones.map { zone in
            let servers = (self.stubs[zone] ?? [dnsPort]).map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
            return "      \(zone): [\(servers)]"
        }
        return """
            version: 1
            settings:
              state: state.db
              keyring: { key: { file: kek } }
              dns:
                stubs:
            \(stubs.joined(separator: "\n"))
                resolvers: [\(resolvers.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", "))]
            providers:
              lab: { type: powerdns, url: "http://127.0.0.1:\(apiPort)", api_key: { env: PDNS_API_KEY } }
            defaults: { \(defaults) }
            domains:
            \(domains.map { "  \($0.name): \($0.body)" }.joined(separator: "\n"))

            """
    }
}
