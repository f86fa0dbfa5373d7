package import DNS
package import FoundationEssentials
package import Keys
package import Manifest
package import Reconcile

/// The state store as dictionaries, with failures to order. Passes the store contract suite.
package actor InMemoryStore: StateStore {
    package enum Failure: Sendable {
        /// The call fails and does nothing.
        case before(StoreError)
        /// The call does its work and fails all the same: what a lost connection looks like.
        case after(StoreError)
    }

    /// Each call that writes takes the first of these; nil lets it pass.
    package private(set) var failures: [Failure?] = []

    private var fencingNumber: Int64 = 0
    private var lease: Lease?
    private var ledger: [RecordSetKey: LedgerEntry] = [:]
    private var agreements: [RecordSetKey: Agreement] = [:]
    private var convergences: [RecordSetKey: Convergence] = [:]
    private var keys: [KeyID: KeyRecord] = [:]
    private var agentsByID: [AgentID: AgentRegistration] = [:]
    private var usedLoosenings: Set<String> = []
    private var registeredApprovers: [RegisteredApprover] = []
    private var zones: [DomainName: (zone: EmbeddedZone, revision: Int64)] = [:]
    private var revision: Int64 = 0

    package init() {}

    package func order(_ failures: [Failure?]) { self.failures += failures }

    private func write<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        let failure = failures.isEmpty ? nil : failures.removeFirst()
        if case .before(let error)? = failure { throw error }
        let value = try body()
        if case .after(let error)? = failure { throw error }
        return value
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    // MARK: Lease

    package func currentLease(at now: Date) -> Lease? {
        lease.flatMap {
            now < $0.expiresAt && $0.expiresAt <= now.addingTimeInterval(seconds(LeaseKeeper.durationMax * 2))
                ? $0 : nil
        }
    }

    package func acquireLease(
        holder: String, at now: Date, for duration: Duration
    ) throws(StoreError) -> LeaseOutcome {
        try write {
            if let other = currentLease(at: now) { return .held(other) }
            fencingNumber += 1
            let taken = Lease(
                holder: holder, fencingNumber: fencingNumber, expiresAt: now.addingTimeInterval(seconds(duration)))
            lease = taken
            return .acquired(taken)
        }
    }

    package func renewLease(_ lease: Lease, at now: Date, for duration: Duration) throws(StoreError) -> Bool {
        try write {
            guard isHeld(lease, at: now) else { return false }
            self.lease?.expiresAt = now.addingTimeInterval(seconds(duration))
            return true
        }
    }

    package func releaseLease(_ lease: Lease) throws(StoreError) {
        try write { if self.lease?.fencingNumber == lease.fencingNumber { self.lease = nil } }
    }

    private func isHeld(_ lease: Lease, at now: Date) -> Bool {
        self.lease.map { $0.fencingNumber == lease.fencingNumber && now < $0.expiresAt } ?? false
    }

    // MARK: Ledger

    package func recordIntents(
        _ entries: [LedgerEntry], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool {
        try write {
            guard isHeld(lease, at: now) else { return false }
            for entry in entries {
                ledger[entry.key] = entry
                agreements[entry.key] = nil
                convergences[entry.key] = nil
            }
            return true
        }
    }

    package func recordOutcomes(
        _ outcomes: [IntentOutcome], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool {
        try write {
            guard lease.fencingNumber == fencingNumber else { return false }
            for intent in outcomes {
                if let owned = intent.owned { ledger[intent.key]?.owned = owned }
                ledger[intent.key]?.outcome = intent.outcome
                ledger[intent.key]?.recordedAt = now
                if intent.owned == [] { ledger[intent.key] = nil }
            }
            return true
        }
    }

    package func ledger(forDomains domains: [DomainName]) -> [LedgerEntry] {
        ledger.values.filter { domains.contains($0.domain) }.sorted { $0.key < $1.key }
    }

    package func ledgerDomains() -> [DomainName] { Set(ledger.values.map(\.domain)).sorted() }

    // MARK: Agreements

    package func agreements(forDomains domains: [DomainName]) -> [Agreement] {
        agreements.values.filter { domains.contains($0.domain) }.sorted { $0.key < $1.key }
    }

    package func recordAgreements(_ agreements: [Agreement]) throws(StoreError) {
        try write { for agreement in agreements { self.agreements[agreement.key] = agreement } }
    }

    package func removeAgreements(_ keys: [RecordSetKey]) throws(StoreError) {
        try write { for key in keys { agreements[key] = nil } }
    }

    package func convergences(forDomains domains: [DomainName]) -> [Convergence] {
        convergences.values.filter { domains.contains($0.domain) }.sorted { $0.key < $1.key }
    }

    package func recordConvergences(_ convergences: [Convergence]) throws(StoreError) {
        try write { for convergence in convergences { self.convergences[convergence.key] = convergence } }
    }

    // MARK: Agents

    package func agents() -> [AgentRegistration] { agentsByID.values.sorted { $0.id < $1.id } }

    package func agent(_ id: AgentID) -> AgentRegistration? { agentsByID[id] }

    package func recordAgents(
        _ writes: [AgentWrite], under lease: Lease, at now: Date
    ) throws(StoreError) -> AgentWriteOutcome {
        try write { () throws(StoreError) in
            guard isHeld(lease, at: now) else { return .leaseLost }
            let sorted = try AgentWrite.sort(writes) { agentsByID[$0] }
            guard sorted.moved.isEmpty else { return .moved(sorted.moved) }
            let used = sorted.pending.filter { $0.consent?.approval.map { usedLoosenings.contains($0.id) } ?? false }
            guard used.isEmpty else { return .used(used.map(\.registration.id)) }
            usedLoosenings.formUnion(sorted.pending.compactMap { $0.consent?.approval?.id })
            for write in sorted.pending { agentsByID[write.registration.id] = write.registration }
            return .written
        }
    }

    package func isUsed(loosening id: String) -> Bool { usedLoosenings.contains(id) }

    package func approvers() -> [RegisteredApprover] { registeredApprovers }

    package func recordApprovers(
        _ approvers: [RegisteredApprover], under lease: Lease, at now: Date
    ) throws(StoreError) -> Bool {
        try write { () throws(StoreError) in
            guard isHeld(lease, at: now) else { return false }
            registeredApprovers = approvers.sorted { $0.id < $1.id }
            return true
        }
    }

    // MARK: Keys

    package func keys(forDomains domains: [String]) -> [KeyRecord] {
        keys.values.filter { domains.contains($0.id.domain) }.sorted { $0.id < $1.id }
    }

    package func insert(_ keys: [KeyRecord]) throws(StoreError) {
        try write { () throws(StoreError) in
            var all = self.keys
            for key in keys {
                guard all.updateValue(key, forKey: key.id) == nil else {
                    throw StoreError(.duplicate, "there is a key for \(key.id) already")
                }
            }
            self.keys = all
        }
    }

    @discardableResult
    package func setState(
        of ids: [KeyID], from: KeyState, to: KeyState, at time: Date
    ) throws(StoreError) -> Int {
        try write {
            let moving = ids.filter { keys[$0]?.state == from }
            for id in moving {
                keys[id]?.state = to
                keys[id]?.stateChangedAt = time
                if to == .removed { keys[id]?.sealed = .destroyed }
            }
            return moving.count
        }
    }
}

extension InMemoryStore: EmbeddedZoneStore {
    package func embeddedZones(changedAfter revision: Int64) -> EmbeddedZoneChanges {
        let changed = zones.values.filter { $0.revision > revision }.map(\.zone).sorted { $0.apex < $1.apex }
        return EmbeddedZoneChanges(zones: changed, revision: self.revision)
    }

    package func embeddedRecordSets(
        in apex: DomainName, keys: [RecordSetKey]
    ) -> [RecordSetKey: RecordSet]? {
        guard let zone = zones[apex]?.zone else { return nil }
        let soa = zone.authority.recordSet
        return zone.recordSets.merging([soa.key: soa]) { $1 }.filter { keys.contains($0.key) }
    }

    package func writeEmbedded(
        _ writes: [RecordSetWrite], initial: EmbeddedZone
    ) throws(ProviderError) -> [RecordSetWriteOutcome] {
        do throws(StoreError) {
            return try write {
                var zone = zones[initial.apex]?.zone ?? initial
                let outcomes = zone.apply(writes)
                guard outcomes.contains(.written) else { return outcomes }
                revision += 1
                zones[initial.apex] = (zone, revision)
                return outcomes
            }
        } catch {
            throw ProviderError(.unavailable, error.message)
        }
    }
}
