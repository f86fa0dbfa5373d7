import Synchronization

/// The calls that a host may still cancel (MCP 2025-11-25 and 2026-07-28, Cancellation): those of tools that only read
/// or verify. What sends or declares something is finished and answered, because its host must learn what became of it.
final class CallsInFlight: Sendable {
    private struct Call {
        var task: Task<MCPProtocol.Reply?, Never>
        var isCancelled = false
    }

    private let calls = Mutex<[String: Call]>([:])

    func began(_ id: JSONTree, _ task: Task<MCPProtocol.Reply?, Never>) {
        calls.withLock { $0[Self.key(id)] = Call(task: task) }
    }

    /// What is not, or no longer, worked on is nobody's mistake.
    func cancel(_ id: JSONTree) {
        let task = calls.withLock { calls in
            calls[Self.key(id)]?.isCancelled = true
            return calls[Self.key(id)]?.task
        }
        task?.cancel()
    }

    /// Whether it is to be answered: not where it was cancelled.
    func ended(_ id: JSONTree) -> Bool {
        calls.withLock { $0.removeValue(forKey: Self.key(id)) }?.isCancelled != true
    }

    /// A text and a number that look alike are two.
    private static func key(_ id: JSONTree) -> String { String(decoding: id.octets, as: UTF8.self) }
}
