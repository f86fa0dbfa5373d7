public import DNS
public import Keys
import Synchronization

/// Writes the identity field of an agent's messages (spec §3, §5).
///
///     let signer = try AgentIdentitySigner(
///         keyName: keyName, key: agentKey, domainSelector: "mm2", domainKey: domainKey)
///     let field = try signer.sign(message, claims, nonce: nonce, unixTime: now)
///     let signed = Message(field + message.octets)    // and DKIM signs that
public struct AgentIdentitySigner: Sendable {
    /// Longer than a message may wait in a queue: RFC 5321 §4.5.4.1 has senders try for 4 to 5 days.
    public static let lifetimeSecondsDefault: Int64 = 7 * 86_400
    /// Octets of a nonce.
    public static let nonceOctets = AgentIdentityTags.nonceOctets

    /// Agent, domain, and which of the agent's keys this is.
    public let keyName: AgentKeyName
    public let key: Signer
    /// Under which DKIM selector the domain's Ed25519 key is published.
    public let domainSelector: String
    public let domainKey: Signer
    /// `x` − `t`, 1 to `AgentIdentityHeader.lifetimeSecondsMax` seconds.
    public var lifetimeSeconds = Self.lifetimeSecondsDefault
    private let claimSignatures = ClaimSignatures()

    /// Both keys are Ed25519.
    public init(
        keyName: AgentKeyName, key: Signer, domainSelector: String, domainKey: Signer
    ) throws(AgentIdentitySigningError) {
        guard key.publicKey.kind == .ed25519 else { throw .notEd25519(keyName.name) }
        let domainKeyName: DomainName
        do {
            domainKeyName = try DKIMKeyLookUp.name(domain: keyName.domain, selector: domainSelector)
        } catch {
            throw .selector(domainSelector)
        }
        guard domainKey.publicKey.kind == .ed25519 else { throw .notEd25519(domainKeyName) }
        self.keyName = keyName
        self.key = key
        self.domainSelector = domainSelector
        self.domainKey = domainKey
    }

    /// The field, with its final CRLF, to be put before the message, before DKIM signs.
    ///
    /// - Parameters:
    ///   - message: with every field that is signed in it, each at most once (RFC 5322 §3.6), one mailbox at the
    ///     domain in From, and no identity field yet.
    ///   - nonce: `nonceOctets` random octets, never used before.
    ///   - unixTime: `t=`, in seconds.
    ///   - bodyHash: the digest of the body in relaxed form, if it has been made already.
    public func sign(
        _ message: Message, _ claims: AgentIdentityClaims, nonce: [UInt8], unixTime: Int64,
        bodyHash: SHA256Digest? = nil
    ) throws(AgentIdentitySigningError) -> [UInt8] {
        try check(message, claims, nonce: nonce, unixTime: unixTime)
        var field = FoldedField(AgentIdentityHeader.fieldName)
        field.append("agent_id=\(keyName.agent);")
        field.append("oversight=\(claims.oversight.rawValue);")
        if let approval = claims.approval { field.append("approval_ref=\(approval.reference);") }
        field.append("sig=\(try claimSignature(claims.oversight));")
        field.append("v=2;")
        field.append("a=ed25519-sha256;")
        field.append("d=\(keyName.domain.text);")
        field.append("s=\(domainSelector);")
        field.append("k=\(keyName.key);")
        if let model = claims.model { field.append("model=\(model);") }
        field.append("decl=\(claims.declaration);")
        field.append("t=\(unixTime);")
        field.append("x=\(unixTime + lifetimeSeconds);")
        field.append("n=\(Self.hex(nonce));")
        if let approval = claims.approval { field.append("ap=\(approval.digest);") }
        let names = DKIMSigner.namesToSign(AgentIdentityHeader.requiredHeaders, of: message)
        field.append(list: names, prefix: "h=", separator: ":", end: ";")
        field.append("bh=\(Base64.encodeText((bodyHash ?? Self.hash(ofBody: message)).octets));")
        field.append(onNewLine: "b=")
        let digest = AgentIdentityHash.digest(
            of: message, signedHeaders: Array(names.joined(separator: ":").utf8)[...], field: field.octets[...])
        let signature: [UInt8]
        do { signature = try key.sign(digest) } catch { throw .key(error) }
        let octets = field.octets + Base64.encode(signature) + [.carriageReturn, .lineFeed]
        guard octets.count <= AgentIdentityHeader.octetsMax else { throw .tooLong(octets: octets.count) }
        return octets
    }

    /// The digest that `bh` holds.
    public static func hash(ofBody message: Message) -> SHA256Digest {
        let hash = DKIMBodyHash(.relaxed)
        hash.update(message.body)
        return hash.finish()
    }

    private func check(
        _ message: Message, _ claims: AgentIdentityClaims, nonce: [UInt8], unixTime: Int64
    ) throws(AgentIdentitySigningError) {
        guard !message.hasTooManyFields else { throw .message("it has too many header fields") }
        guard !message.fields.contains(where: { $0.name.equalsIgnoringCase("x-multimail-identity") }) else {
            throw .message("it has an \(AgentIdentityHeader.fieldName) field already")
        }
        for var name in AgentIdentityHeader.requiredHeaders {
            // RFC 5322 §3.6: at most one of each.
            guard name.withUTF8({ name in message.fields.count { $0.isNamed(name) } }) <= 1 else {
                throw .message("it has more than one \(name) field")
            }
        }
        guard let mailbox = AgentIdentityHash.author(of: message) else {
            throw .message("its From field does not hold exactly one mailbox")
        }
        guard mailbox.domain == keyName.domain else {
            throw .message("its From address, \(mailbox.text), is not at \(keyName.domain)")
        }
        guard nonce.count == Self.nonceOctets else { throw .argument("a nonce has \(Self.nonceOctets) octets") }
        guard (0...999_999_999_999 - AgentIdentityHeader.lifetimeSecondsMax).contains(unixTime) else {
            throw .argument("the time of signing is out of range")
        }
        guard (1...AgentIdentityHeader.lifetimeSecondsMax).contains(lifetimeSeconds) else {
            throw .argument("the lifetime is out of range")
        }
        if let model = claims.model, !AgentModelText.isValid(model.utf8) { throw .argument("the model's text") }
        if let approval = claims.approval, !AgentIdentityTags.isReference(approval.reference.utf8) {
            throw .argument("the approval's reference")
        }
    }

    /// As base64. It says the same for every message under one oversight, and Ed25519 gives one signature for one text
    /// (RFC 8032 §5.1.6), so it is made once.
    private func claimSignature(_ oversight: AgentOversight) throws(AgentIdentitySigningError) -> String {
        if let made = claimSignatures.made.withLock({ $0[oversight] }) { return made }
        let octets = AgentIdentityHeader.claimOctets(agent: keyName.agent, oversight: oversight)
        let signature: [UInt8]
        do { signature = try domainKey.sign(octets) } catch { throw .key(error) }
        let text = Base64.encodeText(signature)
        claimSignatures.made.withLock { $0[oversight] = text }
        return text
    }

    private static func hex(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * octets.count)
        for octet in octets {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The signatures of `sig` that were made so far: one for each oversight at most.
private final class ClaimSignatures: Sendable {
    let made = Mutex<[AgentOversight: String]>([:])
}

/// What a field claims of one message, besides who the agent is.
public struct AgentIdentityClaims: Sendable, Equatable {
    /// The approval that let the message go.
    public struct Approval: Sendable, Equatable {
        /// `approval_ref`: 1 to 128 letters, digits, `.`, `_`, `:`, `-`.
        public var reference: String
        /// `ap`.
        public var digest: SHA256Digest

        public init(reference: String, digest: SHA256Digest) {
            self.reference = reference
            self.digest = digest
        }
    }

    public var oversight: AgentOversight
    public var approval: Approval?
    /// As `AgentModelText` writes it; nil: no model is declared.
    public var model: String?
    /// `decl`: the digest of the agent's declaration (spec §7).
    public var declaration: SHA256Digest

    public init(
        oversight: AgentOversight, approval: Approval? = nil, model: String? = nil, declaration: SHA256Digest
    ) {
        self.oversight = oversight
        self.approval = approval
        self.model = model
        self.declaration = declaration
    }
}

/// Why no field could be written.
public enum AgentIdentitySigningError: Error, Sendable, Equatable {
    /// What about the message does not allow it.
    case message(String)
    /// A claim, a nonce or a time out of form.
    case argument(String)
    case selector(String)
    /// The key to be published at this name is of another type.
    case notEd25519(DomainName)
    case tooLong(octets: Int)
    case key(KeyringError)
}

extension AgentIdentitySigningError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .message(let reason): "the message cannot carry an identity: \(reason)"
        case .argument(let reason): "the identity cannot be written: \(reason) is out of form"
        case .selector(let text): "`\(text)` is no DKIM selector"
        case .notEd25519(let name): "the key of \(name) is not an Ed25519 key"
        case .tooLong(let octets):
            "the identity field would have \(octets) octets, more than \(AgentIdentityHeader.octetsMax)"
        case .key(let error): "\(error)"
        }
    }
}
