import Foundation

/// One of the lab's servers, from its start until `stop()`. Everything that it writes lies in a folder of its own, and
/// only processes that its script started are stopped.
final class LabServer {
    let folder: URL
    private let script: String
    private let environment: [String: String]

    init(_ script: String, _ environment: [String: String]) throws {
        self.script = SharedLab.folder.appendingPathComponent(script).path
        self.environment = environment
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-lab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let result = try ChildProcess.run(
            "/bin/bash", [self.script, "start", folder.path], environment: environment)
        guard result.status == 0 else { throw LabError("\(script) did not start: \(result.all)") }
    }

    func stop() {
        _ = try? ChildProcess.run("/bin/bash", [script, "stop", folder.path], environment: environment)
        try? FileManager.default.removeItem(at: folder)
    }

    /// PowerDNS' proxy with faults: lab/httpfault.sh's pairs; none clears them.
    static func httpFault(_ port: Int, _ pairs: [String]) throws {
        let script = SharedLab.folder.appendingPathComponent("httpfault.sh").path
        let result = try ChildProcess.run("/bin/bash", [script, "http://127.0.0.1:\(port)"] + pairs)
        guard result.status == 0 else { throw LabError("httpfault.sh: \(result.all)") }
    }

    func dnsFault(_ words: [String]) throws {
        let script = SharedLab.folder.appendingPathComponent("dnsfault.sh").path
        let result = try ChildProcess.run("/bin/bash", [script, folder.path] + words)
        guard result.status == 0 else { throw LabError("dnsfault.sh: \(result.all)") }
    }
}

/// BIND as a secondary that transfers a zone only when it is told to: no NOTIFY, and a refresh of hours.
final class LaggingSecondary {
    let folder: URL
    private let process: ChildProcess
    private let port: Int
    private let controlPort: Int
    private let zone: String

    init(zone: String, primary: Int, port: Int, controlPort: Int) throws {
        self.zone = zone
        self.port = port
        self.controlPort = controlPort
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-bind-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let secret = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        let key = "key rndc-key { algorithm hmac-sha256; secret \"\(secret)\"; };\n"
        let rndc = key + "options { default-server 127.0.0.1; default-port \(controlPort); default-key rndc-key; };\n"
        try Data(rndc.utf8).write(to: folder.appendingPathComponent("rndc.conf"))
        let configuration =
            key + """
                controls { inet 127.0.0.1 port \(controlPort) allow { 127.0.0.1; } keys { rndc-key; }; };
                options {
                  directory "\(folder.path)"; pid-file none; session-keyfile "\(folder.path)/session.key";
                  listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
                  recursion no; empty-zones-enable no; dnssec-validation no; notify no; allow-notify { none; };
                };
                zone "\(zone)" {
                  type secondary; primaries { 127.0.0.1 port \(primary); }; file "zone.db";
                  min-refresh-time 86400; min-retry-time 86400;
                };

                """
        let file = folder.appendingPathComponent("named.conf")
        try Data(configuration.utf8).write(to: file)
        process = try ChildProcess(
            "/usr/sbin/named", ["-g", "-c", file.path, "-n", "1"], in: folder)
        try poll("the secondary's first transfer") {
            guard process.isRunning else { throw LabError("named ended: \(process.wait().error)") }
            return try !DNSProbe.ask(port, zone, type: 6).isEmpty
        }
    }

    func transfer() throws {
        let result = try ChildProcess.run(
            "/usr/sbin/rndc", ["-c", folder.appendingPathComponent("rndc.conf").path, "retransfer", zone])
        guard result.status == 0 else { throw LabError("rndc: \(result.all)") }
    }

    func stop() {
        process.signal(SIGTERM)
        process.wait()
        try? FileManager.default.removeItem(at: folder)
    }
}
