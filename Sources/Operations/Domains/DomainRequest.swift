import DNS
package import MailAuth
package import Manifest

/// What somebody asks for at a door: a domain to send from. What is left out is as the manifest's `defaults` have it, or as
/// it stands if the domain is declared already.
package struct DomainRequest: Sendable, Equatable {
    package var domain: String
    package var keyType: DKIMDeclaration.KeyType?
    package var policy: DMARCRecord.Policy?
    /// `mailto:` URIs.
    package var aggregateReports: [String]?

    package init(
        domain: String, keyType: DKIMDeclaration.KeyType? = nil, policy: DMARCRecord.Policy? = nil,
        aggregateReports: [String]? = nil
    ) {
        self.domain = domain
        self.keyType = keyType
        self.policy = policy
        self.aggregateReports = aggregateReports
    }

    /// With its texts read; throws the field that is wrong.
    func read() throws(OperationError) -> DomainInput {
        let input: DomainInput
        do { input = try DomainInput(domain: domain, aggregateReports: aggregateReports ?? []) } catch {
            switch error.field {
            case .domain: throw .request(field: "domain", reason: error.reason)
            case .aggregateReports(let index):
                throw .request(field: "dmarcRua" + (index.map { "[\($0)]" } ?? ""), reason: error.reason)
            }
        }
        // RFC 7208 §4.3: a receiver finds no SPF policy there, so nothing would ever be aligned.
        guard input.name.labelCount > 1 else {
            throw .request(field: "domain", reason: "a name of one label, as com is, can send no mail")
        }
        return input
    }

    /// Whether this asks for what stands there; what it leaves out, it does not ask about.
    func matches(_ standing: DeclaredDomain, _ input: DomainInput) -> Bool {
        (keyType ?? standing.keyType) == standing.keyType && (policy ?? standing.policy) == standing.policy
            && (aggregateReports == nil || input.aggregateReports == standing.aggregateReports)
    }
}
