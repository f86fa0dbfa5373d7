public import DNS
public import Keys

/// Signs messages for a domain (RFC 6376 §5), with one key or with several at once.
///
///     let signer = DKIMSigner(domain: domain, selector: "mm1", key: key)
///     let field = try signer.sign(message, unixTime: now)
///     let signed = field + message.octets
public struct DKIMSigner: Sendable {
    /// Fields that are signed as often as they stand in the message and once more, so that adding another breaks the
    /// signature (RFC 6376 §5.4.1, §8.15). MIME's are among them, because changing them changes what a reader sees.
    public static let defaultHeaders = [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Auto-Submitted",
        "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "X-MultiMail-Identity",
    ]
    public let domain: DomainName
    public let selector: String
    public let key: Signer
    public var headerCanonicalization = DKIMCanonicalization.relaxed
    public var bodyCanonicalization = DKIMCanonicalization.relaxed
    public var headers = Self.defaultHeaders
    /// Each name stands in `h=` once more than the message has it; without, only fields that are there are signed, and
    /// more can be added unseen (RFC 6376 §8.15).
    public var oversigns = true
    /// `i=`; it must lie in the domain.
    public var identity: String?
    /// How long the signature is good for, in seconds from signing; nil: no `x=`.
    public var lifetimeSeconds: Int64?

    public init(domain: DomainName, selector: String, key: Signer) {
        self.domain = domain
        self.selector = selector
        self.key = key
    }

    /// The DKIM-Signature field, with its final CRLF, to be put before the message.
    ///
    /// - Parameter unixTime: `t=`, in seconds.
    public func sign(_ message: Message, unixTime: Int64) throws(KeyringError) -> [UInt8] {
        try Self.sign(message, with: [self], unixTime: unixTime)[0]
    }

    /// One field for each signer, in order; the body is hashed once for each canonicalisation.
    ///
    /// - Parameter relaxedBodyHash: the digest of the message's body in relaxed form, if it has been made already.
    public static func sign(
        _ message: Message, with signers: [DKIMSigner], unixTime: Int64, relaxedBodyHash: SHA256Digest? = nil
    ) throws(KeyringError) -> [[UInt8]] {
        var digests: [DKIMCanonicalization: SHA256Digest] = [:]
        digests[.relaxed] = relaxedBodyHash
        var fields: [[UInt8]] = []
        var earlier: (signer: DKIMSigner, header: SignedHeader)?
        for signer in signers {
            let digest = digests[signer.bodyCanonicalization] ?? bodyDigest(message, signer.bodyCanonicalization)
            digests[signer.bodyCanonicalization] = digest
            let header =
                earlier.flatMap { $0.signer.signsSameHeader(as: signer) ? $0.header : nil }
                ?? SignedHeader(signer, message)
            earlier = (signer, header)
            fields.append(try signer.sign(header, bodyHash: digest, unixTime: unixTime))
        }
        return fields
    }

    /// What is signed of a message's header: the same for all signers that want the same of it.
    private struct SignedHeader {
        let names: [String]
        let octets: [UInt8]

        init(_ signer: DKIMSigner, _ message: Message) {
            names = DKIMSigner.namesToSign(signer.headers, of: message, oversigning: signer.oversigns)
            var octets: [UInt8] = []
            octets.reserveCapacity(4096)
            DKIMHeaderHash.append(
                signedHeaders: Array(names.joined(separator: ":").utf8)[...], of: message,
                signer.headerCanonicalization, to: &octets)
            self.octets = octets
        }
    }

    private func signsSameHeader(as other: DKIMSigner) -> Bool {
        headerCanonicalization == other.headerCanonicalization && oversigns == other.oversigns
            && headers == other.headers
    }

    private static func bodyDigest(_ message: Message, _ canonicalization: DKIMCanonicalization) -> SHA256Digest {
        let hash = DKIMBodyHash(canonicalization)
        hash.update(message.body)
        return hash.finish()
    }

    private func sign(
        _ header: SignedHeader, bodyHash: SHA256Digest, unixTime: Int64
    ) throws(KeyringError) -> [UInt8] {
        let algorithm: DKIMSignature.Algorithm = key.publicKey.raw == nil ? .rsaSHA256 : .ed25519SHA256
        var field = FoldedField("DKIM-Signature")
        field.append("v=1;")
        field.append("a=\(algorithm.rawValue);")
        field.append("c=\(headerCanonicalization.rawValue)/\(bodyCanonicalization.rawValue);")
        field.append("d=\(domain.text);")
        field.append("s=\(selector);")
        if let identity { field.append("i=\(identity);") }
        field.append("t=\(unixTime);")
        if let lifetimeSeconds { field.append("x=\(unixTime + lifetimeSeconds);") }
        field.append(list: header.names, prefix: "h=", separator: ":", end: ";")
        field.append("bh=\(Base64.encodeText(bodyHash.octets));")
        field.append("b=")

        var octets = header.octets
        headerCanonicalization.append(header: field.octets[...], to: &octets)
        let signature = try key.sign(SHA256.hash(octets))
        field.append(unbroken: Base64.encode(signature))
        return field.octets + [.carriageReturn, .lineFeed]
    }

    /// Each name as often as the message has it, and, oversigning, once more.
    static func namesToSign(_ headers: [String], of message: Message, oversigning: Bool = true) -> [String] {
        var names: [String] = []
        names.reserveCapacity(2 * headers.count)
        for var name in headers {
            let count = name.withUTF8 { name in message.fields.count { $0.isNamed(name) } }
            for _ in 0..<(oversigning ? count + 1 : count) { names.append(name) }
        }
        return names
    }
}
