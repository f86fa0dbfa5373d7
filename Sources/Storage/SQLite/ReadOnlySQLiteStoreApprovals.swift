import Manifest
import Reconcile
package import SendGate

extension ReadOnlySQLiteStore: ApprovalReading, HeldMessages {
    package func approval(_ id: ApprovalID) throws(SendStoreError) -> ApprovalRecord? {
        try approvals { (connection) throws(StoreError) in try ApprovalTable.record(connection, id) } ?? nil
    }

    package func latestApproval(for send: SendID) throws(SendStoreError) -> ApprovalRecord? {
        try approvals { (connection) throws(StoreError) in try ApprovalTable.latest(connection, for: send) } ?? nil
    }

    package func approvals(
        _ filter: ApprovalFilter, countMax: Int
    ) throws(SendStoreError) -> [ApprovalRecord] {
        try approvals { (connection) throws(StoreError) in
            try ApprovalTable.list(connection, filter, countMax: countMax)
        } ?? []
    }

    package func heldContent(of send: SendID) throws(SendStoreError) -> MessageContent? {
        try approvals { (connection) throws(StoreError) in try HeldContent.read(connection, send) } ?? nil
    }

    private func approvals<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(SendStoreError) -> Value? {
        do throws(StoreError) { return try read(body) } catch { throw SendStoreError(error) }
    }
}

/// A held message as its approver is asked about it.
enum HeldContent {
    static func read(_ connection: SQLiteConnection, _ send: SendID) throws(StoreError) -> MessageContent? {
        guard let id = MessageID(rawValue: send.rawValue), let message = try OutboxTable.message(connection, id),
            let octets = try OutboxTable.octets(connection, id),
            let agent = try AgentTable.agent(connection, AgentID(rawValue: message.agent))
        else { return nil }
        return MessageContent(message, octets: octets, agent: agent.declaration, digest: agent.digest)
    }
}
