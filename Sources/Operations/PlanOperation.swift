import DNS
import Diagnostics
import FoundationEssentials
import Keys
import Manifest
import Reconcile

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
        let loaded = try load(scope)
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
        DriftReport(plan: try await plan(scope, options: PlanOptions(credentials: .never), progress: progress))
    }

    struct Planned {
        var report: PlanReport
        /// Signet's own data in what each change leaves.
        var owned: [RecordSetKey: [RecordData]] = [:]
        /// The entries of record sets that change.
        var ledger: [RecordSetKey: LedgerEntry] = [:]
        /// Intents that a killed apply left open.
        var openIntents: [LedgerEntry] = []
        /// Keys of changed domains.
        var keys: [KeyID: KeyRecord] = [:]
        /// Keys whose record every server serves, in an earlier state than that.
        var publishedKeys: [KeyID] = []
        /// Keys that the manifest no longer asks for, still signing or about to.
        var surplusKeys: [KeyRecord] = []
        /// Agents' keys whose record every server serves as revoked, and those that never had one.
        var revokedKeys: [KeyRecord] = []
        /// Agents' keys that are revoked once their record is written.
        var revocableKeys: [KeyRecord] = []
    }

    func plan(
        _ scope: Scope, _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork,
        listing: [ProviderID: any ZoneProvider], progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> Planned {
        progress(.observing(domains: loaded.manifest.domains.count))
        let survey = Survey(loaded: loaded, store: store, network: network, listing: listing, now: ports.clock.now())
        var plan = Plan(manifestDigest: loaded.digest, domainCount: loaded.manifest.domains.count)
        var planned = Planned(
            report: PlanReport(
                plan: plan, digest: PlanDocument.digest(plan), diagnostics: loaded.diagnostics, files: loaded.files))
        do {
            plan.agents = AgentPlanner.changes(
                declared: loaded.manifest.agents, registered: try await store.agents(),
                within: scope.domains.isEmpty ? nil : Set(loaded.manifest.domains.map(\.name)))
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
                for change in domain.outcome.changes {
                    planned.owned[change.key] = domain.outcome.owned[change.key]
                    planned.ledger[change.key] = domain.ledger[change.key]
                }
                planned.openIntents += domain.ledger.values.filter { $0.outcome == .intended }
                planned.note(domain)
            }
        }
        plan.keys.sort { $0.id < $1.id }
        plan.changes.sort { left, right in
            (left.stage.rawValue, left.domain, left.key) < (right.stage.rawValue, right.domain, right.key)
        }
        plan.findings.sort { ($0.domain, $0.code.rawValue, $0.detail) < ($1.domain, $1.code.rawValue, $1.detail) }
        planned.report.plan = plan
        planned.report.digest = PlanDocument.digest(plan)
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
        do { return try await ports.network(loaded.manifest, store) } catch { throw .other("\(error)") }
    }

    /// Every provider of the manifest; their credentials are read when they are first used.
    func providers(
        _ loaded: LoadedManifest, store: any StateStore, network: any DNSNetwork
    ) throws(OperationError) -> [ProviderID: any ZoneProvider] {
        var providers: [ProviderID: any ZoneProvider] = [:]
        for (id, declaration) in loaded.manifest.providers {
            do { providers[id] = try ports.provider(declaration, loaded.folder, store, network) } catch {
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
    package init(plan: PlanReport) { self.plan = plan }
}

extension Signet.Planned {
    fileprivate mutating func note(_ domain: SurveyedDomain) {
        if !domain.outcome.changes.isEmpty {
            for key in domain.keys { keys[key.id] = key }
        }
        let served = Set(domain.outcome.inSync.map(\.key.name.text))
        for key in domain.desired.agentKeys.revocable {
            let isRecorded = domain.desired.recordSets.contains { $0.key.name.text == key.id.description }
            if !isRecorded || served.contains(key.id.description) {
                revokedKeys.append(key)
            } else {
                revocableKeys.append(key)
            }
        }
        surplusKeys += domain.desired.surplusKeys.filter { $0.state == .published || $0.state == .active }
        let revocable = Set(domain.desired.agentKeys.revocable.map(\.id))
        for key in domain.keys
        where key.state == .generated && served.contains(key.id.description) && !revocable.contains(key.id) {
            publishedKeys.append(key.id)
        }
    }
}
