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

/// A look at domains that several callers share.
struct DomainsLook: Sendable {
    /// For how long it is handed out again: whoever reloads a page does not ask every server anew.
    private static let kept = Duration.seconds(15)

    var manifest: ManifestVersion
    var number: Int
    var task: Task<Result<DomainsOverview, OperationError>, Never>
    /// nil: it is being taken.
    var endedAt: Date?

    /// While it is being taken, and for 15 s afterwards. One that ended in the future is none: the clock was set back.
    func isShared(_ manifest: ManifestVersion, at now: Date) -> Bool {
        guard manifest == self.manifest else { return false }
        guard let endedAt else { return true }
        return (0..<Self.kept.timeInterval).contains(now.timeIntervalSince(endedAt))
    }
}

extension Desk {
    /// Where each domain stands, as `Signet.status` sees it; a look that ended less than 15 s ago, or still goes on, is shared.
    /// Writes nothing. A token that is bound to agents sees their domains.
    package func domainStates(by caller: Caller) async throws(OperationError) -> DomainsOverview {
        try caller.authorised(to: .lookAtDomains, for: nil)
        let opened = try await opened()
        var overview = try await look(opened, at: nil).value.get()
        if let names = Self.visible(caller, opened) { overview.states.removeAll { !names.contains($0.domain) } }
        return overview
    }

    /// nil: all of them.
    private static func visible(_ caller: Caller, _ opened: Opened) -> Set<DomainName>? {
        caller.agents.map { agents in
            Set(opened.loaded.manifest.agents.filter { agents.contains($0.id) }.map(\.domain))
        }
    }

    /// - Parameter name: the one domain that is looked at; nil: all.
    private func look(
        _ opened: Opened, at name: DomainName?
    ) -> Task<Result<DomainsOverview, OperationError>, Never> {
        let now = now
        let version = opened.loaded.version
        if let last = domainsLooks[name], last.isShared(version, at: now) { return last.task }
        // There are never more than those of the last 15 s.
        domainsLooks = domainsLooks.filter { $0.value.isShared(version, at: now) }
        domainsLooksCount += 1
        let number = domainsLooksCount
        let task = Task { [signet, scope] in
            let result = await Self.observe(opened, signet, scope, name, at: now)
            if domainsLooks[name]?.number == number { domainsLooks[name]?.endedAt = self.now }
            return result
        }
        domainsLooks[name] = DomainsLook(manifest: version, number: number, task: task)
        return task
    }

    private static func observe(
        _ opened: Opened, _ signet: Signet, _ scope: Scope, _ name: DomainName?, at time: Date
    ) async -> Result<DomainsOverview, OperationError> {
        do throws(OperationError) {
            var loaded = opened.loaded
            if let name { loaded.manifest.domains.removeAll { $0.name != name } }
            let states = try await signet.states(
                scope, loaded, store: opened.session.store, network: opened.session.network, remembering: .nothing,
                deadline: time, progress: { _ in })
            return .success(DomainsOverview(observedAt: time, states: states))
        } catch {
            return .failure(error)
        }
    }

    /// How many of its verifications a domain's history has.
    package static let domainHistoryMax = 20

    /// One domain's state, and the log's latest verifications of it, newest first. Where no look at all domains is at hand,
    /// only this one is looked at.
    package func domain(
        _ name: String, by caller: Caller
    ) async throws(OperationError) -> (observedAt: Date, state: DomainState, history: [LogRecord]) {
        try caller.authorised(to: .lookAtDomains, for: nil)
        let opened = try await opened()
        guard let name = try? DomainName(name), opened.loaded.manifest.domain(name) != nil,
            Self.visible(caller, opened)?.contains(name) ?? true
        else { throw .notFound("no such domain is declared") }
        let all = domainsLooks[nil].flatMap { $0.endedAt == nil ? nil : $0 }
        let isAtHand = all?.isShared(opened.loaded.version, at: now) == true
        let overview = try await look(opened, at: isAtHand ? nil : name).value.get()
        guard let state = overview.states.first(where: { $0.domain == name }) else {
            throw .notFound("no such domain is declared")
        }
        let query = LogQuery(
            kinds: [.domainVerified], domain: state.domain.text, limit: Self.domainHistoryMax)
        do {
            let page = try await opened.session.log.records(query)
            return (overview.observedAt, state, page.records.reversed())
        } catch {
            throw OperationError(error)
        }
    }
}
