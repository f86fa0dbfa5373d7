import DNS
package import Manifest

extension Desk {
    /// The domains that are declared, in the manifest's order.
    package nonisolated func domains(by caller: Caller) async throws(OperationError) -> [DomainDeclaration] {
        try caller.authorised(to: .readDomains, for: nil)
        return try await opened().loaded.manifest.domains
    }

    /// As `Signet.verify`, of one domain: what DNS serves now.
    package nonisolated func verifyDomain(
        _ name: String, by caller: Caller
    ) async throws(OperationError) -> DomainState {
        try caller.authorised(to: .verifyDomain, for: nil)
        let declared = try await opened().loaded.manifest.domains
        guard let name = try? DomainName(name), declared.contains(where: { $0.name == name }) else {
            throw .notFound("no such domain is declared")
        }
        let states = try await signet.verify(
            Scope(manifestPath: scope.manifestPath, domains: [name.text]), progress: { _ in })
        guard let state = states.first else { throw .notFound("no such domain is declared") }
        return state
    }
}
