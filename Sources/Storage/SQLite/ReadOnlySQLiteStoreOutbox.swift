package import FoundationEssentials
import Reconcile
package import SendGate

/// The outbox for those who only look: a file that is not there reads as an empty one.
extension ReadOnlySQLiteStore: OutboxReading {
    package func outboxMessage(_ id: MessageID) throws(SendStoreError) -> OutboxMessage? {
        try reading { (connection) throws(StoreError) in try OutboxTable.message(connection, id) } ?? nil
    }

    package func octets(of id: MessageID) throws(SendStoreError) -> [UInt8]? {
        try reading { (connection) throws(StoreError) in try OutboxTable.octets(connection, id) } ?? nil
    }

    package func outboxMessages(
        _ filter: OutboxFilter, countMax: Int
    ) throws(SendStoreError) -> [OutboxMessage] {
        try reading { (connection) throws(StoreError) in
            try OutboxTable.messages(connection, filter, countMax: countMax)
        } ?? []
    }

    package func countedMessages(of agent: String, since: Date) throws(SendStoreError) -> Int {
        try reading { (connection) throws(StoreError) in
            try OutboxTable.counted(connection, agent: agent, since: since)
        } ?? 0
    }

    package func observedAlignment(of domain: String) throws(SendStoreError) -> ObservedAlignment? {
        try reading { (connection) throws(StoreError) in
            try AlignmentTable.alignment(connection, of: domain)
        } ?? nil
    }

    private func reading<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(SendStoreError) -> Value? {
        do throws(StoreError) {
            return try read { (connection) throws(StoreError) in try body(connection) }
        } catch {
            throw SendStoreError(error)
        }
    }
}
