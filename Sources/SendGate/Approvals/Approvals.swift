package import FoundationEssentials

/// The right to one attempt to send by an approval. Only `Approvals.claim` makes one, after the store's compare-and-set.
package struct ApprovalClaim: Sendable, Equatable {
    package let approval: ApprovalID
    package let message: MessageDigest
    package let attempt: AttemptID

    fileprivate init(approval: ApprovalID, message: MessageDigest, attempt: AttemptID) {
        self.approval = approval
        self.message = message
        self.attempt = attempt
    }
}

/// An approval's life in a store: each method is one `ApprovalLife.step` and one compare-and-set.
package struct Approvals: Sendable {
    /// How often a change starts over because somebody else's came between; each time somebody's got through.
    static let conflictsMax = 16

    let store: any ApprovalStore

    package init(store: any ApprovalStore) { self.store = store }

    /// Claims the approval for one attempt. nil if it isn't approved any more: denied, expired, voided by an edit, claimed
    /// or used by another attempt. Of any number of concurrent callers at most one gets a claim.
    ///
    /// Whether the signature holds and the signer may approve is asked before, by `ApprovalEvidence`.
    package func claim(
        _ id: ApprovalID, send: SendID, message: MessageDigest, attempt: AttemptID, at now: Date
    ) async throws(SendStoreError) -> ApprovalClaim? {
        guard let record = try await store.approval(id), record.send == send, record.message == message,
            let validUntil = record.validUntil, now < validUntil
        else { return nil }
        let (state, effect) = ApprovalLife.step(record.state, .claim)
        guard effect == .authorise else { return nil }
        var next = record.moved(to: state, at: now)
        next.attempt = attempt
        // Lost the race: whoever won has it.
        guard try await store.replaceApproval(next) else { return nil }
        return ApprovalClaim(approval: id, message: message, attempt: attempt)
    }

    /// How a claimed attempt ended: `accepted` uses the approval up; not accepted, for certain, gives it back. An attempt
    /// whose end is unknown stays in flight. Returns the record as it stands afterwards.
    @discardableResult
    package func finish(
        _ id: ApprovalID, attempt: AttemptID, accepted: Bool, at now: Date
    ) async throws(SendStoreError) -> ApprovalRecord? {
        try await change(id, at: now) { record in
            let claimant: ApprovalEvent.Claimant = record.attempt == attempt ? .holder : .other
            return accepted ? .accept(claimant) : .fail(claimant)
        }
    }

    /// The message was edited, or its time is over.
    @discardableResult
    package func end(
        _ id: ApprovalID, by event: Ending, at now: Date
    ) async throws(SendStoreError) -> ApprovalRecord? {
        try await change(id, at: now) { _ in event == .edit ? .edit : .expire }
    }

    package enum Ending: Sendable { case edit, expiry }

    /// Records an approver's answer. The caller has verified the statement for this very record
    /// (`ApprovalStatement.verify`).
    @discardableResult
    package func answer(
        _ id: ApprovalID, approve: Bool, statement: SignedStatement, validUntil: Date, at now: Date
    ) async throws(SendStoreError) -> ApprovalRecord? {
        try await change(id, at: now, { _ in approve ? .approve : .deny }) {
            $0.statement = statement
            $0.validUntil = validUntil
        }
    }

    private func change(
        _ id: ApprovalID, at now: Date, _ event: (ApprovalRecord) -> ApprovalEvent,
        _ also: (inout ApprovalRecord) -> Void = { _ in }
    ) async throws(SendStoreError) -> ApprovalRecord? {
        for _ in 0..<Self.conflictsMax {
            guard let record = try await store.approval(id) else { return nil }
            let (state, _) = ApprovalLife.step(record.state, event(record))
            guard state != record.state else { return record }
            var next = record.moved(to: state, at: now)
            if state == .approved, record.state == .inFlight { next.attempt = nil }
            also(&next)
            if try await store.replaceApproval(next) { return next }
        }
        throw SendStoreError(
            .busy, "approval \(id) was changed by others \(Self.conflictsMax) times in a row; try again")
    }
}

extension ApprovalRecord {
    fileprivate func moved(to state: ApprovalState, at now: Date) -> ApprovalRecord {
        var next = self
        next.state = state
        next.changedAt = now
        next.revision += 1
        return next
    }
}
