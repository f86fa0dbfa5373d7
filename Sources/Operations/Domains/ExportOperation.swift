package import DNS
import Manifest

/// What was declared through the API, as a manifest.
package struct ExportReport: Sendable {
    package var domains: [DomainName]
    /// YAML, valid as it stands.
    package var octets: [UInt8]
    /// Declared and not written: the manifest has them itself, or says of none declared beside it who may send.
    package var leftOut: [DomainName]

    package init(domains: [DomainName], octets: [UInt8], leftOut: [DomainName] = []) {
        self.domains = domains
        self.octets = octets
        self.leftOut = leftOut
    }
}

extension Signet {
    /// Writes the domains that were declared through the API as they hold now. Reads only.
    package func export(_ scope: Scope) async throws(OperationError) -> ExportReport {
        let loaded = try await loadWithDeclared(scope)
        let domains = loaded.manifest.domains.filter { $0.provider == DeclaredDomain.provider }
        let names = domains.map(\.name)
        let octets = DomainsDocument.octets(
            domains,
            header: [
                "Domains that were declared through the API. In a folder's manifest, `defaults` hold for them as for all;",
                "give each its `provider`, and from then on `signet apply` publishes for it.",
            ],
            provider: .byHand(notNamed: Set(loaded.manifest.providers.keys.map(\.rawValue))))
        let written = Set(names)
        return ExportReport(
            domains: names, octets: octets,
            leftOut: scope.domains.isEmpty ? loaded.declared.map(\.name).filter { !written.contains($0) } : [])
    }
}
