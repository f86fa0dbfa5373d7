import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile

extension Signet {
    /// Where each domain stands, by what DNS serves now. Writes the log and what was seen of the servers, if there is a
    /// state file: without that, nothing would converge where nobody waits.
    package func verify(
        _ scope: Scope, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [DomainState] {
        let loaded = try await loadWithDeclared(scope)
        let hasState = missingStatePath(loaded) == nil
        let store = try openStore(loaded, hasState ? .readWrite : .readOnly)
        let network = try await self.network(loaded, store)
        let states = try await states(
            scope, loaded, store: store, network: network, remembering: hasState ? .looks : .nothing,
            deadline: ports.clock.now(), progress: progress)
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
            scope, loaded, store: store, network: network, remembering: .looksAndKeys,
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
            scope, loaded, store: store, network: network, remembering: .nothing, deadline: ports.clock.now(),
            progress: { _ in })
        do {
            let lease = try await store.currentLease(at: ports.clock.now())
            // What was cut short while a domain was taken back too.
            let written = scope.domains.isEmpty ? try await store.ledgerDomains() : []
            let open = try await store.ledger(forDomains: Array(Set(loaded.manifest.domains.map(\.name) + written)))
                .filter { $0.outcome == .intended }.map(\.key).sorted()
            return StatusReport(domains: states, lease: lease, openIntents: open)
        } catch {
            throw .store(error)
        }
    }

    /// What a look leaves in the store.
    enum Remembering {
        case nothing
        /// Since when servers agree, and what has converged.
        case looks
        /// And that keys whose records have converged sign from now on.
        case looksAndKeys
    }

    /// Where one of these domains stands, by what DNS serves now; nil: it is none of them.
    func state(
        of name: DomainName, _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore,
        network: any DNSNetwork, remembering: Remembering
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
            progress: progress, remembering: .looksAndKeys)
        // Where SPF could not be made out, it has not converged either.
        return Set(
            watch.domains.filter { watch.isConverged($0) && $0.desired.unresolved.isEmpty }.map(\.name))
    }

    func states(
        _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork,
        remembering: Remembering,
        needsKeys: Bool = false, postponed: Set<RecordSetKey> = [], deadline: Date,
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [DomainState] {
        let watch = try await watched(
            scope, loaded, store: store, network: network, onlyAuthentication: false, postponed: postponed,
            deadline: deadline, progress: progress, remembering: remembering)
        if remembering == .looksAndKeys { try await activateKeys(watch, store) }
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

    /// Looks, and waits until the deadline. What looking takes before the wait is added to a deadline that lies ahead: who
    /// waits for as long as a time to live is to see it run out.
    private func watched(
        _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork,
        onlyAuthentication: Bool, postponed: Set<RecordSetKey> = [], deadline: Date,
        progress: @escaping @Sendable (Progress) -> Void, remembering: Remembering
    ) async throws(OperationError) -> Watch {
        let start = ports.clock.now()
        progress(.observing(domains: loaded.manifest.domains.count))
        let survey = Survey(loaded: loaded, store: store, network: network, now: ports.clock.now())
        var domains: [SurveyedDomain] = []
        try await survey.run(includingForgotten: false) { part throws(OperationError) in domains += part }
        var agreements: [RecordSetKey: Agreement] = [:]
        var converged: [RecordSetKey: Convergence] = [:]
        do {
            for agreement in try await store.agreements(forDomains: domains.map(\.name)) {
                agreements[agreement.key] = agreement
            }
            for convergence in try await store.convergences(forDomains: domains.map(\.name)) {
                converged[convergence.key] = convergence
            }
        } catch {
            throw .store(error)
        }
        let now = ports.clock.now()
        let deadline = deadline > start ? deadline + now.timeIntervalSince(start) : deadline
        var watch = Watch(
            domains: domains, tracker: ConvergenceTracker([], at: now), converged: converged.mapValues(\.target))
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
                if domain.outcome.unseen.contains(set.key) {
                    watch.unseen[domain.name, default: []].append(set)
                    continue
                }
                if postponed.contains(set.key), !domain.outcome.inSync.contains(where: { $0.key == set.key }) {
                    watch.postponed[domain.name, default: []].append(set.key)
                    continue
                }
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
                        agreement: agreements[set.key], convergence: converged[set.key], now: now))
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
            querying: network, clock: ports.clock, store: remembering == .nothing ? nil : store)
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
        // As they are by now: while one waited, another process may have revoked what was to take over.
        var stored: [String: [KeyRecord]] = [:]
        do {
            for key in try await store.keys(forDomains: watch.domains.map(\.name.text)) {
                stored[key.id.domain, default: []].append(key)
            }
        } catch {
            throw OperationError(error)
        }
        var superseded: [KeyRecord] = []
        for domain in watch.domains {
            let keys = stored[domain.name.text] ?? []
            let active = Set(keys.filter { $0.state == .active }.map(\.id))
            let isNewlyActive = domain.keys.contains {
                $0.state != .active && converged.contains($0.id) && active.contains($0.id)
            }
            let signing = domain.desired.agentKeys.signing.sorted()
            for (agent, ids) in Dictionary(grouping: signing, by: { $0.agentKey?.agent ?? "" }) where !agent.isEmpty {
                guard let newest = ids.last(where: { converged.contains($0) && active.contains($0) }) else { continue }
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
    /// Record sets that no apply has published yet, or that were changed since.
    var unpublished: [DomainName: [RecordSetKey]] = [:]
    /// Of these, the ones that were everywhere as they are to be, and were changed since.
    var changed: Set<RecordSetKey> = []
    /// Record sets that this very apply leaves to a later one.
    var postponed: [DomainName: [RecordSetKey]] = [:]
    /// Record sets that no server would tell of.
    var unseen: [DomainName: [DesiredRecordSet]] = [:]
    /// What was once everywhere since Signet last wrote it.
    var converged: [RecordSetKey: SHA256Digest]

    /// The record set to wait for: served as desired, or written by Signet and not served yet. nil: an apply is needed, be
    /// it that what has been everywhere was changed since.
    mutating func wanted(_ set: DesiredRecordSet, _ domain: SurveyedDomain, manual: Bool) -> RecordSet? {
        if let served = domain.outcome.inSync.first(where: { $0.key == set.key }) { return served }
        guard let change = domain.outcome.changes.first(where: { $0.key == set.key }),
            let after = change.after?.recordSet(set.key)
        else { return nil }
        // Another time to live is no other content: whoever hosts the zone may have one of their own.
        let isSame = change.before?.recordSet(set.key)?.sameData(as: after) == true
        if converged[set.key] == after.contentDigest, !isSame {
            changed.insert(set.key)
            return nil
        }
        if manual { return after }
        guard let entry = domain.ledger[set.key], entry.outcome == .written || entry.outcome == .handedOver,
            let written = entry.after, written.sameData(as: after)
        else { return nil }
        return written
    }

    func isConverged(_ domain: SurveyedDomain) -> Bool {
        guard case .found = domain.zone, (unpublished[domain.name] ?? []).isEmpty,
            (postponed[domain.name] ?? []).isEmpty, !hasUnseen(domain)
        else { return false }
        return (keys[domain.name] ?? []).allSatisfy { tracker.phase(of: $0) == .converged }
    }

    private func hasUnseen(_ domain: SurveyedDomain) -> Bool {
        (unseen[domain.name] ?? []).contains(where: \.isOfDomain)
    }

    func state(
        _ domain: SurveyedDomain, _ declaration: DomainDeclaration, _ alignment: AlignmentCheck.Outcome,
        keys summaries: [KeySummary]
    ) -> DomainState {
        let alignment = declaration.sends ? alignment.requiring(declaration.gateRequires) : alignment
        var findings = domain.outcome.findings + alignment.findings
        var waitingFor: [String] = []
        var convergedAt: Date?
        var isUnknown = if case .unobservable = domain.zone { true } else { hasUnseen(domain) }
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
        let (missing, moved) = (pending.filter { !changed.contains($0) }, pending.filter(changed.contains))
        if !missing.isEmpty { findings.append(FindingCatalogue.notPublished(domain.name, missing)) }
        if !moved.isEmpty { findings.append(FindingCatalogue.changedSince(domain.name, moved)) }
        for key in postponed[domain.name] ?? [] {
            waitingFor.append(
                "\(key): a stricter policy, once SPF and DKIM have converged; the next apply publishes it")
        }
        if !pending.isEmpty || !(postponed[domain.name] ?? []).isEmpty { convergedAt = nil }
        // What SPF is to be cannot be said where an include that is to be flattened cannot be read. What was everywhere
        // before, and passes, goes on: receivers need not ask for that include.
        let unresolved = domain.desired.unresolved
        let isKnownSPF = alignment.spf == .pass && unresolved.allSatisfy { converged[$0] != nil }
        isUnknown = isUnknown || alignment.isUnknown || !unresolved.isEmpty && !isKnownSPF
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
            waitingForKeys: waiting(dkimKeys[domain.name], unpublished: unpublishedKeys[domain.name])
                + (unseen[domain.name] ?? []).filter { !$0.isOfDomain }.map { "\($0.key): no server tells" },
            isConverged: isConverged(domain),
            needsApply: unpublishedAgentKeys[domain.name] != nil || unpublishedKeys[domain.name] != nil,
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
