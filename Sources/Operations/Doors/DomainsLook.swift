package import Audit
import DNS
package import FoundationEssentials
import Manifest

/// Where every domain stands, by one look at DNS.
package struct DomainsOverview: Sendable {
    package var observedAt: Date
    /// In the manifest's order.
    package var states: [DomainState]
}

/// A look at the domains that several callers share.
struct DomainsLook: Sendable {
    var manifest: ManifestVersion
    var begunAt: Date
    var task: Task<Result<DomainsOverview, OperationError>, Never>
}

extension Desk {
    /// For how long a look is handed out again: whoever reloads a page does not ask every server anew.
    private static let domainsLookKept = Duration.seconds(15)

    /// Where each domain stands, as `Signet.status` sees it; a look that is younger than 15 s is shared. Writes nothing. A
    /// token that is bound to agents sees their domains.
    package func domainStates(by caller: Caller) async throws(OperationError) -> DomainsOverview {
        try caller.authorised(to: .lookAtDomains, for: nil)
        let opened = try await opened()
        var overview = try await look(opened).value.get()
        if let agents = caller.agents {
            let names = Set(opened.loaded.manifest.agents.filter { agents.contains($0.id) }.map(\.domain))
            overview.states.removeAll { !names.contains($0.domain) }
        }
        return overview
    }

    private func look(_ opened: Opened) -> Task<Result<DomainsOverview, OperationError>, Never> {
        let now = now
        if let last = domainsLook, last.manifest == opened.loaded.version,
            now.timeIntervalSince(last.begunAt) < Self.domainsLookKept.timeInterval
        {
            return last.task
        }
        let task = Task { [signet, scope] in await Self.observe(opened, signet, scope, at: now) }
        domainsLook = DomainsLook(manifest: opened.loaded.version, begunAt: now, task: task)
        return task
    }

    private static func observe(
        _ opened: Opened, _ signet: Signet, _ scope: Scope, at time: Date
    ) async -> Result<DomainsOverview, OperationError> {
        do throws(OperationError) {
            let states = try await signet.states(
                scope, opened.loaded, store: opened.session.store, network: opened.session.network,
                remembering: .nothing,
                deadline: time, progress: { _ in })
            return .success(DomainsOverview(observedAt: time, states: states))
        } catch {
            return .failure(error)
        }
    }

    /// How many of its verifications a domain's history has.
    package static let domainHistoryMax = 20

    /// One domain's state, and the log's latest verifications of it, newest first.
    package func domain(
        _ name: String, by caller: Caller
    ) async throws(OperationError) -> (observedAt: Date, state: DomainState, history: [LogRecord]) {
        let overview = try await domainStates(by: caller)
        guard let state = overview.states.first(where: { $0.domain.text == name }) else {
            throw .notFound("no such domain is declared")
        }
        let query = LogQuery(
            kinds: [.domainVerified], domain: state.domain.text, limit: Self.domainHistoryMax)
        do {
            let page = try await opened().session.log.records(query)
            return (overview.observedAt, state, page.records.reversed())
        } catch {
            throw OperationError(error)
        }
    }
}
