import DNS
import FoundationEssentials
import Keys
import Manifest
import Reconcile

package struct ApplyOptions: Sendable {
    /// The octets of a saved plan; nil: plan now.
    package var savedPlan: [UInt8]?
    /// Allows changes of risk `destructive`, and more deletions than `settings.deletions_max`.
    package var allowDestructive: Bool
    /// Allows agents' changes of risk `loosens`.
    package var allowLoosening: Bool
    /// Approvers' signed statements that allow some of them, each with the name of its file.
    package var looseningApprovals: [(path: String, octets: [UInt8])] = []
    /// How long to wait for convergence between and after the stages; nil: not at all, so that later stages stay
    /// `waiting` for the next apply.
    package var wait: Duration?
    package var leaseDuration: Duration

    package init(
        savedPlan: [UInt8]? = nil, allowDestructive: Bool = false, allowLoosening: Bool = false,
        wait: Duration? = nil, leaseDuration: Duration = LeaseKeeper.durationDefault
    ) {
        self.savedPlan = savedPlan
        self.allowDestructive = allowDestructive
        self.allowLoosening = allowLoosening
        self.wait = wait
        self.leaseDuration = leaseDuration
    }
}

extension Signet {
    /// Executes a plan: keys first, then each stage once the one before it has converged.
    ///
    /// - Parameter confirm: asked once, with the plan, before anything is changed; false leaves all as it is.
    package func apply(
        _ scope: Scope, options: ApplyOptions,
        confirm: @escaping @Sendable (PlanReport) async -> Bool = { _ in true },
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> ApplyReport {
        let files = try load(scope)
        let loaded = files.aware(of: try await declaredDomains(files, .readWrite))
        var saved: Plan?
        if let octets = options.savedPlan {
            let plan: Plan
            do { plan = try PlanDocument.decode(octets) } catch { throw .unreadablePlan(error.description) }
            guard plan.manifestDigest == loaded.digest else {
                throw .planOfAnotherManifest(planned: plan.manifestDigest, current: loaded.digest)
            }
            saved = plan
        }
        let store = try openStore(loaded, .readWrite)
        let network = try await self.network(loaded, store)
        let keeper = try await acquireLease(store, options.leaseDuration)
        do {
            let run = ApplyRun(
                signet: self, scope: scope, loaded: loaded, store: store, network: network, keeper: keeper,
                providers: try providers(loaded, store: store, network: network, lease: options.leaseDuration),
                options: options, progress: progress)
            let report = try await run.run(saved: saved, confirm: confirm)
            try? await keeper.stop()
            return report
        } catch {
            try? await keeper.stop()
            throw error
        }
    }

    func acquireLease(_ store: any StateStore, _ duration: Duration) async throws(OperationError) -> LeaseKeeper {
        let outcome: LeaseOutcome
        do {
            outcome = try await store.acquireLease(holder: ports.holder, at: ports.clock.now(), for: duration)
        } catch {
            throw .store(error)
        }
        switch outcome {
        case .held(let lease):
            throw .busy(lease)
        case .acquired(let lease):
            let keeper = LeaseKeeper(store: store, clock: ports.clock, lease: lease, duration: duration)
            await keeper.start()
            return keeper
        }
    }
}

/// One apply, from the open intents of a killed one to the state at the end.
struct ApplyRun {
    let signet: Signet
    let scope: Scope
    let loaded: LoadedManifest
    let store: any StateStore
    let network: any DNSNetwork
    let keeper: LeaseKeeper
    let providers: [ProviderID: any ZoneProvider]
    let options: ApplyOptions
    let progress: @Sendable (Progress) -> Void

    private var clock: any TimeSource { signet.ports.clock }

    /// - Parameter narrowedTo: of the plan made now, only the changes of these record sets, and their keys.
    func run(
        saved: Plan? = nil, narrowedTo: ((RecordSetKey) -> Bool)? = nil,
        confirm: @escaping @Sendable (PlanReport) async -> Bool = { _ in true }
    ) async throws(OperationError) -> ApplyReport {
        let applier = Applier(store: store, clock: clock, keeper: keeper, providers: providers)
        var planned = try await signet.plan(
            scope, loaded, store: store, network: network, deciding: providers,
            allowsNewApprovers: options.allowLoosening, progress: progress)
        let finished: [RecordSetKey]
        do { finished = try await applier.finishIntents(planned.openIntents) } catch { throw failure(error, nil) }
        if let saved {
            planned.report.plan = saved
            // Of domains that no longer differ too: what the plan asks for may be there already.
            for key in try await signet.keyRecords(loaded, store) where planned.keys[key.id] == nil {
                planned.keys[key.id] = key
            }
        }
        if let narrowedTo {
            planned.report.plan.agents = []
            planned.report.plan.changes.removeAll { !narrowedTo($0.key) }
            planned.report.plan.keys.removeAll {
                !narrowedTo(RecordSetKey(DomainName(canonical: $0.id.description), .txt))
            }
        }
        let plan = planned.report.plan
        let consents = try await consent(to: plan)
        if saved != nil {
            let moved = await applier.moved(plan.changes, keys: planned.keys)
            guard moved.isEmpty else {
                throw .stalePlan(
                    moved.map { MovedRecordSet(key: $0.key, domain: $0.domain, planned: $0.before, found: $1) })
            }
        }
        var isWanted = plan.isEmpty
        if !isWanted { isWanted = await confirm(planned.report) }
        guard isWanted else {
            return ApplyReport(plan: plan, outcomes: plan.changes.map { _ in .notTried })
        }
        // All or none of them, and first: what is revoked or tightened counts from now on.
        try await register(plan, consents)
        let generated = try await generate(plan, &planned)
        var outcomes = [ChangeOutcome](repeating: .waiting, count: plan.changes.count)
        var report = ApplyReport(
            plan: plan, outcomes: outcomes, generatedKeys: generated, registeredAgents: plan.agents,
            finishedIntents: finished)
        report.approvers = planned.report.approvers
        var states: [DomainState] = []
        var hasWaited = false
        for stage in Stage.allCases {
            let indices = plan.changes.indices.filter { plan.changes[$0].stage == stage }
            guard !indices.isEmpty else { continue }
            var permitted = indices
            if stage == .tighten {
                // A stricter policy only where SPF and DKIM have converged, now that stage 1 is written.
                let ready = try await convergedDomains(Set(indices.map { plan.changes[$0].domain }))
                permitted = indices.filter { ready.contains(plan.changes[$0].domain) }
            }
            progress(.applying(stage: stage, changes: permitted.count))
            let changes = permitted.map { plan.changes[$0] }
            do {
                let results = try await applier.write(
                    changes, keys: planned.keys, progress: { progress(.applied($0, $1)) })
                for (index, result) in zip(permitted, results) { outcomes[index] = result }
            } catch {
                for index in permitted { outcomes[index] = .notTried }
                report.outcomes = outcomes
                throw failure(error, report)
            }
            report.outcomes = outcomes
            if outcomes.contains(.notTried) { throw .leaseLost(report) }
            // What conflicts then is what the next holder wrote.
            if report.failures > 0, await keeper.isOver() { throw .leaseLost(report) }
        }
        do { try await applier.forget(planned.absent) } catch { throw failure(error, report) }
        try await advanceKeys(plan, outcomes, planned)
        if let wait = options.wait, report.failures == 0 {
            hasWaited = true
            // Nothing more is written at providers: whoever has to revoke a key need not wait for caches.
            try? await keeper.stop()
            states = try await signet.states(
                scope, loaded, store: store, network: network, remembering: .looksAndKeys, needsKeys: true,
                postponed: Set(zip(plan.changes, outcomes).filter { $1 == .waiting }.map(\.0.key)),
                deadline: clock.now().addingTimeInterval(wait.timeInterval), progress: progress)
            try await signet.record(states, loaded)
        }
        report.domains = hasWaited ? states : []
        return report
    }

    /// What allows each agent that may do more; what nothing allows stops the apply, and so does a statement that allows
    /// nothing of this plan.
    private func consent(to plan: Plan) async throws(OperationError) -> [AgentID: AgentConsent] {
        let loosened = plan.agents.filter { $0.risk == .loosens }
        var consents = try await approvals(of: loosened)
        let open = loosened.filter { consents[$0.agent] == nil }
        if options.allowLoosening {
            for change in open { consents[change.agent] = .flag }
        } else if !open.isEmpty {
            throw .needsConsentForAgents(open, flag: "--allow-loosening")
        }
        try consentToDeletions(in: plan)
        return consents
    }

    private func approvals(of loosened: [AgentChange]) async throws(OperationError) -> [AgentID: AgentConsent] {
        guard !options.looseningApprovals.isEmpty else { return [:] }
        let sendingKeys = try await signet.keyRecords(loaded.adding(loaded.declared), store).compactMap {
            PublicKey(subjectPublicKeyInfo: $0.publicKey)
        }
        var consents: [AgentID: AgentConsent] = [:]
        do {
            let check = LooseningCheck(
                approvers: try await store.approvers(), registered: try await store.agents(),
                declared: loaded.manifest.agents, sendingKeys: sendingKeys, now: clock.now())
            for (path, octets) in options.looseningApprovals {
                switch check.accept(octets, of: loosened) {
                case .failure(let refusal): throw OperationError.unusableApproval(path: path, reason: "\(refusal)")
                case .success(let accepted):
                    if !accepted.isDone, try await store.isUsed(loosening: accepted.approval.id) {
                        throw OperationError.unusableApproval(path: path, reason: "\(LooseningRefusal.used)")
                    }
                    consents[accepted.agent] = .approval(accepted.approval)
                }
            }
        } catch let error as OperationError {
            throw error
        } catch {
            throw .store(error as? StoreError ?? StoreError(.other, "\(error)"))
        }
        return consents
    }

    private func consentToDeletions(in plan: Plan) throws(OperationError) {
        guard !options.allowDestructive else { return }
        // What Signet wrote itself and takes back, whether others' strings stay at the name or not. A revoked key's record
        // is nothing that anybody could miss.
        let destructive = plan.changes.filter { $0.risk == .destructive }
        let deleted = destructive.filter { $0.stage == .retire }
        let replaced = destructive.filter { $0.stage != .retire }
        let tooMany = deleted.count > loaded.manifest.settings.deletionsMax ? deleted : []
        guard replaced.isEmpty, tooMany.isEmpty else {
            throw .needsConsent(replaced + tooMany, flag: "--allow-destructive")
        }
    }

    private func register(
        _ plan: Plan, _ consents: [AgentID: AgentConsent]
    ) async throws(OperationError) {
        let now = clock.now()
        try await registerApprovers(at: now)
        guard !plan.agents.isEmpty else { return }
        let writes = plan.agents.map { change in
            AgentWrite(
                expected: change.before?.mark,
                registration: change.after.map { AgentRegistration($0, since: now) }
                    ?? AgentRegistration(change.before!.declaration, state: .revoked, since: now),
                consent: consents[change.agent])
        }
        let outcome: AgentWriteOutcome
        do {
            outcome = try await store.recordAgents(writes, under: await keeper.current, at: now)
        } catch {
            throw .store(error)
        }
        switch outcome {
        case .written: progress(.registered(plan.agents))
        case .leaseLost: throw failure(.leaseLost, nil)
        case .moved(let agents): throw .staleAgents(agents)
        case .used(let agents):
            throw .unusableApproval(
                path: agents.map(\.rawValue).joined(separator: ", "), reason: LooseningRefusal.used.description)
        }
    }

    /// After the consent was asked for, so that nobody approves what takes them in.
    private func registerApprovers(at now: Date) async throws(OperationError) {
        do throws(StoreError) {
            let known = try await store.approvers()
            let next = RegisteredApprover.registry(
                known, declared: loaded.manifest.approvers, allowsNew: options.allowLoosening, at: now)
            guard next != known else { return }
            guard try await store.recordApprovers(next, under: await keeper.current, at: now) else {
                throw StoreError(.other, "the lease is over: the approvers were not registered")
            }
        } catch {
            throw .store(error)
        }
    }

    /// Keys are sealed and durable before anything of them is published.
    private func generate(_ plan: Plan, _ planned: inout Signet.Planned) async throws(OperationError) -> [KeyID] {
        let needed =
            plan.keys
            + plan.changes.flatMap { change in
                (change.after?.values ?? []).compactMap { value -> PlannedKey? in
                    if case .futureKey(let id, let algorithm, _) = value {
                        PlannedKey(id: id, algorithm: algorithm)
                    } else {
                        nil
                    }
                }
            }
        var seen = Set(planned.keys.keys)
        let missing = needed.filter { seen.insert($0.id).inserted }
        guard !missing.isEmpty else { return [] }
        let records = try await signet.generate(missing, loaded, store, progress: progress)
        for record in records { planned.keys[record.id] = record }
        return records.map(\.id).sorted()
    }

    private func convergedDomains(_ domains: Set<DomainName>) async throws(OperationError) -> Set<DomainName> {
        let wait = options.wait?.timeInterval ?? 0
        return try await signet.convergedForPolicy(
            domains, scope, loaded, store: store, network: network,
            deadline: clock.now().addingTimeInterval(wait), progress: progress)
    }

    /// generated → published once the record is written or served; what no longer signs retires; what was marked as
    /// revoked is; what has no record left is removed.
    private func advanceKeys(
        _ plan: Plan, _ outcomes: [ChangeOutcome], _ planned: Signet.Planned
    ) async throws(OperationError) {
        // What is handed to a person is published for all that is known, and revoked or deleted once that is seen.
        var published = Set<String>()
        var written = Set<String>()
        var deleted = Set<String>()
        for (change, outcome) in zip(plan.changes, outcomes) {
            switch outcome {
            case .written, .alreadyThere:
                published.insert(change.key.name.text)
                written.insert(change.key.name.text)
                if change.action == .delete { deleted.insert(change.key.name.text) }
            case .handedOver: published.insert(change.key.name.text)
            case .waiting, .conflict, .failed, .notTried: break
            }
        }
        let revoked = planned.revokedKeys + planned.revocableKeys.filter { written.contains($0.id.description) }
        let removed = planned.goneKeys + planned.removableKeys.filter { deleted.contains($0.id.description) }
        let new = planned.keys.values.filter { $0.state == .generated && published.contains($0.id.description) }
        try await signet.move(new.map(\.id) + planned.publishedKeys, from: .generated, to: .published, store)
        try await signet.move(planned.supersededKeys, to: .retiring, store)
        try await signet.move(revoked, to: .revoked, store)
        try await signet.move(removed, to: .removed, store)
    }

    private func failure(_ failure: Applier.Failure, _ report: ApplyReport?) -> OperationError {
        switch failure {
        case .store(let error): .store(error)
        case .leaseLost:
            .leaseLost(
                report
                    ?? ApplyReport(
                        plan: Plan(manifestDigest: loaded.digest, domainCount: loaded.manifest.domains.count),
                        outcomes: []))
        }
    }
}

extension Duration {
    package var timeInterval: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
