import DNS
import FoundationEssentials
import Manifest
import SendGate

/// The facts about addresses and limits: an agent's declaration held against one message.
struct SendFacts: Sendable {
    let declaration: AgentDeclaration

    func sender(_ from: String) -> GateFacts.SenderAddress {
        let from = Self.canonical(from)
        return declaration.addresses.contains { Self.canonical($0) == from } ? .own : .foreign
    }

    func recipients(_ addresses: [String]) -> GateFacts.Recipients {
        let addresses = addresses.map(Self.canonical)
        if addresses.contains(where: { Self.matches($0, declaration.blockedRecipients) }) { return .blocked }
        return addresses.allSatisfy { Self.matches($0, declaration.allowedRecipients) } ? .allAllowed : .someNotAllowed
    }

    /// - Parameter sentInHour: how many others of the agent's count; nil: could not be read.
    func limits(recipients: Int, sentInHour: Int?) -> GateFacts.Limits {
        if let max = declaration.limits.recipientsPerMessage, recipients > max { return .exceeded }
        if let max = declaration.limits.perHour {
            guard let sentInHour, sentInHour < max else { return .exceeded }
        }
        return .within
    }

    /// Where the copy goes; nil: nowhere, or only to the sender.
    func copyAddress(from: String) -> String? {
        guard let address = declaration.oversightAddress.map(Self.canonical), address != Self.canonical(from) else {
            return nil
        }
        return address
    }

    /// Local parts are compared without case: RFC 5321 §2.4 lets them differ by it, no provider of mail does, and an
    /// agent must not get around its block list by writing in capitals.
    static func canonical(_ address: String) -> String {
        guard let at = address.lastIndex(of: "@") else { return address.lowercased() }
        let domain = String(address[address.index(after: at)...])
        let name = (try? DomainName(domain))?.text ?? domain.lowercased()
        return "\(address[..<at].lowercased())@\(name)"
    }

    /// An address, or `*@domain` for all of a domain's.
    private static func matches(_ address: String, _ patterns: [String]) -> Bool {
        patterns.contains { pattern in
            let pattern = canonical(pattern)
            return pattern == address || pattern.hasPrefix("*@") && address.hasSuffix(pattern.dropFirst(1))
        }
    }
}
