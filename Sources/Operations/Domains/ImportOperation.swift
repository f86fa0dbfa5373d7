package import DNS
import Diagnostics
import Manifest
import Reconcile

package struct ImportRequest: Sendable {
    package var domains: [String]
    /// A provider of the manifest that each is to name; nil: one by hand.
    package var provider: String?
    package var resolution: MailResolution

    package init(domains: [String], provider: String? = nil, resolution: MailResolution = MailResolution()) {
        self.domains = domains
        self.provider = provider
        self.resolution = resolution
    }
}

/// What stands in DNS, as a manifest.
package struct ImportReport: Sendable {
    package struct Domain: Sendable, Equatable {
        package var name: DomainName
        /// What a manifest cannot say of what stands there, or what it says otherwise; a sentence each.
        package var notes: [String]

        package init(name: DomainName, notes: [String] = []) {
            self.name = name
            self.notes = notes
        }
    }

    /// In the order of their names.
    package var domains: [Domain]
    /// YAML.
    package var octets: [UInt8]

    package init(domains: [Domain], octets: [UInt8]) {
        self.domains = domains
        self.octets = octets
    }
}

extension Signet {
    /// How many domains are imported at once.
    package static let importedDomainsMax = 10_000

    /// Reads what the domains' own name servers say of SPF, DMARC, TLS reports and BIMI, and writes it as declarations, so
    /// that a plan from them changes little beyond the keys that Signet adds. Asks DNS alone, and writes nothing.
    ///
    /// Throws where a domain cannot be read: half of what stands there would be declared as all of it.
    package func importDomains(_ request: ImportRequest) async throws(OperationError) -> ImportReport {
        var names: Set<DomainName> = []
        for text in request.domains {
            do { names.insert(try DomainInput(domain: text, aggregateReports: []).name) } catch {
                throw .other("\(text.isEmpty ? "an empty text" : text) is no domain to import: \(error.reason)")
            }
        }
        guard names.count <= Self.importedDomainsMax else {
            throw .other("\(names.count) domains are too many at once: \(Self.importedDomainsMax) are read in one go")
        }
        var loaded: LoadedManifest?
        if let path = request.resolution.manifestPath { loaded = try load(Scope(manifestPath: path)) }
        let known = names.filter { loaded?.manifest.domain($0) != nil }.sorted()
        guard known.isEmpty else {
            throw .conflict(
                "the manifest declares \(known.map(\.description).joined(separator: ", ")) already; leave out what is declared"
            )
        }
        let provider = try provider(request, loaded)
        let network = try await mailNetwork(request.resolution, loaded)
        let found = try await DomainImport.read(
            names.sorted(), network.observer, resolver: network)
        let domains = found.map { ImportReport.Domain(name: $0.declaration.name, notes: $0.notes) }
        return ImportReport(
            domains: domains,
            octets: DomainsDocument.octets(
                found.map(\.declaration),
                header: [
                    "What stood in DNS when this was written. Keys that sign elsewhere are none of Signet's: its own come beside them.",
                    "Look at what `signet plan` would change before `signet apply` does.",
                ],
                provider: provider,
                settings: loaded != nil
                    ? []
                    : [
                        "  keyring:",
                        "    # Seals the private keys: 64 hexadecimal digits, as `openssl rand -hex 32` prints them; keep it out of git.",
                        "    key: { env: SIGNET_KEY }",
                    ],
                notes: Dictionary(uniqueKeysWithValues: domains.map { ($0.name, $0.notes) }),
                inherited: loaded?.manifest.inherited))
    }

    private func provider(
        _ request: ImportRequest, _ loaded: LoadedManifest?
    ) throws(OperationError) -> DomainsDocument.Provider {
        let declared = Set(loaded?.manifest.providers.keys.map(\.rawValue) ?? [])
        guard let name = request.provider else { return .byHand(notNamed: declared) }
        guard declared.contains(name) else {
            let there = declared.sorted().joined(separator: ", ")
            throw .other(
                loaded == nil
                    ? "--provider \(name) names one of a manifest, and there is none here; leave it out, or name the manifest with -f"
                    : "the manifest has no provider \(name); it has \(there.isEmpty ? "none" : there)")
        }
        return .declared(name)
    }
}
