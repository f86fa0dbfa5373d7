import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile

/// One domain as a survey found it.
struct SurveyedDomain: Sendable {
    /// nil: Signet wrote records for it, and the manifest no longer has it.
    var declaration: DomainDeclaration?
    var desired: DesiredState
    var zone: ZoneOutcome
    var outcome: DomainPlanner.Outcome
    var ledger: [RecordSetKey: LedgerEntry]
    var keys: [KeyRecord]
    var differences: [ProviderDifference]
    /// What its keys come to next; nil for a domain that is not declared.
    var schedule: KeySchedule?

    var name: DomainName { desired.domain }
}

/// Looks at every domain of a manifest: what is desired, what is served, what Signet remembers.
///
/// Domains are taken in portions, so that memory is bounded by a portion and not by the manifest.
struct Survey {
    /// How many domains are observed at once: enough to keep every server's window full (`DNSLimits`), few enough that a
    /// thousand domains' plan stays under 40 MB.
    static let portion = 250
    /// How many domains' own questions, after those of the portion, are asked at once.
    static let domainsInFlightMax = 32

    var loaded: LoadedManifest
    var store: any StateStore
    var network: any DNSNetwork
    /// Providers whose own list is read too; empty without credentials.
    var listing: [ProviderID: any ZoneProvider] = [:]
    /// Providers that say, without their own list, whether a record set stands beside the wildcard that says the same:
    /// those that are written to.
    var deciding: [ProviderID: any ZoneProvider] = [:]
    var now: Date

    /// Hands each portion on in the order of the names; domains that only the ledger knows come last.
    func run(
        includingForgotten: Bool, _ body: (ArraySlice<SurveyedDomain>) async throws(OperationError) -> Void
    ) async throws(OperationError) {
        let domains = loaded.manifest.domains
        let agents = Dictionary(grouping: loaded.manifest.agents, by: \.domain)
        let reportKeys = Set(loaded.reportRoutes.values.joined().compactMap(\.key))
        for start in stride(from: 0, to: domains.count, by: Self.portion) {
            let part = domains[start..<min(start + Self.portion, domains.count)]
            try await body(try await survey(part.map { ($0.name, $0) }, agents, reportKeys)[...])
        }
        guard includingForgotten else { return }
        // What was declared through the API is not forgotten: somebody may have moved it there.
        let declared = Set(domains.map(\.name) + loaded.declared.map(\.name))
        let forgotten: [DomainName]
        do { forgotten = try await store.ledgerDomains() } catch { throw .store(error) }
        let rest = forgotten.filter { !declared.contains($0) }.sorted()
        for start in stride(from: 0, to: rest.count, by: Self.portion) {
            let part = rest[start..<min(start + Self.portion, rest.count)]
            try await body(try await survey(part.map { ($0, nil) }, agents, reportKeys)[...])
        }
    }

    private func survey(
        _ domains: [(DomainName, DomainDeclaration?)], _ agents: [DomainName: [AgentDeclaration]],
        _ reportKeys: Set<RecordSetKey>
    ) async throws(OperationError) -> [SurveyedDomain] {
        let names = domains.map(\.0)
        var keys: [String: [KeyRecord]] = [:]
        var ledger: [DomainName: [RecordSetKey: LedgerEntry]] = [:]
        do {
            for key in try await store.keys(forDomains: names.map(\.text)) {
                keys[key.id.domain, default: []].append(key)
            }
            for entry in try await store.ledger(forDomains: names) {
                ledger[entry.domain, default: [:]][entry.key] = entry
            }
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .other("\(error)")
        }
        let observer = network.observer
        let zones = await observer.zones(of: names)
        let flattened = await flattened(domains.compactMap { $0.1?.spf?.flatten })
        var states: [DesiredState] = []
        states.reserveCapacity(domains.count)
        var flattenFailures: [DomainName: Finding] = [:]
        for (name, declaration) in domains {
            guard let declaration else {
                states.append(DesiredState(forgotten: name, keyring: keys[name.text] ?? [], now: now))
                continue
            }
            let terms = flattened[declaration.spf?.flatten ?? []] ?? .success([])
            var desired = DesiredState(
                declaration, keyring: keys[name.text] ?? [], reportingDomains: loaded.reportRoutes[name] ?? [],
                flattened: (try? terms.get()) ?? [], agents: agents[name] ?? [], now: now)
            if case .failure(let failure) = terms {
                desired.leaveSPF()
                flattenFailures[name] = FindingCatalogue.flattenFailed(name, failure.reason)
            }
            states.append(desired)
        }
        let observations = await observer.observe(
            zip(states, zones).map { state, zone in
                (state.domain, zone, DomainPlanner.keys(desired: state, ledger: ledger[state.domain] ?? [:]))
            })
        let listed = await self.lists(domains, observations)
        let lists = listed.map { try? $0?.get() }
        var planners = domains.enumerated().map { index, domain in
            DomainPlanner(
                desired: states[index], provider: domain.1?.provider, observation: observations[index],
                ledger: ledger[domain.0] ?? [:], listed: lists[index], desiredElsewhere: reportKeys,
                overlap: domain.1?.keyOverlap ?? DKIMDeclaration().overlap, now: now)
        }
        var outcomes = planners.map { $0.plan() }
        // Only what would change is worth the questions.
        let suspects = zip(planners, outcomes).map { $0.suspects($1) }
        let suspected = domains.indices.filter { !suspects[$0].isEmpty }
        let places = planners.map(\.provider)
        let clear = await parallelMap(suspected, limit: Self.domainsInFlightMax) { index in
            let clear = await observer.seeingThroughWildcards(observations[index], suspects[index])
            return await restored(clear, observations[index], places[index])
        }
        for (index, observation) in zip(suspected, clear) where observation != observations[index] {
            planners[index].observation = observation
            outcomes[index] = planners[index].plan()
        }
        var surveyed: [SurveyedDomain] = []
        surveyed.reserveCapacity(domains.count)
        for (index, (name, declaration)) in domains.enumerated() {
            let (known, observation) = (planners[index].ledger, planners[index].observation)
            var outcome = outcomes[index]
            if let failure = flattenFailures[name] { outcome.findings.append(failure) }
            if case .failure(let failure)? = listed[index], let provider = declaration?.provider {
                outcome.findings.append(FindingCatalogue.unreadableProvider(name, provider, failure.description))
            }
            if declaration == nil, let gone = providerGone(name, known) {
                outcome = DomainPlanner.Outcome()
                outcome.findings = [gone]
            }
            surveyed.append(
                SurveyedDomain(
                    declaration: declaration, desired: states[index], zone: observation.zone, outcome: outcome,
                    ledger: known, keys: keys[name.text] ?? [],
                    differences: lists[index].map { Self.differences(name, $0, observation) } ?? [],
                    schedule: declaration.map {
                        KeySchedule($0, agents: agents[name] ?? [], keyring: keys[name.text] ?? [], now: now)
                    }))
        }
        return surveyed
    }

    /// That nobody can take back what was written for a domain that is no longer declared: its providers are not either.
    private func providerGone(_ name: DomainName, _ ledger: [RecordSetKey: LedgerEntry]) -> Finding? {
        let declared = loaded.whole.providers
        let providers = Set(ledger.values.map(\.provider))
        guard !providers.isEmpty, providers.allSatisfy({ declared[$0] == nil }) else { return nil }
        return FindingCatalogue.providerGone(name, providers.sorted(), records: ledger.count)
    }

    /// Without what was taken for a wildcard's although the provider holds it, or an alias, at the very name.
    private func restored(
        _ clear: DomainObservation, _ seen: DomainObservation, _ id: ProviderID?
    ) async -> DomainObservation {
        let keys = seen.views.keys.filter { clear.views[$0] != seen.views[$0] }
        guard !keys.isEmpty, let provider = id.flatMap({ deciding[$0] ?? listing[$0] }),
            case .found(let context) = seen.zone
        else { return clear }
        let aliases = keys.map { RecordSetKey($0.name, .cname) }
        // What cannot be read is taken for the wildcard's: the write looks again.
        guard let standing = try? await provider.recordSets(in: context.apex, keys: keys + aliases) else {
            return clear
        }
        var result = clear
        for (key, alias) in zip(keys, aliases) where standing[key] != nil || standing[alias] != nil {
            result.views[key] = seen.views[key]
        }
        return result
    }

    /// What each list of includes stands for; each is resolved once, however many domains have it.
    private func flattened(
        _ lists: [[DomainName]]
    ) async -> [[DomainName]: Result<[SPFTerm], SPFFlattener.Failure>] {
        let lists = Array(Set(lists.filter { !$0.isEmpty }))
        guard !lists.isEmpty else { return [:] }
        let flattener = SPFFlattener(resolver: RememberingResolver(network))
        let results = await parallelMap(lists, limit: Self.domainsInFlightMax) { await flattener.flatten($0) }
        return Dictionary(uniqueKeysWithValues: zip(lists, results))
    }

    /// The providers' own lists, where there are credentials and the read works; a failure leaves DNS as the only word.
    /// A zone is asked for once, for all its domains, each of which is given the whole answer.
    private func lists(
        _ domains: [(DomainName, DomainDeclaration?)], _ observations: [DomainObservation]
    ) async -> [Result<[RecordSetKey: RecordSet], ProviderError>?] {
        guard !listing.isEmpty else { return Array(repeating: nil, count: domains.count) }
        let zones = zip(domains, observations).map { domain, observation -> ListedZone? in
            guard let id = domain.1?.provider, listing[id] != nil, case .found(let context) = observation.zone
            else { return nil }
            return ListedZone(provider: id, apex: context.apex)
        }
        var keys: [ListedZone: Set<RecordSetKey>] = [:]
        for (zone, observation) in zip(zones, observations) {
            if let zone { keys[zone, default: []].formUnion(observation.views.keys) }
        }
        let answers = await parallelMap(Array(keys), limit: Applier.zonesInFlightMax) {
            zone, keys -> (ListedZone, Result<[RecordSetKey: RecordSet], ProviderError>) in
            do throws(ProviderError) {
                return (zone, .success(try await listing[zone.provider]!.recordSets(in: zone.apex, keys: Array(keys))))
            } catch {
                return (zone, .failure(error))
            }
        }
        let lists = Dictionary(uniqueKeysWithValues: answers)
        return zones.map { $0.flatMap { lists[$0] } }
    }

    private struct ListedZone: Hashable {
        var provider: ProviderID
        var apex: DomainName
    }

    private static func differences(
        _ domain: DomainName, _ listed: [RecordSetKey: RecordSet], _ observation: DomainObservation
    ) -> [ProviderDifference] {
        observation.views.keys.sorted().compactMap { key in
            for view in observation.views[key]! {
                let served: RecordSet?
                switch view.state {
                case .present(let set): served = set
                case .absent: served = nil
                case .alias, .delegatedAway, .failed: continue
                }
                let same =
                    switch (served, listed[key]) {
                    case (nil, nil): true
                    case (let served?, let listed?): served.sameData(as: listed)
                    default: false
                    }
                if !same {
                    return ProviderDifference(domain: domain, key: key, listed: listed[key], served: served)
                }
            }
            return nil
        }
    }

    /// RFC 9990 §4: which reports go to an address at another declared domain, by the domain that receives them.
    static func reportRoutes(_ manifest: Manifest) -> [DomainName: [ReportRoute]] {
        var routes: [DomainName: Set<ReportRoute>] = [:]
        // A domain that was declared through the API asks for no record at one of the manifest's.
        let declared = Set(manifest.domains.filter { $0.provider != DeclaredDomain.provider }.map(\.name))
        for domain in manifest.domains where domain.provider != DeclaredDomain.provider {
            guard let record = domain.dmarc?.record else { continue }
            for uri in record.aggregateReports + record.failureReports {
                guard let receiving = DMARCReportDestination.host(of: uri) else { continue }
                if receiving.isEqualOrBelow(domain.name) || domain.name.isEqualOrBelow(receiving) { continue }
                var owner: DomainName? = receiving
                while let name = owner, !declared.contains(name) { owner = name.parent }
                guard let owner else { continue }
                routes[owner, default: []].insert(ReportRoute(reporting: domain.name, receiving: receiving))
            }
        }
        return routes.mapValues { $0.sorted { ($0.reporting, $0.receiving) < ($1.reporting, $1.receiving) } }
    }
}
