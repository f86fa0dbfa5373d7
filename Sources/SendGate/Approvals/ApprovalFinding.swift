package import FoundationEssentials

extension GateFacts.Approval {
    /// What the approval on record says of the message as it is now.
    ///
    /// `message` is the digest recomputed from the outbox, never the stored one. `attempt` is the caller's own, if it has
    /// claimed already. A record that could not be read is `.unknown`: that is the caller's to say.
    package init(
        _ record: ApprovalRecord?, message: MessageDigest, attempt: AttemptID? = nil, roster: ApproverRoster,
        at now: Date
    ) {
        guard let record else {
            self = .none
            return
        }
        // Any edit voids whatever was said before, a no included: it was about other content.
        guard record.message == message else {
            self = .mismatched
            return
        }
        switch record.state {
        case .pending: self = now < record.answerBy ? .pending : .expired
        case .denied: self = .denied
        case .expired: self = .expired
        case .voided: self = .mismatched
        case .used: self = .used
        case .inFlight where attempt == nil || attempt != record.attempt: self = .used
        case .inFlight, .approved:
            guard let signed = record.statement, let statement = roster.verify(signed, for: record),
                statement.answer == .approve, statement.validUntil == record.validUntil
            else {
                self = .untrusted
                return
            }
            self = now < statement.validUntil ? .matching : .expired
        }
    }
}
