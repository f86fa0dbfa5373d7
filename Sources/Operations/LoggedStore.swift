import Audit
import DNS
import FoundationEssentials
import Keys
import Manifest
import Reconcile
import Synchronization

/// A store whose changes stand in the log as well: intents before the effect they announce, outcomes before the ledger
/// takes them, keys before their public half is shown to anybody.
///
/// Where the log cannot be written, the call fails and the store stays as it is; a change that was made then still has
/// its intent in the ledger, and the next apply records what became of it.
struct LoggedStore: StateStore {
    private let store: any StateStore
    private let clock: any TimeSource
    private let log: LazyLog
    /// Whose record sets were written or read: outcomes name the record set alone.
    private let domains = KnownDomains()

    init(_ store: any StateStore, log: LogPort, path: String, clock: any TimeSource) {
        self.store = store
        self.clock = clock
        self.log = LazyLog(port: log, path: path)
    }

    private func append(_ entries: [LogEntry]) async throws(StoreError) {
        guard !entries.isEmpty else { return }
        do { _ = try await log.open().append(entries) } catch {
            throw StoreError(error.storeCode, error.message)
        }
    }

    // MARK: Ledger

    func recordIntents(_ entries: [LedgerEntry], under lease: Lease, at now: Date) async throws(StoreError) -> Bool {
        guard try await store.recordIntents(entries, under: lease, at: now) else { return false }
        domains.remember(entries)
        // After the lease was checked, and before anything is asked of a provider.
        try await append(entries.map { LogEntry(intent: $0, at: now) })
        return true
    }

    func recordOutcomes(
        _ outcomes: [IntentOutcome], under lease: Lease, at now: Date
    ) async throws(StoreError) -> Bool {
        try await append(
            outcomes.map { intent in
                LogEntry(
                    .recordSetChanged, at: now, domain: domains[intent.key],
                    details: [
                        "name": .text(intent.key.name.text), "type": .text("\(intent.key.type)"),
                        "outcome": .text(intent.outcome.rawValue),
                    ])
            })
        return try await store.recordOutcomes(outcomes, under: lease, at: now)
    }

    func ledger(forDomains domains: [DomainName]) async throws(StoreError) -> [LedgerEntry] {
        let entries = try await store.ledger(forDomains: domains)
        self.domains.remember(entries.filter { $0.outcome == .intended })
        return entries
    }

    // MARK: Keys

    func keys(forDomains domains: [String]) async throws -> [KeyRecord] { try await store.keys(forDomains: domains) }

    func insert(_ keys: [KeyRecord]) async throws {
        try await append(
            keys.filter { $0.id.domain != Self.checkDomain }.map { LogEntry(.keyGenerated, $0, at: $0.createdAt) })
        try await store.insert(keys)
    }

    /// The keyring's check record is no key of anything (docs/spec/keyring.md).
    private static let checkDomain = "keyring.invalid"

    @discardableResult
    func setState(of ids: [KeyID], from: KeyState, to: KeyState, at time: Date) async throws -> Int {
        guard !ids.isEmpty else { return 0 }
        let wanted = Set(ids)
        let moving = try await store.keys(forDomains: Set(ids.map(\.domain)).sorted())
            .filter { wanted.contains($0.id) && $0.state == from }
        // Which way a key came to its end tells replacement from revocation by hand.
        if let kind = LogKind(keyState: to) {
            try await append(moving.map { LogEntry(kind, $0, at: time, ["state_before": .text(from.rawValue)]) })
        }
        return try await store.setState(of: ids, from: from, to: to, at: time)
    }

    // MARK: Agents

    func agents() async throws(StoreError) -> [AgentRegistration] { try await store.agents() }
    func agent(_ id: AgentID) async throws(StoreError) -> AgentRegistration? { try await store.agent(id) }

    func recordAgents(
        _ writes: [AgentWrite], under lease: Lease, at now: Date
    ) async throws(StoreError) -> AgentWriteOutcome {
        let present = Dictionary(uniqueKeysWithValues: try await store.agents().map { ($0.id, $0) })
        let (moved, pending) = try AgentWrite.sort(writes) { id throws(StoreError) in present[id] }
        var isUsed = false
        for approval in pending.compactMap({ $0.consent?.approval }) {
            if try await store.isUsed(loosening: approval.id) { isUsed = true }
        }
        // What the store is about to refuse is no event.
        if moved.isEmpty, !isUsed {
            try await append(pending.map { LogEntry($0, replacing: present[$0.registration.id], at: now) })
        }
        return try await store.recordAgents(writes, under: lease, at: now)
    }

    func isUsed(loosening id: String) async throws(StoreError) -> Bool { try await store.isUsed(loosening: id) }
    func approvers() async throws(StoreError) -> [RegisteredApprover] { try await store.approvers() }

    func recordApprovers(
        _ approvers: [RegisteredApprover], under lease: Lease, at now: Date
    ) async throws(StoreError) -> Bool {
        let present = Dictionary(uniqueKeysWithValues: try await store.approvers().map { ($0.id, $0) })
        try await append(
            approvers.filter { present[$0.id] != $0 }.map { approver in
                LogEntry(
                    approver.state == .registered ? .approverRegistered : .approverRemoved, at: now,
                    details: [
                        "approver": .personal(approver.id), "address": .personal(approver.email),
                        "public_key": .text(SHA256.hash(approver.publicKey).description),
                    ])
            })
        return try await store.recordApprovers(approvers, under: lease, at: now)
    }

    // MARK: The rest, as it is

    func acquireLease(holder: String, at now: Date, for duration: Duration) async throws(StoreError) -> LeaseOutcome {
        try await store.acquireLease(holder: holder, at: now, for: duration)
    }
    func renewLease(_ lease: Lease, at now: Date, for duration: Duration) async throws(StoreError) -> Bool {
        try await store.renewLease(lease, at: now, for: duration)
    }
    func releaseLease(_ lease: Lease) async throws(StoreError) { try await store.releaseLease(lease) }
    func currentLease(at now: Date) async throws(StoreError) -> Lease? { try await store.currentLease(at: now) }
    func ledgerDomains() async throws(StoreError) -> [DomainName] { try await store.ledgerDomains() }
    func agreements(forDomains domains: [DomainName]) async throws(StoreError) -> [Agreement] {
        try await store.agreements(forDomains: domains)
    }
    func recordAgreements(_ agreements: [Agreement]) async throws(StoreError) {
        try await store.recordAgreements(agreements)
    }
    func removeAgreements(_ keys: [RecordSetKey]) async throws(StoreError) { try await store.removeAgreements(keys) }
    func convergences(forDomains domains: [DomainName]) async throws(StoreError) -> [Convergence] {
        try await store.convergences(forDomains: domains)
    }
    func recordConvergences(_ convergences: [Convergence]) async throws(StoreError) {
        try await store.recordConvergences(convergences)
    }
}

/// The embedded provider asks the store whether it keeps zones: this one does where the one below does.
extension LoggedStore: EmbeddedZoneStore {
    private func zones() throws(ProviderError) -> any EmbeddedZoneStore {
        guard let zones = store as? any EmbeddedZoneStore else {
            throw ProviderError(.unavailable, "this store keeps no zones of the embedded provider")
        }
        return zones
    }

    func embeddedZones(changedAfter revision: Int64) async throws(ProviderError) -> EmbeddedZoneChanges {
        try await zones().embeddedZones(changedAfter: revision)
    }

    func embeddedRecordSets(
        in apex: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet]? {
        try await zones().embeddedRecordSets(in: apex, keys: keys)
    }

    func writeEmbedded(
        _ writes: [RecordSetWrite], initial: EmbeddedZone
    ) async throws(ProviderError) -> [RecordSetWriteOutcome] {
        try await zones().writeEmbedded(writes, initial: initial)
    }
}

/// Opened when the first entry comes: most calls of most operations write none.
private actor LazyLog {
    private let port: LogPort
    private let path: String
    private var log: (any AuditStore)?

    init(port: LogPort, path: String) {
        self.port = port
        self.path = path
    }

    func open() throws(AuditError) -> any AuditStore {
        if let log { return log }
        // Without its key: what is recorded here is covered by the next checkpoint that is signed.
        let opened = try port.write(path, nil)
        log = opened
        return opened
    }
}

private final class KnownDomains: Sendable {
    private let domains = Mutex<[RecordSetKey: String]>([:])

    func remember(_ entries: [LedgerEntry]) {
        domains.withLock { known in for entry in entries { known[entry.key] = entry.domain.text } }
    }

    subscript(_ key: RecordSetKey) -> String? { domains.withLock { $0[key] } }
}

extension LogEntry {
    fileprivate init(intent entry: LedgerEntry, at time: Date) {
        var details: [String: LogValue] = [
            "name": .text(entry.key.name.text), "type": .text("\(entry.key.type)"), "zone": .text(entry.zone.text),
            "provider": .text(entry.provider.rawValue),
        ]
        if let before = entry.before { details["before"] = LogValue(before) }
        if let after = entry.after { details["after"] = LogValue(after) }
        self.init(.recordSetIntended, at: time, domain: entry.domain.text, details: details)
    }

    fileprivate init(_ kind: LogKind, _ key: KeyRecord, at time: Date, _ details: [String: LogValue] = [:]) {
        self.init(
            kind, at: time, domain: key.id.domain,
            details: [
                "selector": .text(key.id.selector), "algorithm": .text(key.algorithm.rawValue),
                "public_key": .text(SHA256.hash(key.publicKey).description),
            ].merging(details) { $1 })
    }
}

extension LogEntry {
    fileprivate init(_ write: AgentWrite, replacing before: AgentRegistration?, at time: Date) {
        let agent = write.registration
        let kind: LogKind =
            switch (agent.state, before) {
            case (.revoked, _): .agentRevoked
            case (.registered, nil): .agentRegistered
            case (.registered, .some): .agentChanged
            }
        var details: [String: LogValue] = [
            "declaration": .text(agent.digest.description), "oversight": .text(agent.declaration.oversight.rawValue),
        ]
        if let before {
            details["declaration_before"] = .text(before.digest.description)
            details["oversight_before"] = .text(before.declaration.oversight.rawValue)
            details["state_before"] = .text(before.state.rawValue)
        }
        if let owner = agent.declaration.owner { details["owner"] = .personal(owner) }
        switch write.consent {
        case .flag?: details["consent"] = .text("flag")
        case .approval(let approval)?:
            details["consent"] = .text("approval")
            details["approval"] = .text(approval.id)
            details["statement"] = .text(approval.statement.description)
            // With these an auditor checks the signature; the approver's name can be erased.
            details["approver"] = .personal(approval.approver)
            details["payload"] = .text(String(decoding: approval.payload, as: UTF8.self))
            details["signature"] = .text(Data(approval.signature).base64EncodedString())
        case nil: break
        }
        self.init(kind, at: time, domain: agent.domain.text, agent: agent.id.rawValue, details: details)
    }
}

extension LogValue {
    /// Records of one set that stand in an entry; the rest are only counted. Two sets of so many fit a leaf.
    private static let recordsMax = 24
    /// Octets of one record's text.
    private static let recordOctetsMax = 600

    init(_ set: RecordSet) {
        let shown = set.data.prefix(Self.recordsMax).map { data -> LogValue in
            let text = data.presentation
            guard text.utf8.count > Self.recordOctetsMax else { return .text(text) }
            return [
                "sha256": .text(SHA256.hash(Array(text.utf8)).description), "octets": .integer(Int64(text.utf8.count)),
            ]
        }
        var members: [String: LogValue] = ["ttl": .integer(Int64(set.timeToLiveSeconds)), "records": .list(shown)]
        if set.data.count > Self.recordsMax { members["omitted"] = .integer(Int64(set.data.count - Self.recordsMax)) }
        self = .object(members)
    }
}

extension LogKind {
    fileprivate init?(keyState: KeyState) {
        switch keyState {
        case .generated: return nil
        case .published: self = .keyPublished
        case .active: self = .keyActivated
        case .retiring: self = .keyRetiring
        case .revoked: self = .keyRevoked
        case .removed: self = .keyRemoved
        }
    }
}

extension AuditError {
    fileprivate var storeCode: StoreError.Code {
        switch code {
        case .full, .readOnly: .notWritable
        case .locked: .busy
        case .unavailable: .unavailable
        case .damaged: .unusable
        case .invalidEntry, .notFound, .noKey, .other: .other
        }
    }
}
