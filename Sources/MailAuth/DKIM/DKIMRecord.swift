public import Keys

/// DKIM (RFC 6376) lets a domain answer for a message by signing it. This is the record at `S._domainkey.D` that
/// receivers take the public key from (§3.6.1; RFC 8463 for Ed25519).
public struct DKIMRecord: Sendable, Hashable {
    public enum KeyType: String, Sendable, Hashable, CaseIterable {
        case rsa, ed25519
    }

    public var keyType: KeyType
    /// nil: revoked (an empty `p=`).
    public var publicKey: PublicKey?
    /// `h`, in lower case; nil: any. Algorithms that nobody knows are kept.
    public var hashAlgorithms: [String]?
    /// `s`, in lower case; `*` is any.
    public var services: [String]
    /// `t=y`: the domain is testing; a failure is to be treated like no signature.
    public var isTesting: Bool
    /// `t=s`: `i=` must be of `d=` itself, not of a subdomain.
    public var isStrict: Bool
    /// `n`, for people.
    public var notes: String?

    /// The record to publish for a key.
    public init(publicKey: PublicKey, isTesting: Bool = false) {
        self.init(keyType: publicKey.raw == nil ? .rsa : .ed25519, publicKey: publicKey, isTesting: isTesting)
    }

    /// The record that says that a key is revoked: receivers fail every signature that names it (§3.6.1).
    public static func revoked(_ keyType: KeyType = .rsa) -> DKIMRecord {
        DKIMRecord(keyType: keyType, publicKey: nil, isTesting: false)
    }

    private init(keyType: KeyType, publicKey: PublicKey?, isTesting: Bool) {
        self.keyType = keyType
        self.publicKey = publicKey
        services = ["*"]
        self.isTesting = isTesting
        isStrict = false
    }

    public init(_ text: String) throws(DKIMRecordError) {
        try self.init(octets: Array(text.utf8))
    }

    /// Reads a TXT value's joined octets.
    public init(octets: [UInt8]) throws(DKIMRecordError) {
        let tags: TagList
        do { tags = try TagList(octets[...]) } catch { throw .syntax(error) }
        // RFC 6376 §3.6.1: v is recommended; if it is there, it is the first tag and says DKIM1.
        if let version = tags["v"] {
            guard tags.tags[0].name.equals("v"), version.equals("DKIM1") else { throw .version(version.text) }
        }
        let type = tags["k"]?.text.lowercased() ?? KeyType.rsa.rawValue
        guard let keyType = KeyType(rawValue: type) else { throw .unknownKeyType(type) }
        guard let key = tags["p"] else { throw .missingKey }
        self.init(keyType: keyType, publicKey: nil, isTesting: false)
        if !key.isEmpty { publicKey = try Self.publicKey(keyType, key) }
        hashAlgorithms = tags["h"].map(Self.list)
        services = tags["s"].map(Self.list) ?? ["*"]
        let flags = tags["t"].map(Self.list) ?? []
        isTesting = flags.contains("y")
        isStrict = flags.contains("s")
        notes = tags["n"]?.text
    }

    private static func publicKey(_ type: KeyType, _ text: ArraySlice<UInt8>) throws(DKIMRecordError) -> PublicKey {
        guard let octets = Base64.decode(text) else { throw .badBase64 }
        let key: PublicKey? =
            switch type {
            // RFC 6376 §3.6.1 names RSAPublicKey; its example, and everybody, publish SubjectPublicKeyInfo
            // (errata 3017). Both are read.
            case .rsa: PublicKey(subjectPublicKeyInfo: octets) ?? PublicKey(pkcs1: octets)
            // RFC 8463 §4: the 32 octets themselves, without a SubjectPublicKeyInfo around them.
            case .ed25519: PublicKey(rawEd25519: octets)
            }
        guard let key, (key.raw != nil) == (type == .ed25519) else { throw .badKey(type) }
        return key
    }

    private static func list(_ value: ArraySlice<UInt8>) -> [String] {
        value.split(separator: UInt8(ascii: ":")).map { $0.trimmed.text.lowercased() }
    }

    /// The record as it is published.
    public var text: String {
        var parts = ["v=DKIM1"]
        if let hashAlgorithms { parts.append("h=" + hashAlgorithms.joined(separator: ":")) }
        parts.append("k=" + keyType.rawValue)
        if let notes { parts.append("n=" + notes) }
        if services != ["*"] { parts.append("s=" + services.joined(separator: ":")) }
        let flags = (isTesting ? ["y"] : []) + (isStrict ? ["s"] : [])
        if !flags.isEmpty { parts.append("t=" + flags.joined(separator: ":")) }
        parts.append("p=" + (publicKey.map { Base64.encodeText($0.raw ?? $0.subjectPublicKeyInfo) } ?? ""))
        return parts.joined(separator: "; ")
    }
}

/// Why a TXT value is no usable DKIM key record. A verifier answers `permerror` (RFC 6376 §6.1.2).
public enum DKIMRecordError: Error, Sendable, Hashable {
    case syntax(TagListError)
    /// `v` is not DKIM1, or not the first tag.
    case version(String)
    case unknownKeyType(String)
    /// No `p`.
    case missingKey
    case badBase64
    /// The octets of `p` are no key of that type.
    case badKey(DKIMRecord.KeyType)
}

extension DKIMRecordError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .syntax(let error): error.description
        case .version(let text): "v=\(text) is not a first tag v=DKIM1"
        case .unknownKeyType(let type): "k=\(type) is a key type that DKIM does not know"
        case .missingKey: "there is no p= with a public key"
        case .badBase64: "p= is not base64"
        case .badKey(let type): "p= holds no \(type.rawValue) public key"
        }
    }
}
