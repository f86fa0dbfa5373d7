import Keys

/// How a part's octets are written so that every mail system carries them unchanged (RFC 2045 §6).
enum TransferEncoding: String {
    case sevenBit = "7bit"
    case quotedPrintable = "quoted-printable"
    case base64

    /// For text whose lines end in CRLF: as it is if nothing on the way may touch it, else the shorter of the two.
    init(forText octets: [UInt8]) {
        if Self.isSafe(octets) {
            self = .sevenBit
        } else {
            self = QuotedPrintable.width(octets) <= (octets.count + 2) / 3 * 4 ? .quotedPrintable : .base64
        }
    }

    var field: FoldedField {
        var field = FoldedField("Content-Transfer-Encoding")
        field.append(rawValue)
        return field
    }

    func encode(_ octets: [UInt8]) -> [UInt8] {
        switch self {
        case .sevenBit: octets
        case .quotedPrintable: QuotedPrintable.encode(octets)
        case .base64: Self.base64Lines(octets)
        }
    }

    /// Lines of 76 columns (RFC 2045 §6.8), each ended by CRLF.
    static func base64Lines(_ octets: [UInt8]) -> [UInt8] {
        let digits = Base64.encode(octets)
        var lines: [UInt8] = []
        lines.reserveCapacity(digits.count / 76 * 78 + 78)
        var rest = digits[...]
        while !rest.isEmpty {
            lines += rest.prefix(76) + [.carriageReturn, .lineFeed]
            rest = rest.dropFirst(76)
        }
        return lines
    }

    /// Base64 up to its padding; what is not of its alphabet is passed over (RFC 2045 §6.8).
    static func decodeBase64(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var digits = octets.prefix { $0 != UInt8(ascii: "=") }.filter {
            $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/")
        }
        // One digit alone is no octet.
        if digits.count % 4 == 1 { digits.removeLast() }
        return Base64.decode(digits[...]) ?? []
    }

    /// ASCII without controls, lines of at most 998 octets, no white space at a line's end, no `From ` at its start,
    /// and nothing that could be one of our boundaries.
    private static func isSafe(_ octets: [UInt8]) -> Bool {
        octets.withUnsafeBufferPointer { octets in
            var lineStart = 0
            for index in octets.indices {
                let octet = octets[index]
                // Most are letters.
                if octet > UInt8(ascii: "F"), octet < 0x7F { continue }
                switch octet {
                case .lineFeed:
                    if index - 1 - lineStart > MessageBuilder.lineOctetsMax { return false }
                    if index >= lineStart + 2, octets[index - 2].isWhitespace { return false }
                    lineStart = index + 1
                case UInt8(ascii: "F") where index == lineStart:
                    if octets[index...].starts(with: "From ".utf8) { return false }
                case UInt8(ascii: "="):
                    if index + 1 < octets.count, octets[index + 1] == UInt8(ascii: "_") { return false }
                case .carriageReturn, .tab, 0x20..<0x7F:
                    break
                default:
                    return false
                }
            }
            return true
        }
    }
}
