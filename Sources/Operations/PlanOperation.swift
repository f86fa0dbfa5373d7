import DNS
import Diagnostics
import FoundationEssentials
package import Keys
import Manifest
package import Reconcile

package struct PlanOptions: Sendable {
    package enum Credentials: Sendable {
        /// DNS alone: what a pull request from anybody may run.
        case never
        /// The provider's own list too, where its credentials can be read.
        case ifAvailable
    }

    package var credentials: Credentials

    package init(credentials: Credentials = .ifAvailable) {
        self.credentials = credentials
    }
}

extension Signet {
    /// What apply would change. Writes nothing, neither in DNS nor in the store.
    package func plan(
        _ scope: Scope, options: PlanOptions, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> PlanReport {
        let files = try load(scope)
        let loaded = files.aware(of: try await declaredDomains(files, .readOnly))
        let store = try openStore(loaded, .readOnly)
        let network = try await self.network(loaded, store)
        let listing =
            options.credentials == .never ? [:] : await listingProviders(loaded, store: store, network: network)
        return try await plan(
            scope, loaded, store: store, network: network, listing: listing, progress: progress
        ).report
    }

    /// What has moved away from the manifest, by DNS alone.
    package func drift(
        _ scope: Scope, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> DriftReport {
        let files = try load(scope)
        let loaded = files.aware(of: try await declaredDomains(files, .readOnly))
        let store = try openStore(loaded, .readOnly)
        let network = try await self.network(loaded, store)
        let planned = try await plan(scope, loaded, store: store, network: network, progress: progress)
        return DriftReport(
            plan: planned.report,
            upcoming: planned.upcoming.sorted {
                ($0.step.dueAt ?? .distantFuture, $0.key) < ($1.step.dueAt ?? .distantFuture, $1.key)
            })
    }

    struct Planned {
        var report: PlanReport
        /// What Signet wrote and no longer wants, and of which DNS shows nothing.
        var absent: [LedgerEntry] = []
        /// Intents that a killed apply left open.
        var openIntents: [LedgerEntry] = []
        /// Keys of changed domains.
        var keys: [KeyID: KeyRecord] = [:]
        /// Keys whose record every server serves, in an earlier state than that.
        var publishedKeys: [KeyID] = []
        /// DKIM keys that have stopped signing, or are to stop now.
        var supersededKeys: [KeyRecord] = []
        /// Keys whose record every server serves as revoked.
        var revokedKeys: [KeyRecord] = []
        /// Keys that are revoked once their record is written.
        var revocableKeys: [KeyRecord] = []
        /// Keys that need no record, and have none.
        var goneKeys: [KeyRecord] = []
        /// Keys that need no record, once it is deleted.
        var removableKeys: [KeyRecord] = []
        /// What the declared domains' keys come to next by themselves, and not yet.
        var upcoming: [UpcomingKeyStep] = []
    }

    func plan(
        _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork,
        listing: [ProviderID: any ZoneProvider] = [:], deciding: [ProviderID: any ZoneProvider] = [:],
        allowsNewApprovers: Bool = false, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> Planned {
        progress(.observing(domains: loaded.manifest.domains.count))
        let survey = Survey(
            loaded: loaded, store: store, network: network, listing: listing, deciding: deciding,
            now: ports.clock.now())
        var plan = Plan(manifestDigest: loaded.digest, domainCount: loaded.manifest.domains.count)
        var planned = Planned(
            report: PlanReport(plan: plan, diagnostics: loaded.diagnostics, files: loaded.files))
        do {
            plan.agents = AgentPlanner.changes(
                declared: loaded.manifest.agents, registered: try await store.agents(),
                within: scope.domains.isEmpty ? nil : Set(loaded.manifest.domains.map(\.name)))
            planned.report.approvers = RegisteredApprover.changes(
                try await store.approvers(), declared: loaded.manifest.approvers, allowsNew: allowsNewApprovers)
        } catch {
            throw .store(error)
        }
        var differences: [ProviderDifference] = []
        try await survey.run(includingForgotten: scope.domains.isEmpty) { domains throws(OperationError) in
            for domain in domains {
                plan.keys += domain.outcome.keys
                plan.changes += domain.outcome.changes
                plan.findings += domain.outcome.findings
                differences += domain.differences
                planned.absent += domain.outcome.absent.compactMap { domain.ledger[$0] }
                planned.openIntents += domain.ledger.values.filter { $0.outcome == .intended }
                planned.note(domain, now: survey.now)
            }
        }
        // A provider that is down is down for all its domains.
        var unreadable: Set<String> = []
        plan.findings.removeAll {
            $0.code == FindingCatalogue.unreadableProviderCode && !unreadable.insert($0.detail).inserted
        }
        let twice = Set(loaded.declared.map(\.name))
        plan.findings += loaded.manifest.domains.filter { twice.contains($0.name) }
            .map { FindingCatalogue.declaredTwice($0.name) }
        plan.keys.sort { $0.id < $1.id }
        plan.changes.sort { left, right in
            (left.stage.rawValue, left.domain, left.key) < (right.stage.rawValue, right.domain, right.key)
        }
        plan.findings.sort { ($0.domain, $0.code.rawValue, $0.detail) < ($1.domain, $1.code.rawValue, $1.detail) }
        planned.report.plan = plan
        planned.report.providerDifferences = differences
        return planned
    }

    // MARK: ports

    func openStore(_ loaded: LoadedManifest, _ access: StoreAccess) throws(OperationError) -> any StateStore {
        do {
            let store = try ports.openStore(statePath(loaded), access)
            guard access == .readWrite, let log = ports.log else { return store }
            return LoggedStore(store, log: log, path: statePath(loaded), clock: ports.clock)
        } catch { throw .store(error) }
    }

    /// The store itself, with all that it keeps besides state: its user writes the log.
    func openPlainStore(_ loaded: LoadedManifest, _ access: StoreAccess) throws(OperationError) -> any StateStore {
        do { return try ports.openStore(statePath(loaded), access) } catch { throw .store(error) }
    }

    func network(_ loaded: LoadedManifest, _ store: any StateStore) async throws(OperationError) -> any DNSNetwork {
        // A domain's neighbours have to be found too, whether they are asked about or not.
        var all = loaded
        all.manifest = loaded.whole
        do { return try await ports.network(all.adding(loaded.declared).manifest, store) } catch {
            throw .other("\(error)")
        }
    }

    /// Every provider of the manifest; their credentials are read when they are first used. No write of theirs outlives a
    /// lease of this time.
    func providers(
        _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork,
        lease: Duration = LeaseKeeper.durationDefault
    ) throws(OperationError) -> [ProviderID: any ZoneProvider] {
        var providers: [ProviderID: any ZoneProvider] = [:]
        for (id, declaration) in loaded.manifest.providers {
            do {
                providers[id] = try ports.provider(
                    declaration, loaded.folder, store, network, LeaseKeeper.writeTimeout(of: lease))
            } catch {
                throw .other("provider \(id): \(error)")
            }
        }
        return providers
    }

    /// Those whose credentials can be read here and now.
    private func listingProviders(
        _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork
    ) async -> [ProviderID: any ZoneProvider] {
        guard let all = try? providers(loaded, store: store, network: network) else { return [:] }
        var available: [ProviderID: any ZoneProvider] = [:]
        for (id, declaration) in loaded.manifest.providers {
            switch declaration.kind {
            case .embedded: available[id] = all[id]
            case .manual: break
            case .powerDNS(let settings):
                if (try? await ports.secrets.secret(settings.apiKey, relativeTo: loaded.folder)) != nil {
                    available[id] = all[id]
                }
            }
        }
        return available
    }
}

package struct DriftReport: Sendable {
    package var plan: PlanReport
    /// What keys come to by themselves, later: no difference yet. The next first.
    package var upcoming: [UpcomingKeyStep]

    package init(plan: PlanReport, upcoming: [UpcomingKeyStep] = []) {
        self.plan = plan
        self.upcoming = upcoming
    }
}

package struct UpcomingKeyStep: Sendable, Equatable {
    package var key: KeyID
    package var step: KeyStep

    package init(key: KeyID, step: KeyStep) {
        self.key = key
        self.step = step
    }
}

extension Signet.Planned {
    fileprivate mutating func note(_ domain: SurveyedDomain, now: Date) {
        if !domain.outcome.changes.isEmpty {
            for key in domain.keys { keys[key.id] = key }
        }
        let served = Set(domain.outcome.inSync.map(\.key.name.text))
        if let schedule = domain.schedule {
            for key in domain.keys {
                guard let step = schedule.next(key), let dueAt = step.dueAt, dueAt > now else { continue }
                upcoming.append(UpcomingKeyStep(key: key.id, step: step))
            }
        }
        let life = domain.desired.dkimKeys
        let revocable = domain.desired.agentKeys.revocable + life.revocable
        for key in revocable {
            let isRecorded = domain.desired.recordSets.contains { $0.key.name.text == key.id.description }
            if !isRecorded || served.contains(key.id.description) {
                revokedKeys.append(key)
            } else {
                revocableKeys.append(key)
            }
        }
        supersededKeys += life.superseded
        let owned = Set(domain.ledger.keys.map(\.name.text))
        let absent = Set(domain.outcome.absent.map(\.name.text))
        for key in life.removable + domain.desired.agentKeys.removable {
            if !owned.contains(key.id.description) || absent.contains(key.id.description) {
                goneKeys.append(key)
            } else {
                removableKeys.append(key)
            }
        }
        let idle = Set((revocable + life.removable + domain.desired.agentKeys.removable).map(\.id))
        for key in domain.keys
        where key.state == .generated && served.contains(key.id.description) && !idle.contains(key.id) {
            publishedKeys.append(key.id)
        }
    }
}
