package import FoundationEssentials
import Manifest
import Reconcile
package import SendGate

extension SQLiteStore: OutboxStore {
    package nonisolated func accept(
        _ message: OutboxMessage, octets: [UInt8], perHourMax: Int?, at now: Date
    ) async throws(SendStoreError) -> OutboxAcceptance {
        try await grouped { (connection) throws(StoreError) in
            try OutboxTable.accept(connection, message, octets: octets, perHourMax: perHourMax, at: now)
        }
    }

    package func outboxMessage(_ id: MessageID) throws(SendStoreError) -> OutboxMessage? {
        try reading { (connection) throws(StoreError) in try OutboxTable.message(connection, id) }
    }

    package func octets(of id: MessageID) throws(SendStoreError) -> [UInt8]? {
        try reading { (connection) throws(StoreError) in try OutboxTable.octets(connection, id) }
    }

    package nonisolated func apply(
        _ events: [OutboxStoreEvent], at now: Date
    ) async throws(SendStoreError) -> [OutboxTransition] {
        try await grouped { (connection) throws(StoreError) in
            var transitions: [OutboxTransition] = []
            for event in events { transitions.append(try OutboxTable.apply(connection, event, at: now)) }
            return transitions
        }
    }

    package nonisolated func claimDue(
        holder: String, until: Date, countMax: Int, at now: Date
    ) async throws(SendStoreError) -> [OutboxMessage] {
        try await grouped { (connection) throws(StoreError) in
            try OutboxTable.claimDue(connection, holder: holder, until: until, countMax: countMax, at: now)
        }
    }

    package func outboxMessages(
        _ filter: OutboxFilter, countMax: Int
    ) throws(SendStoreError) -> [OutboxMessage] {
        try reading { (connection) throws(StoreError) in
            try OutboxTable.messages(connection, filter, countMax: countMax)
        }
    }

    package func countedMessages(of agent: String, since: Date) throws(SendStoreError) -> Int {
        try reading { (connection) throws(StoreError) in
            try OutboxTable.counted(connection, agent: agent, since: since)
        }
    }

    package func observedAlignment(of domain: String) throws(SendStoreError) -> ObservedAlignment? {
        try reading { (connection) throws(StoreError) in try AlignmentTable.alignment(connection, of: domain) }
    }

    package nonisolated func replaceContent(
        _ id: MessageID, sender: String, recipients: [String], octets: [UInt8], at now: Date
    ) async throws(SendStoreError) -> Bool {
        try await grouped { (connection) throws(StoreError) in
            try OutboxTable.replaceContent(
                connection, id, sender: sender, recipients: recipients, octets: octets, at: now)
        }
    }

    package func unloggedOutcomes(countMax: Int) throws(SendStoreError) -> [OutboxMessage] {
        try reading { (connection) throws(StoreError) in
            try OutboxTable.unlogged(connection, countMax: countMax)
        }
    }

    package nonisolated func record(_ alignment: ObservedAlignment) async throws(SendStoreError) {
        try await grouped { (connection) throws(StoreError) in
            try AlignmentTable.record(connection, alignment)
        }
    }

    private nonisolated func grouped<Value: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Value
    ) async throws(SendStoreError) -> Value {
        do throws(StoreError) {
            return try await writes.run(body) { await self.emptyWrites() }
        } catch {
            throw SendStoreError(error)
        }
    }

    private func reading<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(SendStoreError) -> Value {
        do throws(StoreError) {
            return try transaction(.deferred) { (connection) throws(StoreError) in try body(connection) }
        } catch {
            throw SendStoreError(error)
        }
    }
}

extension SQLiteStore: HeldMessages {
    package func heldContent(of send: SendID) throws(SendStoreError) -> MessageContent? {
        try approvals(.deferred) { (connection) throws(StoreError) in try HeldContent.read(connection, send) }
    }
}

extension SQLiteStore: ApprovalStore {
    package nonisolated func insertApproval(_ record: ApprovalRecord) async throws(SendStoreError) -> Bool {
        try await approval { (connection) throws(StoreError) in try ApprovalTable.insert(connection, record) }
    }

    package func approval(_ id: ApprovalID) throws(SendStoreError) -> ApprovalRecord? {
        try approvals(.deferred) { (connection) throws(StoreError) in try ApprovalTable.record(connection, id) }
    }

    package func latestApproval(for send: SendID) throws(SendStoreError) -> ApprovalRecord? {
        try approvals(.deferred) { (connection) throws(StoreError) in
            try ApprovalTable.latest(connection, for: send)
        }
    }

    package func approvals(
        in states: Set<ApprovalState>, countMax: Int
    ) throws(SendStoreError) -> [ApprovalRecord] {
        try approvals(.deferred) { (connection) throws(StoreError) in
            try ApprovalTable.list(connection, in: states, countMax: countMax)
        }
    }

    package nonisolated func replaceApproval(_ record: ApprovalRecord) async throws(SendStoreError) -> Bool {
        try await approval { (connection) throws(StoreError) in try ApprovalTable.replace(connection, record) }
    }

    /// Shares its commit with what others write at the same time.
    private nonisolated func approval(
        _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Bool
    ) async throws(SendStoreError) -> Bool {
        do throws(StoreError) {
            return try await writes.run(body) { await self.emptyWrites() }
        } catch {
            throw SendStoreError(error)
        }
    }

    private func approvals<Value>(
        _ kind: SQLiteConnection.TransactionKind, _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(SendStoreError) -> Value {
        do throws(StoreError) {
            return try transaction(kind) { (connection) throws(StoreError) in try body(connection) }
        } catch {
            throw SendStoreError(error)
        }
    }
}

extension SendStoreError {
    init(_ error: StoreError) {
        let code: Code =
            switch error.code {
            case .busy: .busy
            case .notWritable: .notWritable
            case .unavailable: .unavailable
            case .unusable: .unusable
            default: .other
            }
        self.init(code, error.message)
    }
}

extension SQLiteStore: HoldReviewing {
    package func answeredHolds(countMax: Int) throws(SendStoreError) -> [AnsweredHold] {
        try reading { (connection) throws(StoreError) in
            try OutboxTable.answeredHolds(connection, countMax: countMax)
        }
    }
}
