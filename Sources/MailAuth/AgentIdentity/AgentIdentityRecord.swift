public import Keys

/// Agent identity says which agent wrote a message, and under which oversight: a header field that the agent's own key
/// signs, checked with DNS alone. Byte-exact in docs/spec/agent-identity.md, whose sections are cited here as "spec".
/// This is the record at `K.A._agentid.D` that verifiers take the agent's key from (spec §2).
public struct AgentIdentityRecord: Sendable, Hashable {
    static let version = "AGENTID1"

    /// nil: revoked (an empty `p=`).
    public var publicKey: PublicKey?

    /// The record to publish for an Ed25519 key; nil for any other.
    public init?(publicKey: PublicKey) {
        guard publicKey.kind == .ed25519 else { return nil }
        self.publicKey = publicKey
    }

    private init() {}

    /// The record that says that a key is revoked.
    public static let revoked = AgentIdentityRecord()

    public init(_ text: String) throws(AgentIdentityRecordError) {
        try self.init(octets: Array(text.utf8))
    }

    /// Reads a TXT value's joined octets.
    public init(octets: [UInt8]) throws(AgentIdentityRecordError) {
        let tags: TagList
        do { tags = try TagList(octets[...]) } catch { throw .syntax(error) }
        guard let first = tags.tags.first, first.name.equals("v"), first.value.equals("AGENTID1") else {
            throw .version
        }
        guard let type = tags["k"], type.equals("ed25519") else { throw .keyType(tags["k"]?.text ?? "") }
        guard let text = tags["p"] else { throw .missingKey }
        if text.isEmpty { return }
        guard let octets = Base64.decodeCanonical(text), let key = PublicKey(rawEd25519: octets) else {
            throw .badKey
        }
        publicKey = key
    }

    /// Whether a TXT value is to be read as a key record at all: others at the name are not looked at (spec §2).
    static func isRecord(_ octets: [UInt8]) -> Bool {
        let first = octets[..<(octets.firstIndex(of: UInt8(ascii: ";")) ?? octets.endIndex)]
        guard let equals = first.firstIndex(of: UInt8(ascii: "=")) else { return false }
        return first[..<equals].trimmed.equals("v") && first[(equals + 1)...].trimmed.equals("AGENTID1")
    }

    /// The record as it is published.
    public var text: String {
        "v=\(Self.version); k=ed25519; p=" + (publicKey?.raw.map(Base64.encodeText) ?? "")
    }
}

/// Why a TXT value is no usable agent key record.
public enum AgentIdentityRecordError: Error, Sendable, Hashable {
    case syntax(TagListError)
    /// `v` is not AGENTID1, or not the first tag.
    case version
    /// `k` is missing (empty here) or not ed25519.
    case keyType(String)
    /// No `p`.
    case missingKey
    /// `p` is not canonical base64 of an Ed25519 key's 32 octets.
    case badKey
}

extension AgentIdentityRecordError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .syntax(let error): error.description
        case .version: "it does not begin with v=AGENTID1"
        case .keyType(let type): type.isEmpty ? "there is no k=" : "k=\(type) is not ed25519"
        case .missingKey: "there is no p= with a public key"
        case .badKey: "p= is not the base64 of an Ed25519 key's 32 octets"
        }
    }
}
