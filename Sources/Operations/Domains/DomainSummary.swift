import Audit
import DNS
package import FoundationEssentials
package import Keys
package import Manifest
import Reconcile
import SendGate

/// A declared domain, with what its owner publishes, and what the log last said of it. Made without asking DNS.
package struct DomainSummary: Sendable {
    package enum Source: String, Sendable, CaseIterable {
        case manifest, api
    }

    /// The latest look at it that is in the log.
    package struct Verification: Sendable, Equatable {
        package var status: DomainState.Status
        package var at: Date
    }

    package var declaration: DomainDeclaration
    package var source: Source
    /// When it was declared, through the API.
    package var createdAt: Date?
    /// The selectors that sign, or will: that of the declared type first.
    package var selectors: [String]
    /// What is to be published; of keys that exist.
    package var records: [RecordsReport.Entry]
    /// Keys that are wanted and not made yet, so that their records are missing above.
    package var missingKeys: [KeyID]
    /// nil: nobody has looked yet.
    package var verification: Verification?
}

extension Signet {
    /// The domains of a manifest, in its order, as the store and the log know them.
    func summaries(
        _ loaded: LoadedManifest, store: any StateStore, log: any AuditTrail
    ) async throws(OperationError) -> [DomainSummary] {
        let keys = Dictionary(grouping: try await keyRecords(loaded, store), by: \.id.domain)
        let desired = desiredStates(loaded, keys)
        var summaries: [DomainSummary] = []
        for (domain, desired) in zip(loaded.manifest.domains, desired) {
            let entry: LogRecord?
            do {
                entry = try await log.records(
                    LogQuery(kinds: [.domainVerified], domain: domain.name.text, limit: 1)
                ).records.last
            } catch { throw .log(error) }
            let isDeclared = domain.provider == DeclaredDomain.provider
            summaries.append(
                DomainSummary(
                    declaration: domain, source: isDeclared ? .api : .manifest,
                    createdAt: isDeclared ? loaded.declared.first { $0.name == domain.name }?.createdAt : nil,
                    selectors: desired.signingKeys.map(\.selector), records: Self.entries(desired),
                    missingKeys: desired.missingKeys.map(\.id),
                    verification: entry.flatMap { DomainSummary.Verification($0) }))
        }
        return summaries
    }

    /// As `records` shows them.
    func desiredStates(_ loaded: LoadedManifest, _ keys: [String: [KeyRecord]]) -> [DesiredState] {
        let routes = Survey.reportRoutes(loaded.manifest)
        let agents = Dictionary(grouping: loaded.manifest.agents, by: \.domain)
        return loaded.manifest.domains.map { domain in
            DesiredState(
                domain, keyring: keys[domain.name.text] ?? [], reportingDomains: routes[domain.name] ?? [],
                agents: agents[domain.name] ?? [], now: ports.clock.now())
        }
    }

    static func entries(_ desired: DesiredState) -> [RecordsReport.Entry] {
        desired.recordSets.map { set in
            RecordsReport.Entry(domain: desired.domain, key: set.key, recordSet: set.alone, reason: set.purpose)
        }
    }
}

extension DomainSummary.Verification {
    /// Of a `domain.verified` entry: `verify` writes the status itself, the look before a send its two halves.
    init?(_ record: LogRecord) {
        let content = record.content
        at = Date(timeIntervalSince1970: Double(content.timeMilliseconds) / 1000)
        if case .text(let word)? = content.details["status"], let status = DomainState.Status(rawValue: word) {
            self.status = status
            return
        }
        guard case .text(let convergence)? = content.details["convergence"],
            case .text(let alignment)? = content.details["alignment"]
        else { return nil }
        switch (GateFacts.Convergence(rawValue: convergence), GateFacts.Alignment(rawValue: alignment)) {
        case (_, .misaligned?): status = .misaligned
        case (.notConverged?, _): status = .propagating
        case (.converged?, .aligned?): status = .aligned
        default: status = .unknown
        }
    }
}
