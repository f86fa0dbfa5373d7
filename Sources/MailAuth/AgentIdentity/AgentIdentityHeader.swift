public import DNS
public import Keys

/// The oversight that a message was sent under, as the header field has it (spec §1), from strictest to loosest.
public enum AgentOversight: String, Sendable, Hashable, CaseIterable {
    case readOnly = "read_only"
    case gatedAll = "gated_all"
    case gatedSend = "gated_send"
    case monitored
    case autonomous
}

/// An `X-MultiMail-Identity` header field, read (spec §3): what it claims, and what binds the claims to a message.
public struct AgentIdentityHeader: Sendable, Equatable {
    public static let fieldName = "X-MultiMail-Identity"
    /// Longest field, with name and line end, in octets (spec §10).
    public static let octetsMax = 8192
    public static let signedHeadersMax = 64
    /// `x` − `t`, in seconds.
    public static let lifetimeSecondsMax: Int64 = 2_592_000
    /// The fields that `h` must name, each once more than the message has it (spec §3).
    public static let requiredHeaders = [
        "From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    ]

    /// `agent_id`.
    public let agent: String
    /// `oversight`.
    public let oversight: AgentOversight
    /// `approval_ref`.
    public let approvalReference: String?
    /// `sig`: 64 octets.
    public let claimSignature: [UInt8]
    /// nil: the field has the claims alone.
    public let binding: AgentIdentityBinding?

    /// The octets that `sig` is made over.
    public static func claimOctets(agent: String, oversight: AgentOversight) -> [UInt8] {
        Array("\(agent):\(oversight.rawValue)".utf8)
    }

    /// Reads a field's body.
    public init(_ body: ArraySlice<UInt8>) throws(AgentIdentityError) {
        let octets = Self.fieldName.utf8.count + 1 + body.count + 2
        guard octets <= Self.octetsMax else { throw .tooLong(octets: octets) }
        // RFC 6376 §3.2 lets a semicolon end a list; spec §3 does not.
        if body.trimmed.last == UInt8(ascii: ";") { throw .trailingSemicolon }
        let tags: TagList
        do { tags = try TagList(body) } catch { throw .syntax(error) }
        let values = AgentIdentityTags(tags)
        agent = try values.text("agent_id", AgentKeyName.isAgentID)
        guard let mode = AgentOversight(rawValue: try values.required("oversight").text) else {
            throw .malformed("oversight")
        }
        oversight = mode
        approvalReference = try values.optionalText("approval_ref", AgentIdentityTags.isReference)
        claimSignature = try values.base64("sig", octets: 64)
        guard let version = tags["v"] else {
            if let name = AgentIdentityBinding.tagNames.first(where: { tags[$0] != nil }) {
                throw .bindingWithoutVersion("\(name)")
            }
            binding = nil
            return
        }
        guard version.equals("2") else { throw .version(version.text) }
        guard (approvalReference == nil) == (tags["ap"] == nil) else {
            throw .missing(approvalReference == nil ? "approval_ref" : "ap")
        }
        binding = try AgentIdentityBinding(values)
        // No white space around b's value, so that what is not signed has one text (spec §3).
        let last = tags.tags.last!
        guard last.name.equals("b"), last.value.endIndex == body.endIndex,
            body[last.value.startIndex - 1] == UInt8(ascii: "=")
        else { throw .signatureNotLast }
    }
}

/// The tags that tie a field's claims to one message (spec §3, second table).
public struct AgentIdentityBinding: Sendable, Equatable {
    static let tagNames: [StaticString] = [
        "a", "d", "s", "k", "model", "decl", "t", "x", "n", "ap", "h", "bh", "b",
    ]

    /// `d`, `k` and the agent: where the key of `b` stands.
    public let keyName: AgentKeyName
    /// `s`; nil: the message's DKIM signatures tell.
    public let domainSelector: String?
    /// `model`, as written.
    public let model: String?
    /// `decl`.
    public let declaration: SHA256Digest
    /// `t`, Unix seconds.
    public let signedAt: Int64
    /// `x`, Unix seconds.
    public let expiresAt: Int64
    /// `n`: 32 hexadecimal digits.
    public let nonce: String
    /// `ap`.
    public let approval: SHA256Digest?
    /// `h`, as written.
    let signedHeaderList: ArraySlice<UInt8>
    /// `bh`.
    public let bodyHash: SHA256Digest
    /// `b`: 64 octets.
    public let signature: [UInt8]

    public var domain: DomainName { keyName.domain }

    init(_ tags: AgentIdentityTags) throws(AgentIdentityError) {
        guard try tags.required("a").equals("ed25519-sha256") else { throw .malformed("a") }
        let domainText = try tags.required("d").text
        guard let domain = try? DomainName(domainText), !domain.isRoot, domain.text.utf8.allSatisfy({ $0 < 0x80 }),
            domainText.utf8.allSatisfy({ $0 < 0x80 })
        else { throw .malformed("d") }
        domainSelector = try tags.optionalText("s") { text in
            (try? DKIMKeyLookUp.name(domain: domain, selector: String(decoding: text, as: UTF8.self))) != nil
        }
        let key = try tags.text("k", AgentKeyName.isKey)
        let agent = try tags.text("agent_id", AgentKeyName.isAgentID)
        guard let keyName = AgentKeyName(domain: domain, agent: agent, key: key) else { throw .malformed("d") }
        self.keyName = keyName
        model = try tags.optionalText("model", AgentModelText.isValid)
        declaration = try tags.digest("decl")
        signedAt = try tags.time("t")
        expiresAt = try tags.time("x")
        guard expiresAt > signedAt, expiresAt - signedAt <= AgentIdentityHeader.lifetimeSecondsMax else {
            throw .malformed("x")
        }
        nonce = try tags.text("n", AgentIdentityTags.isNonce)
        approval = tags.has("ap") ? try tags.digest("ap") : nil
        signedHeaderList = try tags.required("h")
        var count = 0
        var isEachNamed = true
        DKIMHeaderHash.forEachName(in: signedHeaderList) { name in
            count += 1
            isEachNamed = isEachNamed && !name.isEmpty
        }
        guard isEachNamed, count <= AgentIdentityHeader.signedHeadersMax else { throw .malformed("h") }
        guard let bodyHash = SHA256Digest(octets: try tags.base64("bh", octets: 32)) else { throw .malformed("bh") }
        self.bodyHash = bodyHash
        signature = try tags.base64("b", octets: 64)
    }

    /// `h`'s names, as written, without white space.
    public var signedHeaders: [String] {
        signedHeaderList.split(separator: UInt8(ascii: ":")).map { $0.trimmed.text }
    }
}

/// Why an identity field cannot be read.
public enum AgentIdentityError: Error, Sendable, Hashable {
    case tooLong(octets: Int)
    case syntax(TagListError)
    case trailingSemicolon
    case version(String)
    case missing(String)
    case malformed(String)
    /// A tag that only version 2 has, without `v=2`.
    case bindingWithoutVersion(String)
    case signatureNotLast
}

extension AgentIdentityError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLong(let octets): "it has \(octets) octets, more than \(AgentIdentityHeader.octetsMax)"
        case .syntax(let error): error.description
        case .trailingSemicolon: "a semicolon ends it"
        case .version(let text): "v=\(text) is not version 2"
        case .missing(let tag): "there is no \(tag)="
        case .malformed(let tag): "\(tag)= is malformed"
        case .bindingWithoutVersion(let tag): "there is \(tag)=, but no v=2"
        case .signatureNotLast: "b= and its value, without white space, are not the last thing in it"
        }
    }
}
