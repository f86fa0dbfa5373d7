import Foundation
import TestSupport

/// scripts/recording-proxy before a provider's API: it writes down every request, and holds some back on demand.
final class RecordingProxy {
    struct Request {
        var method: String
        var path: String
        /// nil while it is held or under way.
        var status: Int?
    }

    let port = Int(Lab.freePort())
    private let folder: URL
    private let process: ChildProcess

    init(upstream: Int) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-proxy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process = try ChildProcess(
            Workspace.repository.appendingPathComponent("scripts/recording-proxy").path,
            ["\(port)", "\(upstream)", folder.path], in: folder)
        let ready = folder.appendingPathComponent("ready").path
        let started = process
        try poll("the recording proxy") {
            guard started.isRunning else { throw Lab.Failure(description: "recording-proxy: \(started.wait().all)") }
            return FileManager.default.fileExists(atPath: ready)
        }
    }

    func stop() {
        process.signal(SIGTERM)
        process.wait()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The next `count` requests of the method wait until `release`.
    func hold(_ method: String, count: Int) throws {
        try Data("\(method) \(count)".utf8).write(to: folder.appendingPathComponent("hold"), options: .atomic)
    }

    func release() throws { try FileManager.default.removeItem(at: folder.appendingPathComponent("hold")) }

    /// In the order of their arrival.
    func requests() throws -> [Request] {
        let log = (try? String(contentsOf: folder.appendingPathComponent("requests.jsonl"), encoding: .utf8)) ?? ""
        var order: [Int] = []
        var requests: [Int: Request] = [:]
        for line in log.split(separator: "\n") {
            let entry = JSON(try JSONSerialization.jsonObject(with: Data(line.utf8)))
            guard let id = entry["id"].int else { continue }
            if let method = entry["method"].string {
                order.append(id)
                requests[id] = Request(method: method, path: entry["path"].string ?? "", status: nil)
            } else {
                requests[id]?.status = entry["status"].int
            }
        }
        return order.compactMap { requests[$0] }
    }
}
