public import DNS

/// Where an agent's key stands in DNS: `K.A._agentid.D` (docs/spec/agent-identity.md §1, §2).
public struct AgentKeyName: Hashable, Sendable, Comparable {
    /// The label between agents' names and their domain.
    public static let label = "_agentid"
    private static let hyphen = UInt8(ascii: "-")
    /// Digits of a key's number.
    static let numberDigitsMax = 9

    /// D.
    public let domain: DomainName
    /// A.
    public let agent: String
    /// K.
    public let key: String
    /// The whole name.
    public let name: DomainName

    /// Nil for a text that is no agent's id or no key's name, and where the whole is too long for a name.
    public init?(domain: DomainName, agent: String, key: String) {
        guard Self.isAgentID(agent.utf8), Self.isKey(key.utf8),
            let name = try? domain.prepending("\(key).\(agent).\(Self.label)")
        else { return nil }
        self.domain = domain
        self.agent = agent
        self.key = key
        self.name = name
    }

    /// The names of an agent's keys: `k1`, `k2`, ….
    public static func key(number: Int) -> String { "k\(number)" }

    /// The number in a key's name.
    public var number: Int { Int(key.dropFirst())! }

    public static func < (left: Self, right: Self) -> Bool {
        (left.domain, left.agent, left.number) < (right.domain, right.agent, right.number)
    }

    /// 1 to 63 lower-case letters, digits and inner hyphens: a label that is written one way only.
    static func isAgentID(_ text: some Collection<UInt8>) -> Bool {
        guard (1...DomainName.labelOctetsMax).contains(text.count) else { return false }
        let isLabel = text.allSatisfy { $0 == hyphen || $0.isASCIIAlphanumeric && !$0.isASCIIUpper }
        return isLabel && text.first != hyphen && Array(text.suffix(1)) != [hyphen]
    }

    /// `k` and a number without leading zero.
    static func isKey(_ text: some Collection<UInt8>) -> Bool {
        let digits = text.dropFirst()
        return text.first == UInt8(ascii: "k") && (1...numberDigitsMax).contains(digits.count)
            && digits.allSatisfy(\.isASCIIDigit) && digits.first != UInt8(ascii: "0")
    }
}
