import COpenSSL

/// The public half of a key pair that mail is signed with: RSA or Ed25519.
///
/// Parsed once; verifying costs no further decoding. Two keys are equal exactly if their SubjectPublicKeyInfo is.
public struct PublicKey: Sendable {
    public enum Kind: Hashable, Sendable {
        case rsa(modulusBits: Int)
        case ed25519
    }

    /// Larger keys are refused, so that a published key cannot make verification arbitrarily slow. RFC 6376 §3.3.3
    /// asks verifiers for 2048, and lets them go beyond.
    public static let modulusBitsMax = 8192
    /// OpenSSL's own bound for moduli over 3072 bits (OPENSSL_RSA_MAX_PUBEXP_BITS).
    static let exponentOctetsMax = 8

    public let kind: Kind
    /// Canonical DER (RFC 5280 §4.1.2.7, RFC 8410 §4).
    public let subjectPublicKeyInfo: [UInt8]
    private let handle: KeyHandle

    // SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL } (RFC 8017 appendix A.1)
    private static let rsaAlgorithmIdentifier: [UInt8] = [
        0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]
    private static let rsaObjectIdentifier = rsaAlgorithmIdentifier[2..<13]
    // SEQUENCE { SEQUENCE { OBJECT IDENTIFIER id-Ed25519 }, BIT STRING … } up to the 32 octets (RFC 8410 §4)
    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    /// From DER SubjectPublicKeyInfo of an RSA or Ed25519 key. Nil for anything else.
    public init?(subjectPublicKeyInfo octets: [UInt8]) {
        if octets.count == Self.ed25519Prefix.count + 32, octets.starts(with: Self.ed25519Prefix) {
            self.init(rawEd25519: octets.suffix(32))
            return
        }
        var outer = DERReader(octets[...])
        guard let content = outer.read(DERReader.Tag.sequence), outer.isAtEnd else { return nil }
        var reader = DERReader(content)
        guard let algorithm = reader.read(DERReader.Tag.sequence), algorithm.starts(with: Self.rsaObjectIdentifier),
            let bits = reader.read(DERReader.Tag.bitString), bits.first == 0, reader.isAtEnd
        else { return nil }
        self.init(pkcs1: Array(bits.dropFirst()))
    }

    /// From DER RSAPublicKey (RFC 8017 appendix A.1.1).
    public init?(pkcs1 octets: [UInt8]) {
        var outer = DERReader(octets[...])
        guard let content = outer.read(DERReader.Tag.sequence), outer.isAtEnd else { return nil }
        var reader = DERReader(content)
        guard let modulus = reader.readPositiveInteger(), let exponent = reader.readPositiveInteger(), reader.isAtEnd
        else { return nil }
        self.init(modulus: modulus, exponent: exponent)
    }

    /// From the 32 octets of RFC 8032 §5.1.5: what RFC 8463 §4 publishes in `p=`.
    public init?(rawEd25519 octets: some Collection<UInt8>) {
        guard octets.count == 32, let handle = KeyHandle.ed25519Public(raw: octets) else { return nil }
        kind = .ed25519
        subjectPublicKeyInfo = Self.ed25519Prefix + octets
        self.handle = handle
    }

    private init?(modulus: ArraySlice<UInt8>, exponent: ArraySlice<UInt8>) {
        let bits = 8 * modulus.count - modulus.first!.leadingZeroBitCount
        // An even exponent or modulus is no RSA key, and an exponent of 1 leaves every message as it is.
        guard bits <= Self.modulusBitsMax, modulus.last! & 1 == 1, exponent.count <= Self.exponentOctetsMax,
            exponent.last! & 1 == 1, !exponent.elementsEqual([1]),
            let handle = KeyHandle.rsaPublic(modulus: modulus, exponent: exponent)
        else { return nil }
        kind = .rsa(modulusBits: bits)
        let pkcs1 = DERReader.element(
            DERReader.Tag.sequence, DERReader.integer(modulus) + DERReader.integer(exponent))
        subjectPublicKeyInfo = DERReader.element(
            DERReader.Tag.sequence,
            Self.rsaAlgorithmIdentifier + DERReader.element(DERReader.Tag.bitString, [0] + pkcs1))
        self.handle = handle
    }

    /// The 32 octets of an Ed25519 key; nil for RSA.
    public var raw: [UInt8]? {
        kind == .ed25519 ? Array(subjectPublicKeyInfo.suffix(32)) : nil
    }

    /// The modulus' length; nil for Ed25519.
    public var modulusBits: Int? {
        if case .rsa(let bits) = kind { bits } else { nil }
    }

    /// Whether the signature is one over this message: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), or
    /// PureEdDSA (RFC 8032 §5.1).
    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch kind {
        case .rsa: verify(signature, of: SHA256.hash(message))
        case .ed25519: verifyOctets(signature, of: message)
        }
    }

    /// Whether the signature is one over this digest: for RSA as if over the message that it is the SHA-256 digest
    /// of; for Ed25519 over the digest's 32 octets (RFC 8463 §3).
    public func verify(_ signature: [UInt8], of digest: SHA256Digest) -> Bool {
        verifyOctets(signature, of: digest.octets)
    }

    private func verifyOctets(_ signature: [UInt8], of octets: [UInt8]) -> Bool {
        signature.withUnsafeBufferPointer { signature in
            octets.withUnsafeBufferPointer { handle.verify(signature, of: $0) }
        }
    }
}

extension PublicKey: Hashable {
    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.subjectPublicKeyInfo == right.subjectPublicKeyInfo
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(subjectPublicKeyInfo)
    }
}
