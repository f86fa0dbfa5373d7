import DNS
import Diagnostics
import FoundationEssentials
import Manifest

/// An agent's declaration as JSON: the members of docs/spec/agent-identity.md §7, in plans and in the store.
struct DeclarationDocument: Codable, Equatable {
    struct Limits: Codable, Equatable {
        var perHour: Int?
        var recipientsPerMessage: Int?

        enum CodingKeys: String, CodingKey {
            case perHour = "per_hour"
            case recipientsPerMessage = "recipients_per_message"
        }
    }

    struct Model: Codable, Equatable {
        var name: String
        var provider: String
        var version: String?
    }

    struct Recipients: Codable, Equatable {
        var allow: [String]
        var block: [String]
    }

    enum CodingKeys: String, CodingKey {
        case addresses, domain, format, id, limits, model, oversight, owner, recipients
        case oversightAddress = "oversight_address"
    }

    static let format = "signet-agent/1"

    var addresses: [String]
    var domain: String
    var format: String
    var id: String
    var limits: Limits
    var model: Model?
    var oversight: String
    var oversightAddress: String?
    var owner: String?
    var recipients: Recipients

    init(_ agent: AgentDeclaration) {
        func sorted(_ texts: [String]) -> [String] {
            Set(texts.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
                .map { String(decoding: $0, as: UTF8.self) }
        }
        addresses = sorted(agent.addresses)
        domain = agent.domain.text
        format = Self.format
        id = agent.id.rawValue
        limits = Limits(perHour: agent.limits.perHour, recipientsPerMessage: agent.limits.recipientsPerMessage)
        model = agent.model.map { Model(name: $0.name, provider: $0.provider, version: $0.version) }
        oversight = agent.oversight.rawValue
        oversightAddress = agent.oversightAddress
        owner = agent.owner
        recipients = Recipients(allow: sorted(agent.allowedRecipients), block: sorted(agent.blockedRecipients))
    }

    /// Nil if a value is not one that a manifest may have.
    var declaration: AgentDeclaration? {
        guard format == Self.format, let mode = OversightMode(rawValue: oversight), let name = try? DomainName(domain),
            !name.isRoot
        else { return nil }
        return AgentDeclaration(
            id: AgentID(rawValue: id), domain: name, addresses: addresses, oversight: mode,
            oversightAddress: oversightAddress,
            model: model.map { AgentDeclaration.Model(provider: $0.provider, name: $0.name, version: $0.version) },
            owner: owner, allowedRecipients: recipients.allow, blockedRecipients: recipients.block,
            limits: AgentDeclaration.Limits(
                perHour: limits.perHour, recipientsPerMessage: limits.recipientsPerMessage),
            span: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0))
    }

    static func read(_ octets: [UInt8]) -> AgentDeclaration? {
        (try? JSONDecoder().decode(Self.self, from: Data(octets)))?.declaration
    }
}
