/// A held message about which an approver has spoken, or whose time to be approved is over.
package struct AnsweredHold: Sendable, Equatable {
    package var message: MessageID
    /// Of the newest request for it; never `pending`, `inFlight` or `used`.
    package var approval: ApprovalState

    package init(message: MessageID, approval: ApprovalState) {
        self.message = message
        self.approval = approval
    }
}

/// Where outbox and approvals are in one store: what waits may be many thousands, and what was answered a few.
package protocol HoldReviewing: Sendable {
    /// Those whose time is over soonest first, at most `countMax`.
    func answeredHolds(countMax: Int) async throws(SendStoreError) -> [AnsweredHold]
}
