package import FoundationEssentials

/// What happens to a message of the outbox. Events of an attempt carry its number, and count only while it is the
/// newest.
package enum OutboxEvent: Sendable, Equatable {
    /// A process takes a message that is due, to put it to the gate and, if released, to the relay.
    case claimed(holder: String, until: Date)
    /// Log and gate allow it, and the end of the data is about to be sent. `until`: when others may take it that this
    /// process has died. `copy`: the oversight address that got it too.
    case committing(attempt: Int, logIndex: Int64, copy: String?, approvalID: String?, until: Date)
    case ended(attempt: Int, DeliveryOutcome)
    /// The log has it, too.
    case logged(attempt: Int)
    /// The gate wants a person's word first.
    case held(attempt: Int, approvalID: String, until: Date, reason: String)
    case refused(attempt: Int, reason: String)
    /// The gate says "later".
    case postponed(attempt: Int, until: Date, reason: String)
    /// A person approved: it is due, and the gate looks at it again.
    case approved
    case denied(reason: String)
    /// Its approval, or all patience, ran out.
    case expired(reason: String)
    /// Its lease is over: whoever finds it says so.
    case abandoned
    /// A person found out what became of an `unknown` one.
    case resolved(wasHandedOver: Bool, by: String)
}

/// What an event did.
package enum OutboxTransition: Sendable, Equatable {
    case moved(OutboxMessage)
    /// The message stands elsewhere by now, and the event has no place there. Nothing was changed.
    case stale(OutboxState)
    /// There is no such message.
    case missing

    package var message: OutboxMessage? { if case .moved(let message) = self { message } else { nil } }
}
