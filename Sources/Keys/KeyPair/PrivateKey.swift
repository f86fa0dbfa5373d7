import COpenSSL

/// A key pair's private half. Only Keys holds one; everybody else holds a `Signer`.
struct PrivateKey: Sendable {
    let algorithm: KeyAlgorithm
    let publicKey: PublicKey
    let handle: KeyHandle

    /// A new key pair by OpenSSL's generator. An RSA key takes tens of milliseconds of one core.
    static func generate(_ algorithm: KeyAlgorithm) throws(KeyringError) -> PrivateKey {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, algorithm.openSSLName, nil) else {
            throw .cryptography(OpenSSL.takeError())
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            algorithm.modulusBits.map({ EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32($0)) }) ?? 1 == 1,
            EVP_PKEY_generate(context, &key) == 1, let key
        else { throw .cryptography(OpenSSL.takeError()) }
        return try PrivateKey(KeyHandle(key))
    }

    /// From DER PKCS#8 (RFC 5958) or PKCS#1 octets.
    init(der octets: UnsafeRawBufferPointer) throws(KeyringError) {
        var cursor = octets.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let key = d2i_AutoPrivateKey(nil, &cursor, octets.count) else {
            throw .cryptography(OpenSSL.takeError())
        }
        try self.init(KeyHandle(key))
    }

    /// From unencrypted PEM.
    init(pem text: [UInt8]) throws(KeyringError) {
        let key = text.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(source) }
            // An empty passphrase, so that an encrypted key fails instead of asking at the terminal.
            return "".withCString { PEM_read_bio_PrivateKey(source, nil, nil, UnsafeMutableRawPointer(mutating: $0)) }
        }
        guard let key else { throw .cryptography(OpenSSL.takeError()) }
        try self.init(KeyHandle(key))
    }

    init(_ handle: KeyHandle) throws(KeyringError) {
        guard let algorithm = KeyAlgorithm(key: handle), let publicKey = Self.publicKey(of: handle) else {
            throw .cryptography("neither RSA of 2048, 3072 or 4096 bits nor Ed25519")
        }
        self.algorithm = algorithm
        self.publicKey = publicKey
        self.handle = handle
    }

    /// DER PKCS#8: what is sealed.
    func encoded() throws(KeyringError) -> SecretBytes {
        guard let info = EVP_PKEY2PKCS8(handle.pointer) else { throw .cryptography(OpenSSL.takeError()) }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        let count = i2d_PKCS8_PRIV_KEY_INFO(info, nil)
        guard count > 0 else { throw .cryptography(OpenSSL.takeError()) }
        let secret = SecretBytes(count: Int(count))
        var cursor = secret.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard i2d_PKCS8_PRIV_KEY_INFO(info, &cursor) == count else { throw .cryptography(OpenSSL.takeError()) }
        return secret
    }

    private static func publicKey(of handle: KeyHandle) -> PublicKey? {
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(handle.pointer, &buffer)
        guard count > 0, let buffer else { return nil }
        defer { CRYPTO_free(buffer, "", 0) }
        return PublicKey(subjectPublicKeyInfo: Array(UnsafeBufferPointer(start: buffer, count: Int(count))))
    }
}

extension KeyAlgorithm {
    fileprivate var openSSLName: String { self == .ed25519 ? "ED25519" : "RSA" }

    fileprivate var modulusBits: Int? {
        switch self {
        case .rsa2048: 2048
        case .rsa3072: 3072
        case .rsa4096: 4096
        case .ed25519: nil
        }
    }

    fileprivate init?(key: KeyHandle) {
        switch (EVP_PKEY_get_base_id(key.pointer), EVP_PKEY_get_bits(key.pointer)) {
        case (EVP_PKEY_ED25519, _): self = .ed25519
        case (EVP_PKEY_RSA, 2048): self = .rsa2048
        case (EVP_PKEY_RSA, 3072): self = .rsa3072
        case (EVP_PKEY_RSA, 4096): self = .rsa4096
        default: return nil
        }
    }
}
