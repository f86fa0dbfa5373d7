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

    package nonisolated func outboxMessage(_ id: MessageID) async throws(SendStoreError) -> OutboxMessage? {
        try lookingUp { (connection) throws(StoreError) in try OutboxTable.message(connection, id) }
    }

    package nonisolated func octets(of id: MessageID) async throws(SendStoreError) -> [UInt8]? {
        try await reading { (connection) throws(StoreError) in try OutboxTable.octets(connection, id) }
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

    package nonisolated func outboxMessages(
        _ filter: OutboxFilter, countMax: Int
    ) async throws(SendStoreError) -> [OutboxMessage] {
        try await reading { (connection) throws(StoreError) in
            try OutboxTable.messages(connection, filter, countMax: countMax)
        }
    }

    package nonisolated func countedMessages(of agent: String, since: Date) async throws(SendStoreError) -> Int {
        try lookingUp { (connection) throws(StoreError) in
            try OutboxTable.counted(connection, agent: agent, since: since)
        }
    }

    package nonisolated func observedAlignment(of domain: String) async throws(SendStoreError) -> ObservedAlignment? {
        do throws(StoreError) {
            return try lookUp { (connection) throws(StoreError) in
                try AlignmentTable.alignment(connection, of: domain)
            }
        } catch {
            throw SendStoreError(error)
        }
    }

    package nonisolated func replaceContent(
        _ id: MessageID, sender: String, recipients: [String], octets: [UInt8], at now: Date
    ) async throws(SendStoreError) -> Bool {
        try await grouped { (connection) throws(StoreError) in
            try OutboxTable.replaceContent(
                connection, id, sender: sender, recipients: recipients, octets: octets, at: now)
        }
    }

    package nonisolated func unloggedOutcomes(countMax: Int) async throws(SendStoreError) -> [OutboxMessage] {
        try await reading { (connection) throws(StoreError) in
            try OutboxTable.unlogged(connection, countMax: countMax)
        }
    }

    package nonisolated func record(_ alignment: ObservedAlignment) async throws(SendStoreError) {
        try await grouped { (connection) throws(StoreError) in
            try AlignmentTable.record(connection, alignment)
        }
    }

    /// Shares its commit with what others write at the same time.
    private nonisolated func grouped<Value: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Value
    ) async throws(SendStoreError) -> Value {
        do throws(StoreError) {
            return try await writes.run(body) { await self.emptyWrites() }
        } catch {
            throw SendStoreError(error)
        }
    }

    private nonisolated func lookingUp<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(SendStoreError) -> Value {
        do throws(StoreError) { return try lookUpAll(body) } catch { throw SendStoreError(error) }
    }

    private nonisolated func reading<Value: Sendable>(
        _ body: @Sendable (SQLiteConnection) throws(StoreError) -> Value
    ) async throws(SendStoreError) -> Value {
        do throws(StoreError) { return try await readThread.read(body) } catch { throw SendStoreError(error) }
    }
}

extension SQLiteStore: HeldMessages {
    package nonisolated func heldContent(of send: SendID) async throws(SendStoreError) -> MessageContent? {
        try await reading { (connection) throws(StoreError) in try HeldContent.read(connection, send) }
    }
}

extension SQLiteStore: ApprovalStore {
    package nonisolated func insertApproval(_ record: ApprovalRecord) async throws(SendStoreError) -> Bool {
        try await grouped { (connection) throws(StoreError) in try ApprovalTable.insert(connection, record) }
    }

    package nonisolated func approval(_ id: ApprovalID) async throws(SendStoreError) -> ApprovalRecord? {
        try lookingUp { (connection) throws(StoreError) in try ApprovalTable.record(connection, id) }
    }

    package nonisolated func latestApproval(for send: SendID) async throws(SendStoreError) -> ApprovalRecord? {
        try lookingUp { (connection) throws(StoreError) in
            try ApprovalTable.latest(connection, for: send)
        }
    }

    package nonisolated func approvals(
        _ filter: ApprovalFilter, countMax: Int
    ) async throws(SendStoreError) -> [ApprovalRecord] {
        try await reading { (connection) throws(StoreError) in
            try ApprovalTable.list(connection, filter, countMax: countMax)
        }
    }

    package nonisolated func replaceApproval(_ record: ApprovalRecord) async throws(SendStoreError) -> Bool {
        try await grouped { (connection) throws(StoreError) in try ApprovalTable.replace(connection, record) }
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

extension SQLiteStore: HoldStore {
    package nonisolated func hold(
        _ event: OutboxStoreEvent, asking request: ApprovalRecord, at now: Date
    ) async throws(SendStoreError) -> OutboxTransition? {
        try await grouped { (connection) throws(StoreError) in
            // Nothing is written before it is known that both will be: the transaction is others' as well.
            guard try ApprovalTable.record(connection, request.id) == nil else { return nil }
            let transition = try OutboxTable.apply(connection, event, at: now)
            if transition.message != nil { _ = try ApprovalTable.insert(connection, request) }
            return transition
        }
    }

    package nonisolated func answeredHolds(countMax: Int) async throws(SendStoreError) -> [AnsweredHold] {
        try await reading { (connection) throws(StoreError) in
            try OutboxTable.answeredHolds(connection, countMax: countMax)
        }
    }

    package nonisolated func overdueHolds(
        countMax: Int, at now: Date
    ) async throws(SendStoreError) -> [OverdueHold] {
        try await reading { (connection) throws(StoreError) in
            var holds: [OverdueHold] = []
            for message in try OutboxTable.overdueHolds(connection, countMax: countMax, at: now) {
                let request = try ApprovalTable.latest(connection, for: SendID(rawValue: message.id.rawValue))
                holds.append(OverdueHold(message: message, request: request))
            }
            return holds
        }
    }
}
