package import DNS
package import FoundationEssentials
package import Keys
package import Manifest
package import Reconcile

/// The state for those who only look, plan and drift: nothing is created or changed, not even SQLite's own files
/// beside the database. A file that is not there, or has nothing in it yet, reads as an empty store.
///
/// While nobody has the database open, it is read without locks, and read again if the file turns out to have changed
/// meanwhile; while somebody has, SQLite's own locking is used, whose files are there then. Writing fails with
/// `notWritable`.
package actor ReadOnlySQLiteStore: StateStore {
    private let path: String
    private let thread = StoreThread()
    private let file: ReadOnlyFile

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Fails if the file is there and is not Signet's.
    package init(path: String) throws(StoreError) {
        self.path = path
        file = try ReadOnlyFile(path: path)
    }

    /// Nil if there is nothing to read.
    func read<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try file.read(body)
    }

    var refusal: StoreError {
        StoreError(.notWritable, "the state file \(path) is open for reading only: this command writes nothing")
    }

    // MARK: StateStore

    package func currentLease(at now: Date) throws(StoreError) -> Lease? {
        try read { (connection) throws(StoreError) in try LeaseTable.current(connection, at: now) } ?? nil
    }

    package func ledger(forDomains domains: [DomainName]) throws(StoreError) -> [LedgerEntry] {
        try read { (connection) throws(StoreError) in try LedgerTable.entries(connection, domains: domains) } ?? []
    }

    package func ledgerDomains() throws(StoreError) -> [DomainName] {
        try read { (connection) throws(StoreError) in try LedgerTable.domains(connection) } ?? []
    }

    package func agreements(forDomains domains: [DomainName]) throws(StoreError) -> [Agreement] {
        try read { (connection) throws(StoreError) in
            try AgreementTable.agreement.rows(connection, domains: domains).map { Agreement($0) }
        } ?? []
    }

    package func convergences(forDomains domains: [DomainName]) throws(StoreError) -> [Convergence] {
        try read { (connection) throws(StoreError) in
            try AgreementTable.convergence.rows(connection, domains: domains).map { Convergence($0) }
        } ?? []
    }

    package func keys(forDomains domains: [String]) throws(StoreError) -> [KeyRecord] {
        try read { (connection) throws(StoreError) in try KeyTable.keys(connection, domains: domains) } ?? []
    }

    package func agents() throws(StoreError) -> [AgentRegistration] {
        try read { (connection) throws(StoreError) in try AgentTable.agents(connection) } ?? []
    }

    package func agent(_ id: AgentID) throws(StoreError) -> AgentRegistration? {
        try read { (connection) throws(StoreError) in try AgentTable.agent(connection, id) } ?? nil
    }

    package func recordAgents(
        _ writes: [AgentWrite], under lease: Lease, at now: Date
    ) throws(StoreError) -> AgentWriteOutcome { throw refusal }

    package func isUsed(loosening id: String) throws(StoreError) -> Bool {
        try read { (connection) throws(StoreError) in try ApproverTable.isUsed(connection, id) } ?? false
    }

    package func approvers() throws(StoreError) -> [RegisteredApprover] {
        try read { (connection) throws(StoreError) in try ApproverTable.approvers(connection) } ?? []
    }

    package func recordApprovers(
        _ approvers: [RegisteredApprover], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool { throw refusal }

    package func acquireLease(
        holder: String, at now: Date, for duration: Duration
    ) throws(StoreError) -> LeaseOutcome { throw refusal }

    package func renewLease(_ lease: Lease, at now: Date, for duration: Duration) throws(StoreError) -> Bool {
        throw refusal
    }

    package func releaseLease(_ lease: Lease) throws(StoreError) { throw refusal }

    package func recordIntents(
        _ entries: [LedgerEntry], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool { throw refusal }

    package func recordOutcomes(
        _ outcomes: [IntentOutcome], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool { throw refusal }

    package func recordAgreements(_ agreements: [Agreement]) throws(StoreError) { throw refusal }
    package func removeAgreements(_ keys: [RecordSetKey]) throws(StoreError) { throw refusal }
    package func recordConvergences(_ convergences: [Convergence]) throws(StoreError) { throw refusal }
    package func insert(_ keys: [KeyRecord]) throws(StoreError) { throw refusal }
    @discardableResult
    package func setState(
        of ids: [KeyID], from: KeyState, to: KeyState, at time: Date
    ) throws(StoreError) -> Int { throw refusal }
}

extension ReadOnlySQLiteStore: EmbeddedZoneStore {
    package func embeddedZones(changedAfter revision: Int64) throws(ProviderError) -> EmbeddedZoneChanges {
        try EmbeddedZoneFailure.wrapping { () throws(StoreError) in
            try read { (connection) throws(StoreError) in try ZoneTable.changes(connection, after: revision) }
        } ?? EmbeddedZoneChanges(zones: [], revision: revision)
    }

    package func embeddedRecordSets(
        in apex: DomainName, keys: [RecordSetKey]
    ) throws(ProviderError) -> [RecordSetKey: RecordSet]? {
        try EmbeddedZoneFailure.wrapping { () throws(StoreError) in
            try read { (connection) throws(StoreError) in try ZoneTable.standing(connection, apex, keys) }
        } ?? nil
    }

    package func writeEmbedded(
        _ writes: [RecordSetWrite], initial: EmbeddedZone
    ) throws(ProviderError) -> [RecordSetWriteOutcome] {
        try EmbeddedZoneFailure.wrapping { () throws(StoreError) in throw refusal }
    }
}
