import COpenSSL

/// Reads the private key file that `ssh-keygen` writes: OpenSSH's `PROTOCOL.key`, "openssh-key-v1".
///
///     "openssh-key-v1" 0x00, string cipher, string kdf, string kdf options, uint32 number of keys,
///     string public key, string of: uint32 check, uint32 the same, then for each key its type and numbers and a
///     comment, then padding 1, 2, 3, … up to the cipher's block
///
/// A string is its length in 4 octets, big-endian, and its octets (RFC 4251 §5). Ed25519 keys only, unencrypted only.
enum OpenSSHPrivateKey {
    static let beginning = "-----BEGIN OPENSSH PRIVATE KEY-----"
    static let end = "-----END OPENSSH PRIVATE KEY-----"
    private static let magic = Array("openssh-key-v1\0".utf8)
    private static let ed25519 = Array("ssh-ed25519".utf8)
    /// Without encryption the padding goes up to this.
    private static let blockOctets = 8

    static func read(_ text: [UInt8]) throws(KeyFileError) -> PrivateKey {
        let blob = try decoded(text)
        var reader = Reader(UnsafeRawBufferPointer(blob.bytes))
        guard reader.take(magic.count)?.elementsEqual(magic) == true, let cipher = reader.string(),
            let kdf = reader.string(), reader.string() != nil, let count = reader.number(),
            let publicKey = reader.string(), let section = reader.string(), reader.isAtEnd
        else { throw .damaged }
        guard cipher.elementsEqual("none".utf8), kdf.elementsEqual("none".utf8) else { throw .encrypted(.openSSH) }
        guard count == 1 else { throw .severalKeys }
        var outer = Reader(publicKey)
        guard let type = outer.string() else { throw .damaged }
        guard type.elementsEqual(ed25519) else {
            throw .unsupportedType(String(decoding: type.prefix(64).filter { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self))
        }
        return try privateKey(section, publicKey: outer.string())
    }

    private static func privateKey(
        _ section: UnsafeRawBufferPointer, publicKey: UnsafeRawBufferPointer?
    ) throws(KeyFileError) -> PrivateKey {
        var reader = Reader(section)
        guard section.count.isMultiple(of: blockOctets), let check = reader.number(), check == reader.number(),
            reader.string()?.elementsEqual(ed25519) == true, let innerPublic = reader.string(),
            // The seed of RFC 8032 §5.1.5, then the public key once more.
            let pair = reader.string(), pair.count == 64, reader.string() != nil,
            let padding = reader.take(reader.remaining), padding.count < blockOctets,
            padding.enumerated().allSatisfy({ Int($1) == $0 + 1 })
        else { throw .damaged }
        let seed = UnsafeRawBufferPointer(rebasing: pair.prefix(32))
        guard let publicKey, innerPublic.elementsEqual(publicKey), pair.suffix(32).elementsEqual(publicKey),
            let pointer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed.baseAddress, seed.count)
        else { throw .damaged }
        guard let key = try? PrivateKey(KeyHandle(pointer)), key.publicKey.raw?.elementsEqual(publicKey) == true else {
            throw .damaged
        }
        return key
    }

    /// The octets between the two lines, from base64 (RFC 4648 §4) in lines.
    private static func decoded(_ text: [UInt8]) throws(KeyFileError) -> SecretBytes {
        let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard let first = lines.firstIndex(where: { $0.elementsEqual(beginning.utf8) }),
            let last = lines[first...].firstIndex(where: { $0.elementsEqual(end.utf8) })
        else { throw .damaged }
        let count = lines[first + 1..<last].reduce(0) { $0 + $1.count }
        guard count > 0, count.isMultiple(of: 4) else { throw .damaged }
        let encoded = SecretBytes(count: count)
        var offset = 0
        for line in lines[first + 1..<last] {
            line.withUnsafeBytes {
                encoded.bytes.baseAddress?.advanced(by: offset).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
            offset += line.count
        }
        let padding = encoded.bytes.suffix(2).count { $0 == UInt8(ascii: "=") }
        let whole = SecretBytes(count: count / 4 * 3)
        guard EVP_DecodeBlock(whole.pointer, encoded.pointer, Int32(count)) == Int32(whole.bytes.count) else {
            ERR_clear_error()
            throw .damaged
        }
        let result = SecretBytes(count: whole.bytes.count - padding)
        result.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole.bytes.prefix(result.bytes.count)))
        return result
    }

    /// RFC 4251 §5, within bounds: nil where the octets run out.
    private struct Reader {
        private var rest: Slice<UnsafeRawBufferPointer>

        init(_ octets: UnsafeRawBufferPointer) { rest = octets[...] }

        var isAtEnd: Bool { rest.isEmpty }
        var remaining: Int { rest.count }

        mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
            guard count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
        }

        mutating func number() -> UInt32? {
            take(4)?.reduce(0) { $0 << 8 | UInt32($1) }
        }

        mutating func string() -> UnsafeRawBufferPointer? {
            number().flatMap { take(Int($0)) }
        }
    }
}
