import COpenSSL

/// Seals private keys with AES-256-GCM (NIST SP 800-38D) and opens them again. Byte-exact in docs/spec/keyring.md.
///
///     0       4        1        1          8             12      n            16
///     "SGNT"  version  algorithm  check value  nonce  ciphertext  tag
struct KeySeal {
    static let magic = Array("SGNT".utf8)
    static let version: UInt8 = 1
    static let checkOctets = 8
    static let nonceOctets = 12
    static let tagOctets = 16
    static let headerOctets = magic.count + 2 + checkOctets

    let key: KeyEncryptionKey

    func seal(_ privateKey: PrivateKey, as id: KeyID) throws(KeyringError) -> SealedPrivateKey {
        let plaintext = try privateKey.encoded()
        let header = Self.magic + [Self.version, privateKey.algorithm.sealNumber] + key.checkValue
        // Random 96-bit nonces under one key: SP 800-38D §8.3 allows 2^32 of them, far beyond any keyring.
        var nonce = [UInt8](repeating: 0, count: Self.nonceOctets)
        guard RAND_bytes(&nonce, Int32(nonce.count)) == 1 else { throw .cryptography(OpenSSL.takeError()) }
        guard let context = EVP_CIPHER_CTX_new() else { throw .cryptography(OpenSSL.takeError()) }
        defer { EVP_CIPHER_CTX_free(context) }

        let associated = Self.associatedData(header: header, id: id)
        var ciphertext = [UInt8](repeating: 0, count: plaintext.bytes.count)
        var tag = [UInt8](repeating: 0, count: Self.tagOctets)
        var count: Int32 = 0
        guard
            EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), key.secret.pointer, nonce, nil) == 1,
            EVP_EncryptUpdate(context, nil, &count, associated, Int32(associated.count)) == 1,
            EVP_EncryptUpdate(context, &ciphertext, &count, plaintext.pointer, Int32(plaintext.bytes.count)) == 1,
            count == ciphertext.count,
            EVP_EncryptFinal_ex(context, nil, &count) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(tag.count), &tag) == 1
        else { throw .cryptography(OpenSSL.takeError()) }
        return SealedPrivateKey(octets: header + nonce + ciphertext + tag)
    }

    /// Fails, and gives out nothing, unless the blob is exactly what was sealed for this id under this key.
    func open(_ sealed: SealedPrivateKey, as id: KeyID) throws(KeyringError) -> PrivateKey {
        let octets = sealed.octets
        guard octets.count > Self.headerOctets + Self.nonceOctets + Self.tagOctets, octets.starts(with: Self.magic)
        else { throw .damagedKey(key: id.description) }
        guard octets[4] == Self.version else { throw .unknownFormat(key: id.description, version: octets[4]) }
        let header = Array(octets.prefix(Self.headerOctets))
        guard header.suffix(Self.checkOctets).elementsEqual(key.checkValue) else {
            throw .wrongKeyEncryptionKey(key: id.description)
        }
        let nonce = Array(octets[Self.headerOctets..<Self.headerOctets + Self.nonceOctets])
        let ciphertext = Array(octets[(Self.headerOctets + Self.nonceOctets)...].dropLast(Self.tagOctets))
        var tag = Array(octets.suffix(Self.tagOctets))
        guard let context = EVP_CIPHER_CTX_new() else { throw .cryptography(OpenSSL.takeError()) }
        defer { EVP_CIPHER_CTX_free(context) }

        let associated = Self.associatedData(header: header, id: id)
        let plaintext = SecretBytes(count: ciphertext.count)
        var count: Int32 = 0
        guard
            EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), key.secret.pointer, nonce, nil) == 1,
            EVP_DecryptUpdate(context, nil, &count, associated, Int32(associated.count)) == 1,
            EVP_DecryptUpdate(context, plaintext.pointer, &count, ciphertext, Int32(ciphertext.count)) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(tag.count), &tag) == 1,
            EVP_DecryptFinal_ex(context, nil, &count) == 1
        else {
            ERR_clear_error()
            throw .damagedKey(key: id.description)
        }
        let key = try PrivateKey(der: UnsafeRawBufferPointer(plaintext.bytes))
        guard key.algorithm.sealNumber == header[5] else { throw .damagedKey(key: id.description) }
        return key
    }

    /// Binds the blob to its id, algorithm and format, so that it cannot be given to another key.
    private static func associatedData(header: [UInt8], id: KeyID) -> [UInt8] {
        let purpose = id.purpose == .dkim ? [] : [id.purpose.rawValue]
        return ([id.domain, id.selector] + purpose).reduce(header) { data, text in
            let count = UInt32(text.utf8.count)
            return data + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * UInt32($0))) } + text.utf8
        }
    }
}

extension KeyAlgorithm {
    /// docs/spec/keyring.md, "Algorithms".
    fileprivate var sealNumber: UInt8 {
        switch self {
        case .rsa2048: 1
        case .rsa3072: 2
        case .rsa4096: 3
        case .ed25519: 4
        }
    }
}
