import Foundation
import TestSupport

/// BIND as a secondary that transfers a zone only when it is told to: no NOTIFY, and a refresh of hours.
final class LaggingSecondary {
    let port = Int(Lab.freePort())
    private let folder: URL
    private let process: ChildProcess
    private let zone: String

    init(zone: String, primary: Int) throws {
        self.zone = zone
        let controlPort = Lab.freePort()
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
        let (named, port) = (process, port)
        try poll("the secondary's first transfer") {
            guard named.isRunning else { throw Lab.Failure(description: "named ended: \(named.wait().error)") }
            return try !DNSProbe.ask(port, zone, type: 6).isEmpty
        }
    }

    func transfer() throws {
        let result = try ChildProcess.run(
            "/usr/sbin/rndc", ["-c", folder.appendingPathComponent("rndc.conf").path, "retransfer", zone])
        guard result.status == 0 else { throw Lab.Failure(description: "rndc: \(result.all)") }
    }

    func stop() {
        process.signal(SIGTERM)
        process.wait()
        try? FileManager.default.removeItem(at: folder)
    }
}
