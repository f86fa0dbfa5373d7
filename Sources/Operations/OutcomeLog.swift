import Audit
import FoundationEssentials
import SendGate

/// Writes what became of attempts into the log, and remembers in the outbox that it did. An outcome that a killed
/// process owed is written by the next one.
struct OutcomeLog: Sendable {
    let session: SendSession

    func record(_ messages: [OutboxMessage]) async throws {
        let owed = messages.filter(\.isOutcomeUnlogged)
        guard !owed.isEmpty else { return }
        _ = try await session.log.append(owed.map(entry))
        _ = try await session.store.apply(
            owed.map { OutboxStoreEvent($0.id, .logged(attempt: $0.attempt)) }, at: session.now)
    }

    /// What earlier processes owe.
    func settle() async throws {
        try await record(try await session.store.unloggedOutcomes(countMax: SendLimits.owedMax))
    }

    private func entry(_ message: OutboxMessage) -> LogEntry {
        let kind: LogKind =
            switch message.state {
            case .sent: .deliverySent
            case .bounced: .deliveryBounced
            case .unknown: .deliveryUncertain
            case .deferred: .deliveryDeferred
            case .received, .held, .queued, .delivering, .committing: .deliveryQueued
            case .refused, .denied, .expired: .deliveryCancelled
            }
        return LogEntry(
            kind, at: message.changedAt, domain: message.domain, agent: message.agent, message: message.id.rawValue,
            details: [
                "attempt": .integer(Int64(message.attempt)), "relay": .text(message.relay),
                "recipients": .list(message.recipients.map(recipient)), "reason": .personal(message.reason),
            ])
    }

    /// A relay's words may name the recipient.
    private func recipient(_ recipient: OutboxMessage.Recipient) -> LogValue {
        let (outcome, reply): (String, ReplyText?) =
            switch recipient.outcome {
            case .accepted(let reply): ("accepted", reply)
            case .deferred(let reply): ("deferred", reply)
            case .rejected(let reply): ("rejected", reply)
            case .uncertain: ("uncertain", nil)
            case nil: ("untried", nil)
            }
        return [
            "address": .personal(recipient.address), "outcome": .text(outcome), "copy": .bool(recipient.isCopy),
            "reply": .personal(reply?.description ?? ""),
        ]
    }
}
