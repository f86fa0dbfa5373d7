import Synchronization

/// What a server in this process has logged.
final class LogLines: Sendable {
    private let lines = Mutex("")

    var text: String { lines.withLock { $0 } }

    func append(_ line: String) { lines.withLock { $0 += line } }
}
