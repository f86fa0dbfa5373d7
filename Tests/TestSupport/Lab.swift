package import Foundation
import Glibc
import Synchronization
package import Testing

/// Real servers for tests: PowerDNS, BIND, unbound, nginx with faults. Their start scripts are not part of this
/// package; they lie in a folder `shared` beside it, or where `SIGNET_SHARED` points.
///
///     @Test(.enabled(if: Lab.isAvailable(.powerDNS), Lab.hint))
///     func f() throws {
///         let server = try Lab.start(.powerDNS, ["API_PORT": "\(Lab.freePort())", "DNS_PORT": "\(Lab.freePort())"])
///         defer { server.stop() }
package enum Lab {
    /// What a skipped test says.
    package static let hint: Comment =
        "needs the lab's scripts and servers: put the folder `shared` beside this package, or run `SIGNET_SHARED=/path/to/shared scripts/test`"

    /// One start script and the programs that it needs.
    package struct Script: Sendable {
        package var name: String
        package var programs: [String]

        package init(_ name: String, programs: [String]) {
            self.name = name
            self.programs = programs
        }

        package static let powerDNS = Script("pdns.sh", programs: ["pdns_server", "sqlite3", "curl"])
        package static let faultProxy = Script("nginx_faults.sh", programs: ["nginx", "curl"])
        package static let bind = Script("bind.sh", programs: ["named", "dig"])
        package static let unbound = Script("unbound.sh", programs: ["unbound", "dig"])
        package static let dnsFaults = Script("dnsdist.sh", programs: ["dnsdist"])
    }

    /// The folder with `lab/`, `samples/` and `suites/`; nil if there is none.
    package static let sharedFolder: URL? = {
        let package = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder =
            given.map { URL(fileURLWithPath: $0) }
            ?? package.deletingLastPathComponent().appendingPathComponent("shared")
        return FileManager.default.fileExists(atPath: folder.appendingPathComponent("lab/lib.sh").path) ? folder : nil
    }()

    /// Where somebody has said that it is.
    private static let given = ProcessInfo.processInfo.environment["SIGNET_SHARED"].flatMap { $0.isEmpty ? nil : $0 }

    /// There every program that a test needs has to be installed: what is missing is a failure, not a skipped test. The lab
    /// itself is no part of this package: without it its tests are skipped, as `scripts/test` says at its end, unless
    /// SIGNET_SHARED points at where it is not.
    package static let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Whether these servers can be started here, or have to be.
    package static func isAvailable(_ scripts: Script...) -> Bool {
        guard let folder = sharedFolder else { return isContinuousIntegration && given != nil }
        return isContinuousIntegration
            || scripts.allSatisfy { script in
                FileManager.default.fileExists(atPath: folder.appendingPathComponent("lab/\(script.name)").path)
                    && script.programs.allSatisfy(isInstalled)
            }
    }

    private static func isInstalled(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"])
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    // MARK: Servers

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    /// Runs a start script and waits until its server answers. The server ends with `stop`, with the last reference,
    /// or with the test process, whichever is first.
    package static func start(_ script: Script, _ environment: [String: String]) throws -> LabServer {
        guard let folder = sharedFolder else { throw Failure(description: "\(hint)") }
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("signet-lab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        let server = LabServer(script: folder.appendingPathComponent("lab/\(script.name)"), workFolder: work)
        try run(server.script, ["start", work.path], environment)
        LabServer.stopAllAtExit(server)
        return server
    }

    /// Runs any script of the lab folder to its end, and returns what it printed.
    @discardableResult
    package static func run(named name: String, _ arguments: [String]) throws -> String {
        guard let folder = sharedFolder else { throw Failure(description: "\(hint)") }
        return try run(folder.appendingPathComponent("lab/\(name)"), arguments, [:])
    }

    @discardableResult
    static func run(_ script: URL, _ arguments: [String], _ environment: [String: String]) throws -> String {
        let result = try ChildProcess.run("/bin/bash", [script.path] + arguments, environment: environment)
        guard result.status == 0 else {
            throw Failure(
                description: "\(script.lastPathComponent) \(arguments.joined(separator: " ")): \(result.all)")
        }
        return result.output
    }

    // MARK: Ports

    /// Below the range from which Linux takes ports for outgoing connections (32768 on), so that none is lost between
    /// asking here and listening there.
    private static let portRange: ClosedRange<UInt16> = 20_000...32_000
    private static let givenOut = Mutex<Set<UInt16>>([])

    /// A port of 127.0.0.1 that nobody listens on, over TCP or UDP; never the same one twice in a process.
    package static func freePort() -> UInt16 {
        for port in portRange.shuffled() where givenOut.withLock({ $0.insert(port).inserted }) {
            if isFree(port, SOCK_STREAM), isFree(port, SOCK_DGRAM) { return port }
        }
        preconditionFailure("no free port in \(portRange)")
    }

    private static func isFree(_ port: UInt16, _ kind: __socket_type) -> Bool {
        let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return LoopbackAddress(port: port).withPointer { bind(descriptor, $0, $1) == 0 }
    }
}

/// A running server of the lab.
package final class LabServer: Sendable {
    /// Everything that it writes.
    package let workFolder: URL
    let script: URL
    private let isStopped = Mutex(false)

    init(script: URL, workFolder: URL) {
        self.script = script
        self.workFolder = workFolder
    }

    deinit { stop() }

    /// Signals only the process ids that the script wrote, and removes the work folder.
    package func stop() {
        let isFirst = isStopped.withLock { stopped in
            defer { stopped = true }
            return !stopped
        }
        guard isFirst else { return }
        _ = try? Lab.run(script, ["stop", workFolder.path], [:])
        try? FileManager.default.removeItem(at: workFolder)
    }

    private struct Weak: Sendable {
        weak var server: LabServer?
    }

    private static let running = Mutex<[Weak]>([])
    private static let atExit: Void = {
        _ = atexit { LabServer.running.withLock { $0 }.forEach { $0.server?.stop() } }
    }()

    /// A server that a suite shares lives in a global, which Swift never releases.
    static func stopAllAtExit(_ server: LabServer) {
        _ = atExit
        running.withLock { $0.append(Weak(server: server)) }
    }
}
