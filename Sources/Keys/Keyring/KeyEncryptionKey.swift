import COpenSSL

/// The key that seals every private key: 32 octets, from wherever the user keeps secrets.
///
/// It is overwritten when the last holder lets go, and nothing that prints, dumps, reflects or encodes shows it.
package final class KeyEncryptionKey: Sendable {
    package static let octetCount = 32

    let secret: SecretBytes
    /// Tells a wrong key from a damaged blob; docs/spec/keyring.md, "Check value".
    let checkValue: [UInt8]

    /// Reads 64 hexadecimal digits in either case, or base64 (RFC 4648 §4) of 32 octets, padded or not.
    package convenience init(_ text: String) throws(KeyringError) {
        try self.init(text: Array(text.utf8))
    }

    package init(text: [UInt8]) throws(KeyringError) {
        guard let secret = Self.decodeHexadecimal(text) ?? Self.decodeBase64(text) else {
            throw .malformedKeyEncryptionKey(characterCount: text.count)
        }
        self.secret = secret
        checkValue = Self.checkValue(of: secret)
    }

    private static func decodeHexadecimal(_ text: [UInt8]) -> SecretBytes? {
        guard text.count == 2 * octetCount else { return nil }
        let secret = SecretBytes(count: octetCount)
        for (index, digit) in text.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
            default: return nil
            }
            secret.bytes[index / 2] = secret.bytes[index / 2] << 4 | value
        }
        return secret
    }

    private static func decodeBase64(_ text: [UInt8]) -> SecretBytes? {
        let digits = text.last == UInt8(ascii: "=") ? text.dropLast() : text[...]
        guard digits.count == 43, text.count <= 44 else { return nil }
        let secret = SecretBytes(count: octetCount)
        var buffer: UInt32 = 0
        var bits = 0
        var index = 0
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8, index < octetCount {
                bits -= 8
                secret.bytes[index] = UInt8(truncatingIfNeeded: buffer >> UInt32(bits))
                index += 1
            }
        }
        return secret
    }

    private static func checkValue(of secret: SecretBytes) -> [UInt8] {
        let label = Array("signet keyring check 1".utf8)
        var tag = [UInt8](repeating: 0, count: SHA256Digest.octetCount)
        let made = HMAC(
            EVP_sha256(), secret.bytes.baseAddress, Int32(secret.bytes.count), label, label.count, &tag, nil)
        precondition(made != nil)
        return Array(tag.prefix(KeySeal.checkOctets))
    }
}

extension KeyEncryptionKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "key-encryption key (not shown)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
