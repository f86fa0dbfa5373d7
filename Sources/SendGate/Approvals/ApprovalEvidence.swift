package import FoundationEssentials

/// What is known of a recorded approval when a message is to be sent by it, as small enumerations: digests, clocks and
/// signatures are compared before, in `init`.
package struct ApprovalEvidence: Sendable, Hashable {
    /// The digest recomputed from the outbox, against the record's.
    package enum Message: String, Sendable, CaseIterable {
        case same, other
    }

    /// The attempt that has claimed the approval, if any, against the one that asks.
    package enum Attempt: String, Sendable, CaseIterable {
        case own, other
    }

    package enum Statement: String, Sendable, CaseIterable {
        /// A yes to this very record, signed by somebody who may approve.
        case trusted, untrusted
    }

    package enum Time: String, Sendable, CaseIterable {
        case open, over
    }

    package var message: Message
    package var state: ApprovalState
    package var attempt: Attempt
    package var statement: Statement
    /// The time to answer the request.
    package var answering: Time
    /// The time for which the yes is good.
    package var validity: Time

    package init(
        message: Message, state: ApprovalState, attempt: Attempt, statement: Statement, answering: Time, validity: Time
    ) {
        self.message = message
        self.state = state
        self.attempt = attempt
        self.statement = statement
        self.answering = answering
        self.validity = validity
    }

    /// `message` is the digest recomputed from the outbox, never a stored one; `attempt` is the asking one, if it has
    /// claimed already.
    package init(
        _ record: ApprovalRecord, message: MessageDigest, attempt: AttemptID?, roster: ApproverRoster, at now: Date
    ) {
        let signed = record.statement.flatMap { roster.verify($0, for: record) }
        let yes = signed.flatMap { $0.answer == .approve && $0.validUntil == record.validUntil ? $0 : nil }
        self.init(
            message: record.message == message ? .same : .other, state: record.state,
            attempt: attempt != nil && attempt == record.attempt ? .own : .other,
            statement: yes == nil ? .untrusted : .trusted,
            answering: now < record.answerBy ? .open : .over,
            validity: yes.map { now < $0.validUntil } == true ? .open : .over)
    }

    /// What the gate is told. Pure and total.
    package var finding: GateFacts.Approval {
        // Any edit voids whatever was said before, a no included: it was about other content.
        guard message == .same else { return .mismatched }
        switch state {
        case .pending: return answering == .open ? .pending : .expired
        case .denied: return .denied
        case .expired: return .expired
        case .voided: return .mismatched
        case .used: return .used
        case .inFlight where attempt == .other: return .used
        case .inFlight, .approved:
            guard statement == .trusted else { return .untrusted }
            return validity == .open ? .matching : .expired
        }
    }
}

extension GateFacts.Approval {
    /// What the approval on record says of the message as it is now. A record that could not be read is `.unknown`: that
    /// is the caller's to say.
    package init(
        _ record: ApprovalRecord?, message: MessageDigest, attempt: AttemptID? = nil, roster: ApproverRoster,
        at now: Date
    ) {
        guard let record else {
            self = .none
            return
        }
        self = ApprovalEvidence(record, message: message, attempt: attempt, roster: roster, at: now).finding
    }
}
