/// Base64 (RFC 4648 §4): as tag values hold it, where folding white space inside means nothing (RFC 6376 §3.5), and in its one
/// canonical form.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let invalid: UInt8 = 0xFF
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    package static func encode(_ octets: [UInt8]) -> [UInt8] {
        let count = (octets.count + 2) / 3 * 4
        return [UInt8](unsafeUninitializedCapacity: count) { output, written in
            alphabet.withUnsafeBufferPointer { alphabet in
                var position = 0
                var index = 0
                while index < octets.count {
                    let left = octets.count - index
                    let bits =
                        UInt32(octets[index]) << 16 | (left > 1 ? UInt32(octets[index + 1]) << 8 : 0)
                        | (left > 2 ? UInt32(octets[index + 2]) : 0)
                    output[position] = alphabet[Int(bits >> 18)]
                    output[position + 1] = alphabet[Int(bits >> 12 & 63)]
                    output[position + 2] = left > 1 ? alphabet[Int(bits >> 6 & 63)] : UInt8(ascii: "=")
                    output[position + 3] = left > 2 ? alphabet[Int(bits & 63)] : UInt8(ascii: "=")
                    position += 4
                    index += 3
                }
            }
            written = count
        }
    }

    package static func encodeText(_ octets: [UInt8]) -> String { String(decoding: encode(octets), as: UTF8.self) }

    /// Nil for anything but base64 and folding white space. Padding may be missing, as published keys have it; what
    /// is there must be right.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var digits = 0
        var padding = 0
        for character in text {
            let value = values[Int(character)]
            if value == invalid {
                if character == 0x20 || character == 0x09 || character == 0x0D || character == 0x0A { continue }
                guard character == UInt8(ascii: "="), padding < 2 else { return nil }
                padding += 1
                continue
            }
            guard padding == 0 else { return nil }
            bits = bits << 6 | UInt32(value)
            digits += 1
            if digits % 4 == 0 {
                octets.append(UInt8(truncatingIfNeeded: bits >> 16))
                octets.append(UInt8(truncatingIfNeeded: bits >> 8))
                octets.append(UInt8(truncatingIfNeeded: bits))
            }
        }
        switch digits % 4 {
        case 0:
            guard padding == 0 else { return nil }
        case 2:
            guard padding == 0 || padding == 2 else { return nil }
            octets.append(UInt8(truncatingIfNeeded: bits >> 4))
        case 3:
            guard padding == 0 || padding == 1 else { return nil }
            octets.append(UInt8(truncatingIfNeeded: bits >> 10))
            octets.append(UInt8(truncatingIfNeeded: bits >> 2))
        default:
            return nil
        }
        return octets
    }

    /// Nil for anything that `encode` would not have written: white space, missing padding, bits that mean nothing
    /// (RFC 4648 §3.5). Where the text itself is not signed, a second spelling of the same octets would be a change that
    /// nobody notices.
    package static func decodeCanonical(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let octets = decode(text), encode(octets)[...] == text else { return nil }
        return octets
    }

    package static func decodeCanonical(_ text: some StringProtocol) -> [UInt8]? {
        decodeCanonical(Array(text.utf8)[...])
    }
}
