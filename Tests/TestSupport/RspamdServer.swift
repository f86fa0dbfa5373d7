package import Foundation
import Glibc

/// An rspamd on loopback that does nothing but DKIM and ARC, and asks one name server.
package final class RspamdServer {
    /// `127.0.0.1:11333`: what a driver is told in SIGNET_RSPAMD.
    package let address: String
    private let process: ChildProcess

    /// Returns once it answers: it reads Lua for seconds before.
    /// - Parameters:
    ///   - folder: where its files go.
    ///   - nameServer: `127.0.0.1:5300`.
    package init(in folder: URL, nameServer: String) throws {
        let address = "127.0.0.1:\(Lab.freePort())"
        let text = try String(contentsOfFile: Peer.path("rspamd.conf"), encoding: .utf8)
            .replacing("FOLDER", with: folder.path).replacing("NAMESERVER", with: nameServer)
            .replacing("ADDRESS", with: address)
        let configuration = folder.appending(path: "rspamd.conf").path
        try Data(text.utf8).write(to: URL(filePath: configuration))
        // -i: it may run as root, as CI does in a container.
        let process = try ChildProcess("rspamd", ["-c", configuration, "-f", "-i"], in: folder)
        self.address = address
        self.process = process
        do {
            try poll("rspamd", seconds: 120) {
                guard process.isRunning else { throw Lab.Failure(description: "rspamd ended: \(process.wait().all)") }
                let ping = ["-s", "-f", "-o", "/dev/null", "http://\(address)/ping"]
                return try ChildProcess.run("curl", ping).status == 0
            }
        } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    package func stop() {
        guard process.isRunning else { return }
        process.signal(SIGTERM)
        process.wait()
    }
}
