package import FoundationEssentials

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

/// A held message whose time to be approved is over.
package struct OverdueHold: Sendable, Equatable {
    package var message: OutboxMessage
    /// The newest for it.
    package var request: ApprovalRecord?

    package init(message: OutboxMessage, request: ApprovalRecord?) {
        self.message = message
        self.request = request
    }
}

/// Where outbox and approvals are in one store, and what concerns both is one transaction.
package protocol HoldStore: Sendable {
    /// Inserts the request for an approval and puts the event through, as `ApprovalStore.insertApproval` and
    /// `OutboxStore.apply` do: both, or neither if the request's id is there already or the event moves nothing.
    ///
    /// - Returns: what the event led to; nil: the request is there already.
    func hold(
        _ event: OutboxStoreEvent, asking request: ApprovalRecord, at now: Date
    ) async throws(SendStoreError) -> OutboxTransition?

    /// What waits may be many thousands, and what was answered a few: those whose time is over soonest first, at most
    /// `countMax`.
    func answeredHolds(countMax: Int) async throws(SendStoreError) -> [AnsweredHold]

    /// Held messages that nobody answered in time: those whose time was over first, at most `countMax`.
    func overdueHolds(countMax: Int, at now: Date) async throws(SendStoreError) -> [OverdueHold]
}
