package import SendGate

/// Approvals as a dictionary, with failures to order. Passes the approval store's contract suite.
package actor InMemoryApprovalStore: ApprovalStore {
    private var records: [ApprovalID: ApprovalRecord] = [:]
    private var contents: [SendID: MessageContent] = [:]
    /// Each write takes the first of these and fails with it; nil lets it pass.
    private var failures: [SendStoreError?] = []

    package init() {}

    package func order(_ failures: [SendStoreError?]) { self.failures += failures }

    /// What the outbox holds for a message; nil takes it away.
    package func hold(_ content: MessageContent?, as send: SendID) { contents[send] = content }

    private func takeFailure() throws(SendStoreError) {
        if let failure = failures.isEmpty ? nil : failures.removeFirst() { throw failure }
    }

    package func insertApproval(_ record: ApprovalRecord) throws(SendStoreError) -> Bool {
        try takeFailure()
        guard records[record.id] == nil else { return false }
        records[record.id] = record
        return true
    }

    package func approval(_ id: ApprovalID) -> ApprovalRecord? { records[id] }

    package func latestApproval(for send: SendID) -> ApprovalRecord? {
        records.values.filter { $0.send == send }.max { ($0.requestedAt, $0.id) < ($1.requestedAt, $1.id) }
    }

    package func approvals(_ filter: ApprovalFilter, countMax: Int) -> [ApprovalRecord] {
        Array(
            records.values.filter { record in
                filter.states.contains(record.state) && filter.agents?.contains(record.agent) ?? true
                    && filter.after.map { (record.requestedAt, record.id) > ($0.requestedAt, $0.id) } ?? true
            }
            .sorted { ($0.requestedAt, $0.id) < ($1.requestedAt, $1.id) }.prefix(countMax))
    }

    package func replaceApproval(_ record: ApprovalRecord) throws(SendStoreError) -> Bool {
        try takeFailure()
        guard records[record.id]?.revision == record.revision - 1 else { return false }
        records[record.id] = record
        return true
    }
}

extension InMemoryApprovalStore: HeldMessages {
    package func heldContent(of send: SendID) -> MessageContent? { contents[send] }
}
