package import DNS
package import Diagnostics

/// What an agent may do without a person, from strictest to loosest.
package enum OversightMode: String, Sendable, CaseIterable, Comparable {
    case readOnly = "read_only"
    case gatedAll = "gated_all"
    case gatedSend = "gated_send"
    case monitored
    case autonomous

    /// How loose: a lesser mode is a stricter one.
    package static func < (left: Self, right: Self) -> Bool {
        allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
    }
}

package struct AgentDeclaration: Sendable, Equatable {
    package struct Model: Sendable, Equatable {
        package var provider: String
        package var name: String
        package var version: String?

        package init(provider: String, name: String, version: String? = nil) {
            self.provider = provider
            self.name = name
            self.version = version
        }
    }

    package struct Limits: Sendable, Equatable {
        package var perHour: Int?
        package var recipientsPerMessage: Int?

        package init(perHour: Int? = nil, recipientsPerMessage: Int? = nil) {
            self.perHour = perHour
            self.recipientsPerMessage = recipientsPerMessage
        }
    }

    package var id: AgentID
    package var domain: DomainName
    /// Each within the domain: `local@domain`.
    package var addresses: [String]
    package var oversight: OversightMode
    package var oversightAddress: String?
    package var model: Model?
    package var owner: String?
    /// Addresses, or `*@domain`.
    package var allowedRecipients: [String]
    package var blockedRecipients: [String]
    package var limits: Limits
    /// How long a key of its signs before the next takes over; nil: as long as the domain's DKIM keys.
    package var rotateEvery: Duration?
    package var span: SourceSpan

    package init(
        id: AgentID, domain: DomainName, addresses: [String], oversight: OversightMode = .gatedSend,
        oversightAddress: String? = nil, model: Model? = nil, owner: String? = nil, allowedRecipients: [String] = [],
        blockedRecipients: [String] = [], limits: Limits = Limits(), rotateEvery: Duration? = nil, span: SourceSpan
    ) {
        self.id = id
        self.domain = domain
        self.addresses = addresses
        self.oversight = oversight
        self.oversightAddress = oversightAddress
        self.model = model
        self.owner = owner
        self.allowedRecipients = allowedRecipients
        self.blockedRecipients = blockedRecipients
        self.limits = limits
        self.rotateEvery = rotateEvery
        self.span = span
    }
}

package struct ApproverDeclaration: Sendable, Equatable {
    package var id: String
    package var email: String
    /// The raw 32 octets of an Ed25519 public key.
    package var publicKey: [UInt8]
    package var span: SourceSpan

    package init(id: String, email: String, publicKey: [UInt8], span: SourceSpan) {
        self.id = id
        self.email = email
        self.publicKey = publicKey
        self.span = span
    }
}
