package import DNS
package import FoundationEssentials
package import MailAuth
package import Manifest
package import Reconcile

/// A domain that was declared through the API, beside the manifest's: what was asked for, and nothing that the manifest's
/// `defaults` say.
package struct DeclaredDomain: Sendable, Equatable {
    package var name: DomainName
    /// The type of the key whose selector is shown first; an Ed25519 key stands beside it in any case, because the identity
    /// header of the domain's agents needs one.
    package var keyType: DKIMDeclaration.KeyType
    package var policy: DMARCRecord.Policy
    /// `mailto:` URIs, canonical.
    package var aggregateReports: [String]
    package var createdAt: Date

    package init(
        name: DomainName, keyType: DKIMDeclaration.KeyType, policy: DMARCRecord.Policy, aggregateReports: [String],
        createdAt: Date
    ) {
        self.name = name
        self.keyType = keyType
        self.policy = policy
        self.aggregateReports = aggregateReports
        self.createdAt = createdAt
    }

    /// The provider of all of them: their zones are edited by whoever declared them. No name in a manifest starts so.
    package static let provider = ProviderID(rawValue: "-api")

    /// What it is in a manifest: as a domain there that says only its keys and its policy. Nil where nothing there says who
    /// may send (SPF).
    ///
    /// Its keys do not rotate by themselves, because nobody here could publish the next one.
    package func declaration(in manifest: Manifest) -> DomainDeclaration? {
        let inherited = manifest.inherited
        guard inherited.spf != nil else { return nil }
        var domain = inherited
        domain.name = name
        domain.provider = Self.provider
        var dkim = DKIMDeclaration(keys: keyType == .ed25519 ? [.ed25519] : [keyType, .ed25519])
        if let shared = inherited.dkim {
            dkim.selectorPrefix = shared.selectorPrefix
            dkim.overlap = shared.overlap
        }
        domain.dkim = dkim
        domain.dmarc = DMARCDeclaration(
            record: DMARCRecord(policy: policy, aggregateReports: aggregateReports), span: inherited.span)
        domain.tlsReports = []
        return domain
    }
}

/// As it is kept: JSON with the names of the API.
extension DeclaredDomain {
    private struct Document: Codable {
        var keyType: String
        var policy: String
        var aggregateReports: [String]

        enum CodingKeys: String, CodingKey {
            case keyType = "dkim_key_type"
            case policy = "dmarc_policy"
            case aggregateReports = "dmarc_rua"
        }
    }

    /// All but the name and the time.
    package var declaration: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            keyType: keyType.rawValue, policy: policy.rawValue, aggregateReports: aggregateReports)
        guard let octets = try? encoder.encode(document) else { preconditionFailure("texts can be written as JSON") }
        return [UInt8](octets)
    }

    /// Nil where it says what this version does not know: nothing is taken for less than it says.
    package init?(name: DomainName, declaration: [UInt8], createdAt: Date) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(declaration)),
            let keyType = DKIMDeclaration.KeyType(rawValue: document.keyType),
            let policy = DMARCRecord.Policy(rawValue: document.policy)
        else { return nil }
        self.init(
            name: name, keyType: keyType, policy: policy, aggregateReports: document.aggregateReports,
            createdAt: createdAt)
    }
}

/// Where they are kept. Each method is one transaction, durable when it returns.
/// `Tests/ContractTests/DeclaredDomainContractTests.swift` says what each must do.
package protocol DeclaredDomainStore: Sendable {
    /// False, and nothing is written, if there is one of that name already.
    func insertDeclaredDomain(_ domain: DeclaredDomain) async throws(StoreError) -> Bool
    /// In the order of their names.
    func declaredDomains() async throws(StoreError) -> [DeclaredDomain]
}
