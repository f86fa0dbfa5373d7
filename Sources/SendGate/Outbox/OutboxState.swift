/// Where a message of the outbox stands. docs/decisions/0006-one-handover.md draws the whole life.
package enum OutboxState: String, Sendable, CaseIterable {
    /// Taken in and durable; the gate has not decided yet, or its decision was cut short.
    case received
    /// Waits for an approval.
    case held
    /// Released, and due.
    case queued
    /// One process is at it, under a lease; nothing of its end has been sent yet.
    case delivering
    /// The process at it has sent, or is about to send, the end of the data: only its answer tells what became of it.
    case committing
    /// To be tried again at `dueAt`: the relay, or the gate, said "later".
    case deferred
    /// The end of the data may have been sent, and its answer is lost. Never tried again by itself.
    case unknown
    /// The relay has taken responsibility for every recipient that is not rejected, and for at least one.
    case sent
    /// No recipient was accepted, or retrying has come to its end.
    case bounced
    /// By the gate.
    case refused
    /// By an approver.
    case denied
    /// Nobody decided in time.
    case expired

    /// Nothing happens to it any more by itself.
    package var isFinal: Bool {
        switch self {
        case .received, .held, .queued, .delivering, .committing, .deferred, .unknown: false
        case .sent, .bounced, .refused, .denied, .expired: true
        }
    }

    /// The end of its data may have been sent: it is the relay's, whatever this process could still write down.
    package var mayBeHandedOver: Bool {
        switch self {
        case .committing, .unknown, .sent, .bounced: true
        case .received, .held, .queued, .delivering, .deferred, .refused, .denied, .expired: false
        }
    }

    /// Whether a message in this state counts against its agent's limit for each hour.
    package var countsAgainstLimit: Bool {
        switch self {
        case .refused, .denied, .expired: false
        case .received, .held, .queued, .delivering, .committing, .deferred, .unknown, .sent, .bounced: true
        }
    }
}
