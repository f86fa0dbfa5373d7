import DNS
import Synchronization

/// The questions of one `ask`, and their replies as they come in.
///
/// Made by the caller, then touched by the engine's thread alone.
final class DNSBatch: @unchecked Sendable {
    let questions: [ServerQuestion]
    private var replies: [ServerReply]
    private var remaining: Int
    /// Set by any thread, and never cleared.
    let isCancelled = Atomic(false)
    /// Whether the engine has taken it in.
    var isAccepted = false
    var continuation: CheckedContinuation<[ServerReply], Never>?

    init(_ questions: [ServerQuestion]) {
        self.questions = questions
        replies = Array(repeating: .failed(.unreachable("cancelled")), count: questions.count)
        remaining = questions.count
    }

    var isOver: Bool { continuation == nil }

    func settle(_ index: Int, _ reply: ServerReply) {
        guard !isOver else { return }
        replies[index] = reply
        remaining -= 1
        if remaining == 0 { end() }
    }

    /// Hands back what there is; a question without a reply reads as cancelled.
    func end() {
        let taken = replies
        replies = []
        continuation?.resume(returning: taken)
        continuation = nil
    }
}
