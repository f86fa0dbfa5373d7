package import FoundationEssentials
package import Manifest

/// A place in a list of requests.
package struct ApprovalCursor: Sendable, Equatable {
    package var requestedAt: Date
    package var id: ApprovalID

    package init(requestedAt: Date, id: ApprovalID) {
        self.requestedAt = requestedAt
        self.id = id
    }
}

package struct ApprovalFilter: Sendable, Equatable {
    /// In any of these.
    package var states: Set<ApprovalState>
    /// Of one of these agents; nil: whoever's.
    package var agents: Set<AgentID>?
    /// Behind this one.
    package var after: ApprovalCursor?

    package init(states: Set<ApprovalState>, agents: Set<AgentID>? = nil, after: ApprovalCursor? = nil) {
        self.states = states
        self.agents = agents
        self.after = after
    }
}

/// Approvals as they are read.
package protocol ApprovalReading: Sendable {
    func approval(_ id: ApprovalID) async throws(SendStoreError) -> ApprovalRecord?
    /// The newest record for a message in the outbox: by time of request, then id.
    func latestApproval(for send: SendID) async throws(SendStoreError) -> ApprovalRecord?
    /// Oldest request first, then by id; at most `countMax`.
    func approvals(
        _ filter: ApprovalFilter, countMax: Int
    ) async throws(SendStoreError) -> [ApprovalRecord]
}

/// Where approvals are kept. Implemented in Storage; every method is one transaction, durable before it returns.
/// `Tests/ContractTests/ApprovalStoreContractTests.swift` says what each must do.
package protocol ApprovalStore: ApprovalReading {
    /// Adds a new record. False, and nothing is written, if its id is there already.
    func insertApproval(_ record: ApprovalRecord) async throws(SendStoreError) -> Bool
    /// Compare-and-set: replaces the record of the same id if its revision is still `record.revision - 1`. False, and
    /// nothing is written, if it isn't, or if there is no such record.
    func replaceApproval(_ record: ApprovalRecord) async throws(SendStoreError) -> Bool
}
