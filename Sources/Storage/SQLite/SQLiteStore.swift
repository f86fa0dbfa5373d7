package import DNS
package import FoundationEssentials
package import Keys
package import Manifest
package import Reconcile

/// Signet's state in one SQLite file: lease, ledger, agreements, keyring, and the embedded provider's zones.
///
/// Several processes may have the file open; each transaction sees the others' whole transactions. Every method that
/// writes is one transaction, on disk before it returns, and leaves nothing behind if it fails. Runs on a thread of its
/// own, but for what a message looks up by a key, and for what is long to read of keys, outbox and approvals.
/// `ReadOnlySQLiteStore` is for those who must not write.
package actor SQLiteStore: StateStore, ClosableState {
    private let connection: SQLiteConnection
    private let thread = StoreThread()
    /// Of callers that may share a transaction.
    let writes = GroupedWrites()
    private let reads: ReadConnections
    let readThread: ReadThread
    private let knownAgents = KnownAgents()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens the file, makes it (mode 0600; missing folders 0700) if it is not there, and brings it to the newest
    /// schema. Waits for other processes no longer than the busy limit.
    package init(path: String) throws(StoreError) {
        try StateFile.prepare(path)
        connection = try SQLiteConnection(path: path, .readWrite)
        _ = try Schema.inspect(connection)
        StateFile.tighten(path)
        try connection.startWriteAheadLog()
        try Schema.migrate(connection)
        reads = ReadConnections(path: path)
        readThread = ReadThread(reads)
        OpenStates.add(self)
    }

    /// Finishes what stands in line, and gives the file back. Whatever is asked afterwards fails.
    package func close() {
        writes.empty(connection)
        reads.close()
        connection.close()
    }

    private func write<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try connection.transaction(.immediate, body)
    }

    private func read<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try connection.transaction(.deferred, body)
    }

    func transaction<Value>(
        _ kind: SQLiteConnection.TransactionKind, _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try connection.transaction(kind) { () throws(StoreError) in try body(connection) }
    }

    /// Looks something up by its key, on the caller's thread.
    ///
    /// - Parameter body: one statement alone, reset at its end.
    nonisolated func lookUp<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try reads.lookUp(body)
    }

    /// The same by several statements, in one transaction.
    nonisolated func lookUpAll<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try reads.read(body)
    }

    func emptyWrites() { writes.empty(connection) }

    // MARK: Lease

    package func acquireLease(
        holder: String, at now: Date, for duration: Duration
    ) throws(StoreError) -> LeaseOutcome {
        try write { () throws(StoreError) in
            try LeaseTable.acquire(connection, holder: holder, at: now, for: duration)
        }
    }

    package func renewLease(_ lease: Lease, at now: Date, for duration: Duration) throws(StoreError) -> Bool {
        try write { () throws(StoreError) in try LeaseTable.renew(connection, lease, at: now, for: duration) }
    }

    package func releaseLease(_ lease: Lease) throws(StoreError) {
        try write { () throws(StoreError) in try LeaseTable.release(connection, lease) }
    }

    package func currentLease(at now: Date) throws(StoreError) -> Lease? {
        try LeaseTable.current(connection, at: now)
    }

    // MARK: Ledger

    package func recordIntents(
        _ entries: [LedgerEntry], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool {
        try write { () throws(StoreError) in
            guard try LeaseTable.isHeld(connection, lease, at: now) else { return false }
            try LedgerTable.put(connection, entries)
            let keys = entries.map(\.key)
            try AgreementTable.agreement.remove(connection, keys)
            try AgreementTable.convergence.remove(connection, keys)
            return true
        }
    }

    package func recordOutcomes(
        _ outcomes: [IntentOutcome], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool {
        try write { () throws(StoreError) in
            guard try LeaseTable.isNewest(connection, lease) else { return false }
            try LedgerTable.setOutcomes(connection, outcomes, at: now)
            return true
        }
    }

    package func ledger(forDomains domains: [DomainName]) throws(StoreError) -> [LedgerEntry] {
        try read { () throws(StoreError) in try LedgerTable.entries(connection, domains: domains) }
    }

    package func ledgerDomains() throws(StoreError) -> [DomainName] {
        try read { () throws(StoreError) in try LedgerTable.domains(connection) }
    }

    // MARK: Agreements

    package func agreements(forDomains domains: [DomainName]) throws(StoreError) -> [Agreement] {
        try read { () throws(StoreError) in
            try AgreementTable.agreement.rows(connection, domains: domains).map { Agreement($0) }
        }
    }

    package func recordAgreements(_ agreements: [Agreement]) throws(StoreError) {
        guard !agreements.isEmpty else { return }
        try write { () throws(StoreError) in try AgreementTable.agreement.put(connection, agreements.map { .init($0) })
        }
    }

    package func removeAgreements(_ keys: [RecordSetKey]) throws(StoreError) {
        guard !keys.isEmpty else { return }
        try write { () throws(StoreError) in try AgreementTable.agreement.remove(connection, keys) }
    }

    package func convergences(forDomains domains: [DomainName]) throws(StoreError) -> [Convergence] {
        try read { () throws(StoreError) in
            try AgreementTable.convergence.rows(connection, domains: domains).map { Convergence($0) }
        }
    }

    package func recordConvergences(_ convergences: [Convergence]) throws(StoreError) {
        guard !convergences.isEmpty else { return }
        try write { () throws(StoreError) in
            try AgreementTable.convergence.put(connection, convergences.map { .init($0) })
        }
    }

    // MARK: Keys

    package nonisolated func keys(forDomains domains: [String]) async throws(StoreError) -> [KeyRecord] {
        let body = { @Sendable (connection: SQLiteConnection) throws(StoreError) in
            try KeyTable.keys(connection, domains: domains)
        }
        return domains.count > 1 ? try await readThread.read(body) : try lookUp(body)
    }

    package func insert(_ keys: [KeyRecord]) throws(StoreError) {
        guard !keys.isEmpty else { return }
        try write { () throws(StoreError) in try KeyTable.insert(connection, keys) }
    }

    @discardableResult
    package func setState(
        of ids: [KeyID], from: KeyState, to: KeyState, at time: Date
    ) throws(StoreError) -> Int {
        guard !ids.isEmpty else { return 0 }
        return try write { () throws(StoreError) in
            try KeyTable.setState(connection, ids, from: from, to: to, at: time)
        }
    }

    // MARK: Agents

    package func agents() throws(StoreError) -> [AgentRegistration] {
        try read { () throws(StoreError) in try AgentTable.agents(connection) }
    }

    package nonisolated func agent(_ id: AgentID) async throws(StoreError) -> AgentRegistration? {
        try lookUp { (connection) throws(StoreError) in try AgentTable.agent(connection, id, known: knownAgents) }
    }

    package func recordAgents(
        _ writes: [AgentWrite], under lease: Lease, at now: Date
    ) throws(StoreError) -> AgentWriteOutcome {
        try write { () throws(StoreError) in
            guard try LeaseTable.isHeld(connection, lease, at: now) else { return .leaseLost }
            let sorted = try AgentWrite.sort(writes) { id throws(StoreError) in try AgentTable.agent(connection, id) }
            guard sorted.moved.isEmpty else { return .moved(sorted.moved) }
            let used = try ApproverTable.use(connection, sorted.pending, at: now)
            guard used.isEmpty else { return .used(used) }
            try AgentTable.put(connection, sorted.pending.map(\.registration))
            return .written
        }
    }

    package func isUsed(loosening id: String) throws(StoreError) -> Bool {
        try read { () throws(StoreError) in try ApproverTable.isUsed(connection, id) }
    }

    package func approvers() throws(StoreError) -> [RegisteredApprover] {
        try read { () throws(StoreError) in try ApproverTable.approvers(connection) }
    }

    package func recordApprovers(
        _ approvers: [RegisteredApprover], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool {
        try write { () throws(StoreError) in
            guard try LeaseTable.isHeld(connection, lease, at: now) else { return false }
            try ApproverTable.replace(connection, approvers)
            return true
        }
    }
}

extension SQLiteStore: EmbeddedZoneStore {
    package func embeddedZones(changedAfter revision: Int64) throws(ProviderError) -> EmbeddedZoneChanges {
        try EmbeddedZoneFailure.wrapping { () throws(StoreError) in
            try read { () throws(StoreError) in try ZoneTable.changes(connection, after: revision) }
        }
    }

    package func embeddedRecordSets(
        in apex: DomainName, keys: [RecordSetKey]
    ) throws(ProviderError) -> [RecordSetKey: RecordSet]? {
        try EmbeddedZoneFailure.wrapping { () throws(StoreError) in
            try read { () throws(StoreError) in try ZoneTable.standing(connection, apex, keys) }
        }
    }

    package func writeEmbedded(
        _ writes: [RecordSetWrite], initial: EmbeddedZone
    ) throws(ProviderError) -> [RecordSetWriteOutcome] {
        try EmbeddedZoneFailure.wrapping { () throws(StoreError) in
            try write { () throws(StoreError) in try ZoneTable.write(connection, writes, initial: initial) }
        }
    }
}

/// The store's failures, as a provider reports them.
enum EmbeddedZoneFailure {
    static func wrapping<Value>(_ body: () throws(StoreError) -> Value) throws(ProviderError) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw ProviderError(.unavailable, "the embedded zones cannot be reached: \(error.message)")
        }
    }
}
