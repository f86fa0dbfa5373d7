import Foundation
import TestSupport

/// scripts/smtp-sink: takes whatever a relay, or Signet, delivers to it.
final class MailSink {
    struct Arrived {
        var file: URL
        var octets: Data
        /// Of the envelope.
        var sender: String
        var recipients: [String]
    }

    let port = Lab.freePort()
    private let folder: URL
    private let process: ChildProcess

    /// Keeps messages in the workspace's folder `mail`.
    init(in workspace: Workspace) throws {
        folder = workspace.folder.appending(path: "mail")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = try ChildProcess(
            Workspace.repository.appending(path: "scripts/smtp-sink").path, ["\(port)", folder.path],
            in: workspace.folder)
        self.process = process
        try poll("the sink listens") { process.outputSoFar.contains("ready") }
    }

    deinit { stop() }

    func stop() {
        process.signal(SIGKILL)
        process.wait()
    }

    /// What has come so far, in order.
    func arrived() throws -> [Arrived] {
        guard let list = FileManager.default.contents(atPath: folder.appending(path: "messages.jsonl").path) else {
            return []
        }
        // The sink appends a line once the message is on disk; a line without its end is still being written.
        return try list.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { line in
            let entry = JSON(try JSONSerialization.jsonObject(with: Data(line)))
            let file = folder.appending(path: entry["file"].string ?? "")
            return Arrived(
                file: file, octets: try Data(contentsOf: file), sender: entry["sender"].string ?? "",
                recipients: entry["recipients"].array.compactMap(\.string))
        }
    }
}
