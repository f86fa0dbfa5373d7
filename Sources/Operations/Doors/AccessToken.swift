package import Keys

/// A token's public name: 16 letters and digits. It stands in lists and in the log; nothing can be done with it.
package struct TokenID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Of randomness: enough that two tokens never meet.
    package static let octetCount = 10

    package let rawValue: String

    package init?(rawValue: String) {
        guard rawValue.utf8.count == 16, TokenText.isText(rawValue.utf8) else { return nil }
        self.rawValue = rawValue
    }

    /// - Parameter random: `octetCount` octets.
    package init(random: [UInt8]) {
        precondition(random.count == Self.octetCount, "a token's id is made of 80 bits")
        rawValue = TokenText.encode(random)
    }

    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A bearer token (RFC 6750): `sgt_`, its id, `_`, and 256 random bits.
///
/// The id finds the record, the secret is compared. The prefix lets scanners of leaked secrets know it. Only `revealed`
/// shows it, to the one who made it: printed or reflected it is its id.
package struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
    static let prefix = "sgt_"
    static let secretOctetCount = 32
    /// RFC 4648 §6 without padding.
    private static let secretTextCount = 52

    package let id: TokenID
    private let secret: String

    init(id: TokenID, secret: [UInt8]) {
        precondition(secret.count == Self.secretOctetCount, "a token's secret is made of 256 bits")
        self.id = id
        self.secret = TokenText.encode(secret)
    }

    /// Nil for whatever is no token; says nothing about whether there is such a one.
    package init?(_ text: String) {
        let octets = Array(text.utf8)
        let start = Self.prefix.utf8.count
        guard octets.count == start + 16 + 1 + Self.secretTextCount, text.hasPrefix(Self.prefix),
            octets[start + 16] == UInt8(ascii: "_"),
            let id = TokenID(rawValue: String(decoding: octets[start..<start + 16], as: UTF8.self)),
            TokenText.isText(octets[(start + 17)...])
        else { return nil }
        self.id = id
        secret = String(decoding: octets[(start + 17)...], as: UTF8.self)
    }

    /// The whole token: to be shown once, and kept nowhere.
    package var revealed: String { "\(Self.prefix)\(id)_\(secret)" }

    package var description: String { "\(Self.prefix)\(id)_…" }
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }

    /// What the store keeps. No salt: nobody can guess 256 random bits.
    package var digest: SHA256Digest { SHA256.hash(Array(revealed.utf8)) }
}

/// RFC 4648 §6, in lower case and without padding: no two characters look alike, and a double click selects all of it.
private enum TokenText {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    static func isText(_ octets: some Sequence<UInt8>) -> Bool {
        octets.allSatisfy { 0x61...0x7A ~= $0 || 0x32...0x37 ~= $0 }
    }

    static func encode(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> UInt32(count) & 31)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
