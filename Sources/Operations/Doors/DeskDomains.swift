import Audit
import DNS
package import Manifest

/// A page of the domains, by name.
package struct DomainPage: Sendable {
    package var domains: [DomainSummary]
    package var hasMore: Bool
}

extension Desk {
    /// Declares a domain beside the manifest's, makes its keys, and says what to publish. The same request again gives the
    /// same domain; one with other content, or for a domain of the manifest, is a conflict.
    package func addDomain(
        _ request: DomainRequest, by caller: Caller
    ) async throws(OperationError) -> (domain: DomainSummary, isNew: Bool) {
        try caller.authorised(to: .addDomain, for: nil)
        // One after the other: two of the same name at once would each make its keys.
        let earlier = declaring
        let task = Task<Result<(DomainSummary, Bool), OperationError>, Never> {
            _ = await earlier?.value
            do throws(OperationError) { return .success(try await self.declare(request)) } catch {
                return .failure(error)
            }
        }
        declaring = Task { _ = await task.value }
        let (domain, isNew) = try await task.value.get()
        return (domain, isNew)
    }

    private func declare(_ request: DomainRequest) async throws(OperationError) -> (DomainSummary, Bool) {
        // With what other processes have declared meanwhile.
        try await refresh()
        let (domain, isNew) = try await DomainIntake(session: try await opened().session)
            .declare(request, try await opened().loaded)
        try await refresh()
        // A look that began before does not have it.
        if try await !opened().loaded.declared.contains(where: { $0.name == domain.name }) { try await refresh() }
        return (try await summary(of: domain.name), isNew)
    }

    /// The domains that are declared, in the order of their names.
    package nonisolated func domains(by caller: Caller) async throws(OperationError) -> [DomainDeclaration] {
        try caller.authorised(to: .readDomains, for: nil)
        return try await opened().loaded.manifest.domains
    }

    /// A page of them with what is to be published.
    ///
    /// - Parameter after: the last name that the caller has seen already.
    package nonisolated func domains(
        after: String?, countMax: Int, by caller: Caller
    ) async throws(OperationError) -> DomainPage {
        try caller.authorised(to: .readDomains, for: nil)
        let opened = try await opened()
        var rest = opened.loaded.manifest.domains[...]
        if let after {
            let name = DomainName(canonical: after)
            rest = rest.drop { !(name < $0.name) }
        }
        let page = try await summaries(Array(rest.prefix(countMax)), opened)
        return DomainPage(domains: page, hasMore: rest.count > page.count)
    }

    package nonisolated func domain(
        named name: String, by caller: Caller
    ) async throws(OperationError) -> DomainSummary {
        try caller.authorised(to: .readDomains, for: nil)
        guard let name = try? DomainName(name) else { throw .notFound("no such domain is declared") }
        return try await summary(of: name)
    }

    private nonisolated func summary(of name: DomainName) async throws(OperationError) -> DomainSummary {
        let opened = try await opened()
        guard let domain = opened.loaded.manifest.domain(name),
            let summary = try await summaries([domain], opened).first
        else { throw .notFound("no such domain is declared") }
        return summary
    }

    private nonisolated func summaries(
        _ domains: [DomainDeclaration], _ opened: Opened
    ) async throws(OperationError) -> [DomainSummary] {
        // Reports to one of the others are no part of these.
        var page = opened.loaded
        page.manifest.domains = domains
        return try await signet.summaries(page, store: opened.session.store, log: opened.session.log)
    }

    /// Where one domain stands, by what DNS serves now. It is remembered since when every server has agreed, and keys whose
    /// record has converged sign from now on, as after `Signet.wait`.
    package nonisolated func verifyDomain(
        _ name: String, by caller: Caller
    ) async throws(OperationError) -> DomainState {
        try caller.authorised(to: .verifyDomain, for: nil)
        let opened = try await opened()
        guard let name = try? DomainName(name), opened.loaded.manifest.domain(name) != nil
        else { throw .notFound("no such domain is declared") }
        let session = opened.session
        let state = try await signet.state(
            of: name, scope, opened.loaded, store: session.loggedStore, network: session.network,
            remembering: .looksAndKeys)
        guard let state else { throw .notFound("no such domain is declared") }
        try await signet.record([state], opened.loaded)
        return state
    }
}
