import Audit
import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
package import Reconcile
package import SendGate

/// The stores that sending needs, in one.
package typealias SendStore = StateStore & OutboxStore & ApprovalStore & HoldStore

/// After how long others take a process for dead that has gone silent.
package struct SendLeases: Sendable, Equatable {
    /// Up to the end of the data: then they take its message over.
    package var attempt: Duration
    /// From the end of the data on: then they call its message in doubt.
    package var commit: Duration

    package init(attempt: Duration = OutboxLimits.lease, commit: Duration = OutboxLimits.commitLease) {
        self.attempt = attempt
        self.commit = commit
    }
}

/// What the sends of one call share: stores, log, keys that have been opened, connections to relays, and one look at
/// each domain's alignment however many messages wait for it.
actor SendSession {
    nonisolated let signet: Signet
    nonisolated let scope: Scope
    nonisolated let loaded: LoadedManifest
    nonisolated let store: any SendStore
    /// The same, its changes of keys in the log.
    nonisolated let loggedStore: any StateStore
    nonisolated let log: any AuditStore
    nonisolated let network: any DNSNetwork
    nonisolated let leases: SendLeases
    /// Whether each message that leaves is looked at as its receiver will.
    nonisolated let measures: Bool

    private let keyring: Keyring
    private var deliveries: [RelayID: any Delivery] = [:]
    private var signing: [String: (at: Date, signing: DomainSigning)] = [:]
    private var signingSwept = Date.distantPast
    private var looks: [DomainName: Task<ObservedAlignment, Never>] = [:]
    private var knownRoster: (at: Date, roster: ApproverRoster)?

    init(
        _ signet: Signet, _ scope: Scope, _ loaded: LoadedManifest, _ leases: SendLeases = SendLeases(),
        measures: Bool = false
    ) async throws(OperationError) {
        self.leases = leases
        self.measures = measures
        self.signet = signet
        self.scope = scope
        self.loaded = loaded
        let opened = try signet.openPlainStore(loaded, .readWrite)
        guard let store = opened as? any SendStore else { throw .other("this store keeps no outbox") }
        self.store = store
        loggedStore = try signet.openStore(loaded, .readWrite)
        keyring = try await signet.openKeyring(loaded, store)
        network = try await signet.network(loaded, store)
        log = try await signet.signingLog(loaded).0
    }

    nonisolated var now: Date { signet.ports.clock.now() }

    nonisolated func declaration(of domain: DomainName) -> DomainDeclaration? { loaded.manifest.domain(domain) }

    /// What was measured when a message left.
    nonisolated func measured(of id: MessageID) async throws(OperationError) -> MeasuredAuthentication? {
        guard measures, let store = store as? any MeasurementStore else { return nil }
        do { return try await store.measured(of: id) } catch { throw .store(error) }
    }

    // MARK: relays

    func delivery(_ id: RelayID, clientName: String) async throws(OperationError) -> any Delivery {
        if let delivery = deliveries[id] { return delivery }
        guard let relay = loaded.manifest.relays[id] else { throw .other("the manifest has no relay \(id)") }
        let delivery: any Delivery
        do { delivery = try await signet.ports.delivery(relay, loaded.folder, clientName) } catch {
            throw .other("relay \(id): \(error)")
        }
        // Another task may have been faster; its connections are the ones that are kept.
        if let other = deliveries[id] { return other }
        deliveries[id] = delivery
        return delivery
    }

    // MARK: keys

    /// What signs for an agent now. Read anew after its bound, because keys move on in their life.
    func signing(_ agent: AgentRegistration) async throws -> DomainSigning {
        let key = "\(agent.domain)/\(agent.id)/\(agent.digest)"
        if let known = signing[key], (0..<SendLimits.signingAge.timeInterval).contains(now.timeIntervalSince(known.at))
        {
            return known.signing
        }
        let made = try await DomainSigning(agent, keys: try await store.keys(forDomains: [agent.domain.text]), keyring)
        let now = now
        // An agent that sends no more does not keep its keys in memory.
        if !(0..<Keyring.signersAge.timeInterval).contains(now.timeIntervalSince(signingSwept)) {
            signing = signing.filter { $0.value.at > signingSwept }
            signingSwept = now
        }
        signing[key] = (now, made)
        return made
    }

    func domainSigners(_ domain: DomainName) async throws -> [DKIMSigner] {
        try await DomainSigning.dkim(domain, keys: try await store.keys(forDomains: [domain.text]), keyring)
    }

    /// Who may approve, as it was known within the bound.
    func roster() async throws(OperationError) -> ApproverRoster {
        // New keys come while a server runs, and whoever has one of them may not approve any more.
        if let knownRoster,
            (0..<SendLimits.alignmentAge.timeInterval).contains(now.timeIntervalSince(knownRoster.at))
        {
            return knownRoster.roster
        }
        let roster = try await signet.roster(loaded, store)
        knownRoster = (now, roster)
        return roster
    }

    // MARK: alignment

    /// What was observed within the bound, in this process or another; nil: it is to be observed again.
    nonisolated func recentAlignment(
        of domain: DomainDeclaration
    ) async throws(SendStoreError) -> ObservedAlignment? {
        guard let known = try await store.observedAlignment(of: domain.name.text) else { return nil }
        let age = now.timeIntervalSince(known.observedAt)
        // No older than what a receiver's cache may hold.
        let bound = min(
            SendLimits.alignmentAge.timeInterval, domain.timeToLiveSeconds.map { Double($0) } ?? .infinity)
        // A clock that was set back makes an observation of the future: not to be trusted either.
        return age >= 0 && age < bound ? known : nil
    }

    func observe(_ declaration: DomainDeclaration) async -> ObservedAlignment {
        if let look = looks[declaration.name] { return await look.value }
        let look = Task { await self.look(at: declaration) }
        looks[declaration.name] = look
        let alignment = await look.value
        looks[declaration.name] = nil
        return alignment
    }

    private func look(at declaration: DomainDeclaration) async -> ObservedAlignment {
        let alignment = await SendAlignment(session: self, declaration: declaration).observe()
        // One that cannot be stored is good for the message that waits for it, and observed again for the next.
        try? await store.record(alignment)
        return alignment
    }
}
