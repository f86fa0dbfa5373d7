import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile

extension Signet {
    /// Where each domain stands, by what DNS serves now. Writes nothing but the log, if there is a state file.
    package func verify(
        _ scope: Scope, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [DomainState] {
        let loaded = try await loadWithDeclared(scope)
        let store = try openStore(loaded, .readOnly)
        let network = try await self.network(loaded, store)
        let states = try await states(
            scope, loaded, store: store, network: network, remembering: false, deadline: ports.clock.now(),
            progress: progress)
        try await record(states, loaded)
        return states
    }

    /// Waits until every domain has converged, or for as long as `timeout`.
    package func wait(
        _ scope: Scope, timeout: Duration, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [DomainState] {
        let loaded = try await loadWithDeclared(scope, .readWrite)
        let store = try openStore(loaded, .readWrite)
        let network = try await self.network(loaded, store)
        let states = try await states(
            scope, loaded, store: store, network: network, remembering: true,
            deadline: ports.clock.now().addingTimeInterval(timeout.timeInterval), progress: progress)
        try await record(states, loaded)
        return states
    }

    /// Where each domain stands, who is applying, and what a killed apply left. One look at DNS; writes nothing.
    package func status(_ scope: Scope) async throws(OperationError) -> StatusReport {
        let loaded = try await loadWithDeclared(scope)
        let store = try openStore(loaded, .readOnly)
        let network = try await self.network(loaded, store)
        let states = try await self.states(
            scope, loaded, store: store, network: network, remembering: false, deadline: ports.clock.now(),
            progress: { _ in })
        do {
            let lease = try await store.currentLease(at: ports.clock.now())
            let open = try await store.ledger(forDomains: loaded.manifest.domains.map(\.name))
                .filter { $0.outcome == .intended }.map(\.key).sorted()
            return StatusReport(domains: states, lease: lease, openIntents: open)
        } catch {
            throw .store(error)
        }
    }

    /// Where one of these domains stands, by what DNS serves now; nil: it is none of them.
    func state(
        of name: DomainName, _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore,
        network: any DNSNetwork, remembering: Bool
    ) async throws(OperationError) -> DomainState? {
        var narrowed = loaded
        narrowed.manifest.domains.removeAll { $0.name != name }
        return try await states(
            scope, narrowed, store: store, network: network, remembering: remembering, deadline: ports.clock.now(),
            progress: { _ in }
        ).first
    }

    /// The domains, of those given, whose SPF and DKIM records have converged.
    func convergedForPolicy(
        _ domains: Set<DomainName>, _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore,
        network: any DNSNetwork, deadline: Date, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> Set<DomainName> {
        var narrowed = loaded
        narrowed.manifest.domains.removeAll { !domains.contains($0.name) }
        let watch = try await watched(
            scope, narrowed, store: store, network: network, onlyAuthentication: true, deadline: deadline,
            progress: progress, remembering: true)
        // Where SPF could not be made out, it has not converged either.
        return Set(
            watch.domains.filter { watch.isConverged($0) && $0.desired.unresolved.isEmpty }.map(\.name))
    }

    func states(
        _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork, remembering: Bool,
        needsKeys: Bool = false, deadline: Date, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [DomainState] {
        let watch = try await watched(
            scope, loaded, store: store, network: network, onlyAuthentication: false, deadline: deadline,
            progress: progress, remembering: remembering)
        if remembering { try await activateKeys(watch, store) }
        var keys: [String: [KeyRecord]] = [:]
        for key in try await keyRecords(loaded, store) { keys[key.id.domain, default: []].append(key) }
        let check = AlignmentCheck(
            resolver: RememberingResolver(network), querying: network, now: ports.clock.now())
        let relays = loaded.manifest.relays
        let probeKeys = await ProbeKeys(loaded, store, self, isNeeded: needsKeys)
        let known = keys
        let alignments = await parallelMap(watch.domains, limit: Self.checksInFlightMax) { domain in
            let declaration = domain.declaration!
            let zone: ZoneContext? = if case .found(let context) = domain.zone { context } else { nil }
            return await check.run(
                declaration, desired: domain.desired,
                egress: declaration.relay.flatMap { relays[$0]?.egress } ?? [],
                keys: await probeKeys.keys(of: domain.desired, known[domain.name.text] ?? []), zone: zone)
        }
        let summaries = Dictionary(
            grouping: summaries(keys.values.flatMap { $0 }.sorted { $0.id < $1.id }, loaded), by: \.id.domain)
        return zip(watch.domains, alignments).map { domain, alignment in
            watch.state(
                domain, domain.declaration!, alignment, keys: summaries[domain.name.text] ?? [])
        }
    }

    /// How many domains' alignment is checked at once.
    static let checksInFlightMax = 64

    /// Looks, and waits until the deadline.
    private func watched(
        _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork,
        onlyAuthentication: Bool, deadline: Date, progress: @escaping @Sendable (Progress) -> Void, remembering: Bool
    ) async throws(OperationError) -> Watch {
        progress(.observing(domains: loaded.manifest.domains.count))
        let survey = Survey(loaded: loaded, store: store, network: network, now: ports.clock.now())
        var domains: [SurveyedDomain] = []
        try await survey.run(includingForgotten: false) { part throws(OperationError) in domains += part }
        var agreements: [RecordSetKey: Agreement] = [:]
        do {
            for agreement in try await store.agreements(forDomains: domains.map(\.name)) {
                agreements[agreement.key] = agreement
            }
        } catch {
            throw .store(error)
        }
        var watch = Watch(domains: domains, tracker: ConvergenceTracker([], at: ports.clock.now()))
        var targets: [ConvergenceTracker.Target] = []
        for domain in domains {
            guard case .found(let context) = domain.zone else { continue }
            for set in domain.desired.recordSets {
                if onlyAuthentication, !DomainPlanner.authenticates(set) { continue }
                if set.role?.isAwaited == false {
                    // But that a revoked key is served as a good one, everybody should know.
                    if set.role == .revoked(.withdrawn), watch.wanted(set, domain, manual: false) == nil {
                        watch.unpublishedKeys[domain.name, default: []].append(set.key)
                    }
                    continue
                }
                let isAgents = set.role != nil && set.key.name.text.contains("._agentid.")
                guard let wanted = watch.wanted(set, domain, manual: isManual(domain, loaded)) else {
                    // That a rotation is due, plan and drift say: nobody waits for it.
                    if set.isOfDomain {
                        watch.unpublished[domain.name, default: []].append(set.key)
                    } else if isAgents {
                        watch.unpublishedAgentKeys[domain.name, default: []].append(set.key)
                    }
                    continue
                }
                targets.append(
                    ConvergenceTracker.Target(
                        domain: domain.name, desired: wanted, context: context,
                        resolvers: network.checkedResolvers(for: set.key.name), ledger: domain.ledger[set.key],
                        agreement: agreements[set.key]))
                if set.isOfDomain {
                    watch.keys[domain.name, default: []].append(set.key)
                } else if isAgents {
                    watch.agentKeys[domain.name, default: []].append(set.key)
                } else {
                    watch.dkimKeys[domain.name, default: []].append(set.key)
                }
            }
        }
        let reported = ReportedWaiting()
        let wait = ConvergenceWait(
            querying: network, clock: ports.clock, store: remembering ? store : nil)
        do throws(ConvergenceWait.Failure) {
            watch.tracker = try await wait.run(targets, deadline: deadline) { tracker in
                guard !tracker.isConverged, deadline > self.ports.clock.now() else { return }
                let waiting = Set(
                    tracker.keys.filter { tracker.phase(of: $0) != .converged }.compactMap {
                        tracker.target($0)?.domain
                    })
                let event = ReportedWaiting.Event(
                    domains: waiting.count, until: tracker.expectedAt, reasons: tracker.reasons)
                if reported.isNew(event) {
                    progress(.waiting(domains: event.domains, until: event.until, reasons: event.reasons))
                }
            }
        } catch {
            switch error {
            case .cancelled: throw .other("interrupted")
            case .store(let error): throw .store(error)
            }
        }
        for domain in domains where watch.isConverged(domain) { progress(.converged(domain.name)) }
        return watch
    }

    private func isManual(_ domain: SurveyedDomain, _ loaded: LoadedManifest) -> Bool {
        guard let id = domain.declaration?.provider, let provider = loaded.manifest.providers[id] else { return false }
        return provider.kind == .manual
    }

    /// published → active, for keys whose record has converged.
    private func activateKeys(_ watch: Watch, _ store: any StateStore) async throws(OperationError) {
        var converged: [KeyID] = []
        for domain in watch.domains {
            let watched =
                (watch.keys[domain.name] ?? []) + (watch.agentKeys[domain.name] ?? [])
                + (watch.dkimKeys[domain.name] ?? [])
            let life = domain.desired.dkimKeys
            for id in life.signing + life.successions.map(\.id) + domain.desired.agentKeys.signing {
                let isThere = watched.contains {
                    $0.name.text == id.description && watch.tracker.phase(of: $0) == .converged
                }
                if isThere { converged.append(id) }
            }
        }
        guard !converged.isEmpty else { return }
        try await move(converged, from: .generated, to: .published, store)
        try await move(converged, from: .published, to: .active, store)
        try await retireSuperseded(Set(converged), watch, store)
    }
}

extension Signet {
    /// active → retiring, for keys that a newer one has taken over from. A process that was killed between the two
    /// leaves both active, which is no harm: the newer signs, and the next one comes here again.
    private func retireSuperseded(
        _ converged: Set<KeyID>, _ watch: Watch, _ store: any StateStore
    ) async throws(OperationError) {
        let now = ports.clock.now()
        var superseded: [KeyRecord] = []
        for domain in watch.domains {
            var keys = domain.keys
            var isNewlyActive = false
            for index in keys.indices where keys[index].state.isLive && keys[index].state != .active {
                guard converged.contains(keys[index].id) else { continue }
                keys[index].state = .active
                keys[index].stateChangedAt = now
                isNewlyActive = true
            }
            let signing = domain.desired.agentKeys.signing.sorted()
            for (agent, ids) in Dictionary(grouping: signing, by: { $0.agentKey?.agent ?? "" }) where !agent.isEmpty {
                guard let newest = ids.last(where: { converged.contains($0) }) else { continue }
                superseded += keys.filter { ids.contains($0.id) && $0.id < newest }
            }
            guard let declaration = domain.declaration else { continue }
            let life = DKIMKeyLife(
                domain: domain.name, declaration: declaration.sends ? declaration.dkim : nil, keyring: keys,
                overlap: declaration.keyOverlap, now: now)
            // A key whose type is no longer declared stops with the key that replaces it, or with an apply: not
            // because somebody who waits, or sends, has read an edited manifest.
            let declared = Set((declaration.dkim?.keys ?? []).map { KeyAlgorithm($0) })
            superseded += life.superseded.filter { isNewlyActive || declared.contains($0.algorithm) }
        }
        try await move(superseded, to: .retiring, store)
    }
}

/// What was waited for, and how it stands.
private struct Watch {
    var domains: [SurveyedDomain]
    var tracker: ConvergenceTracker
    var keys: [DomainName: [RecordSetKey]] = [:]
    /// Agents' keys: waited for, and no part of the domain's own state.
    var agentKeys: [DomainName: [RecordSetKey]] = [:]
    var unpublishedAgentKeys: [DomainName: [RecordSetKey]] = [:]
    /// DKIM keys that mail does not wait for.
    var dkimKeys: [DomainName: [RecordSetKey]] = [:]
    var unpublishedKeys: [DomainName: [RecordSetKey]] = [:]
    /// Record sets that no apply has published yet.
    var unpublished: [DomainName: [RecordSetKey]] = [:]

    /// The record set to wait for: served as desired, or written by Signet and not served yet. nil: an apply is needed.
    func wanted(_ set: DesiredRecordSet, _ domain: SurveyedDomain, manual: Bool) -> RecordSet? {
        if let served = domain.outcome.inSync.first(where: { $0.key == set.key }) { return served }
        guard let change = domain.outcome.changes.first(where: { $0.key == set.key }),
            let after = change.after?.recordSet(set.key)
        else { return nil }
        if manual { return after }
        guard let entry = domain.ledger[set.key], entry.outcome == .written || entry.outcome == .handedOver,
            let written = entry.after, written.sameData(as: after)
        else { return nil }
        return written
    }

    func isConverged(_ domain: SurveyedDomain) -> Bool {
        guard case .found = domain.zone, (unpublished[domain.name] ?? []).isEmpty else { return false }
        return (keys[domain.name] ?? []).allSatisfy { tracker.phase(of: $0) == .converged }
    }

    func state(
        _ domain: SurveyedDomain, _ declaration: DomainDeclaration, _ alignment: AlignmentCheck.Outcome,
        keys summaries: [KeySummary]
    ) -> DomainState {
        let alignment = declaration.sends ? alignment.requiring(declaration.gateRequires) : alignment
        var findings = domain.outcome.findings + alignment.findings
        var waitingFor: [String] = []
        var convergedAt: Date?
        var isUnknown = if case .unobservable = domain.zone { true } else { false }
        var nobodyKnows = false
        for key in keys[domain.name] ?? [] {
            let phase = tracker.phase(of: key)
            waitingFor += Self.reasons(key, phase)
            switch phase {
            case .converged: break
            case .caches(let until): convergedAt = max(convergedAt ?? until, until)
            case .unseen, .servers, .resolvers: nobodyKnows = true
            }
        }
        if nobodyKnows { convergedAt = nil }
        let pending = unpublished[domain.name] ?? []
        if !pending.isEmpty {
            findings.append(FindingCatalogue.notPublished(domain.name, pending))
            convergedAt = nil
        }
        isUnknown = isUnknown || alignment.isUnknown
        let requires = declaration.gateRequires
        func required(_ verdict: AlignmentCheck.Verdict, _ requirement: GateRequirement) -> DomainState.Verdict {
            declaration.sends && !requires.contains(requirement) ? .notRequired : DomainState.Verdict(verdict)
        }
        let spf = required(alignment.spf, .spf)
        let dkim = required(alignment.dkim, .dkim)
        let dmarc = required(alignment.dmarc, .dmarc)
        let verdicts = [spf, dkim, dmarc, DomainState.Verdict(alignment.alignment)]
        let status: DomainState.Status =
            if isUnknown || verdicts.contains(.unknown) {
                .unknown
            } else if !pending.isEmpty || findings.contains(where: { $0.severity == .misaligned }) && waitingFor.isEmpty
            {
                .misaligned
            } else if !waitingFor.isEmpty || !isConverged(domain) {
                .propagating
            } else {
                verdicts.contains(.fail) ? .misaligned : .aligned
            }
        return DomainState(
            domain: domain.name, sends: declaration.sends, status: status, spf: spf, dkim: dkim, dmarc: dmarc,
            alignment: DomainState.Verdict(alignment.alignment),
            findings: findings, convergedAt: convergedAt, waitingFor: waitingFor,
            // An agent waits for its own key; the domain, and other agents, do not.
            waitingForAgents: waiting(agentKeys[domain.name], unpublished: unpublishedAgentKeys[domain.name]),
            waitingForKeys: waiting(dkimKeys[domain.name], unpublished: unpublishedKeys[domain.name]),
            keys: summaries)
    }

    private func waiting(_ published: [RecordSetKey]?, unpublished: [RecordSetKey]?) -> [String] {
        (published ?? []).flatMap { Self.reasons($0, tracker.phase(of: $0)) }
            + (unpublished ?? []).map { "\($0): not published as declared" }
    }

    private static func reasons(_ key: RecordSetKey, _ phase: ConvergenceTracker.Phase) -> [String] {
        switch phase {
        case .converged, .unseen: []
        case .caches(let until): ["\(key): caches may hold the older answer until \(until.formatted(.iso8601))"]
        case .servers(let lagging), .resolvers(let lagging): lagging.map { "\(key): \($0)" }
        }
    }
}

extension DomainState.Verdict {
    fileprivate init(_ verdict: AlignmentCheck.Verdict) {
        self =
            switch verdict {
            case .pass: .pass
            case .fail: .fail
            case .unknown: .unknown
            }
    }
}

/// Tells a wait's progress only when it has changed.
private final class ReportedWaiting: @unchecked Sendable {
    struct Event: Equatable {
        var domains: Int
        var until: Date?
        var reasons: [String]
    }

    // Only `ConvergenceWait.run` calls, from one task at a time.
    private var last: Event?

    func isNew(_ event: Event) -> Bool {
        defer { last = event }
        return event != last
    }
}
