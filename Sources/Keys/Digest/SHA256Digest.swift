import COpenSSL

/// A SHA-256 digest (FIPS 180-4): 32 octets.
///
/// Written as `sha256:` and 64 lower-case hexadecimal digits wherever it is text: JSON, logs, file names.
public struct SHA256Digest: Hashable, Sendable {
    public static let octetCount = 32
    static let prefix = "sha256:"

    public let octets: [UInt8]

    /// Nil unless there are 32 octets.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == Self.octetCount else { return nil }
        self.octets = Array(octets)
    }

    /// Reads `sha256:` and 64 hexadecimal digits, lower case. Nil for anything else, so that one digest has one text.
    public init?(_ text: String) {
        let digits = Array(text.utf8.dropFirst(Self.prefix.utf8.count))
        guard text.hasPrefix(Self.prefix), digits.count == 2 * Self.octetCount else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.octetCount)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(ofDigit: digits[index]), let low = Self.value(ofDigit: digits[index + 1])
            else { return nil }
            octets.append(high << 4 | low)
        }
        self.octets = octets
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 2 * Self.octetCount) { text in
            for (index, octet) in octets.enumerated() {
                text[2 * index] = Self.digit(octet >> 4)
                text[2 * index + 1] = Self.digit(octet & 15)
            }
            return 2 * Self.octetCount
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension SHA256Digest: CustomStringConvertible {
    public var description: String { Self.prefix + hex }
}

extension SHA256Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = SHA256Digest(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected sha256: and 64 hexadecimal digits")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension SHA256Digest {
    /// Equality in a time that does not depend on where the two differ: for digests of secrets.
    public func isEqualInConstantTime(to other: SHA256Digest) -> Bool {
        octets.withUnsafeBytes { mine in
            other.octets.withUnsafeBytes { CRYPTO_memcmp(mine.baseAddress, $0.baseAddress, Self.octetCount) == 0 }
        }
    }
}
