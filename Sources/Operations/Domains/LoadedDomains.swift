import DNS
import Diagnostics
import Keys
import Manifest
import Reconcile

extension Signet {
    /// The manifest, with the domains beside it that were declared through the API (decision 9).
    ///
    /// - Parameter access: how the caller will open the state: `readWrite` brings an older file up first.
    func loadWithDeclared(_ scope: Scope, _ access: StoreAccess = .readOnly) async throws(OperationError)
        -> LoadedManifest
    {
        let own = try load(Scope(manifestPath: scope.manifestPath))
        return try own.adding(try await declaredDomains(own, access)).narrowed(to: scope.domains)
    }

    /// As it stands now, asked through the store that is open already; the files are not parsed for it.
    func version(_ scope: Scope, _ opened: Desk.Opened) async throws(OperationError) -> ManifestVersion {
        ManifestVersion(
            digest: try manifestDigest(scope), declared: try await Self.declaredDomains(in: opened.session.store))
    }

    /// What was declared through the API, by name.
    func declaredDomains(
        _ loaded: LoadedManifest, _ access: StoreAccess
    ) async throws(OperationError) -> [DeclaredDomain] {
        try await Self.declaredDomains(in: try openPlainStore(loaded, access))
    }

    private static func declaredDomains(in store: any StateStore) async throws(OperationError) -> [DeclaredDomain] {
        guard let store = store as? any DeclaredDomainStore else { return [] }
        do { return try await store.declaredDomains() } catch { throw .store(error) }
    }
}

/// What an open manifest was made from.
struct ManifestVersion: Sendable, Equatable {
    var digest: SHA256Digest
    var declared: [DeclaredDomain]
}

extension LoadedManifest {
    var version: ManifestVersion { ManifestVersion(digest: digest, declared: declared) }

    /// Aware of what was declared elsewhere, and without its domains. That an agent's domain is not in the files is no news
    /// where all of them are declared.
    func aware(of declared: [DeclaredDomain]) -> LoadedManifest {
        var result = self
        result.declared = declared
        let known = Set(manifest.domains.map(\.name) + declared.map(\.name))
        if manifest.agents.allSatisfy({ known.contains($0.domain) }) {
            result.diagnostics.removeAll { $0.code == Self.undeclaredAgentDomain }
        }
        return result
    }

    private static let undeclaredAgentDomain: Diagnostic.Code = "AGT002"

    /// With what was declared elsewhere. The manifest's own word wins: a domain of the same name stays as it stands there.
    func adding(_ declared: [DeclaredDomain]) -> LoadedManifest {
        guard !declared.isEmpty else { return self }
        var result = aware(of: declared)
        let own = Set(manifest.domains.map(\.name))
        let added = declared.filter { !own.contains($0.name) }.compactMap { $0.declaration(in: manifest) }
        guard !added.isEmpty else { return result }
        result.manifest.domains = (manifest.domains + added).sorted { $0.name < $1.name }
        result.manifest.providers[DeclaredDomain.provider] = ProviderDeclaration(
            id: DeclaredDomain.provider, kind: .manual, span: manifest.inherited.span)
        return result
    }

    /// With these domains only; none named: with all.
    func narrowed(to names: [String]) throws(OperationError) -> LoadedManifest {
        guard !names.isEmpty else { return self }
        var wanted = Set<DomainName>()
        for text in names {
            let name: DomainName
            do { name = try DomainName(text) } catch { throw .other("\(text) is not a domain name: \(error)") }
            guard manifest.domain(name) != nil else {
                let near = Suggestion.closest(to: name.text, among: manifest.domains.lazy.map(\.name.text))
                throw .other(
                    "\(name) is not a domain of the manifest; "
                        + (near.map { "did you mean \($0)?" } ?? "declare it under `domains`"))
            }
            wanted.insert(name)
        }
        var result = self
        result.manifest.domains.removeAll { !wanted.contains($0.name) }
        return result
    }
}
