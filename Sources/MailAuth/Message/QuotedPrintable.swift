/// Quoted-printable (RFC 2045 §6.7).
enum QuotedPrintable {
    /// RFC 2045 §6.7 (5), with a soft line break's `=`.
    static let columnsMax = 76
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    static func escape(_ octet: UInt8) -> [UInt8] {
        [UInt8(ascii: "="), hexDigits[Int(octet >> 4)], hexDigits[Int(octet & 15)]]
    }

    /// How many octets `encode` makes of it at least: soft line breaks are not counted.
    static func width(_ octets: [UInt8]) -> Int {
        octets.reduce(0) { $0 + (isPlain($1) || $1.isFoldingWhitespace ? 1 : 3) }
    }

    /// Text whose lines end in CRLF.
    ///
    /// What a mail system on the way may touch is escaped: white space at a line's end, `From ` and a dot at its start
    /// (RFC 2049 §3).
    static func encode(_ octets: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(octets.count + octets.count / 8)
        var column = 0
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            if octet == .carriageReturn, index + 1 < octets.count, octets[index + 1] == .lineFeed {
                output += [.carriageReturn, .lineFeed]
                column = 0
                index += 2
                continue
            }
            let isLast = index + 1 == octets.count || octets[index + 1] == .carriageReturn
            let isRisky =
                column == 0 && (octet == UInt8(ascii: ".") || octets[index...].starts(with: "From ".utf8))
            let isLiteral = isPlain(octet) && !isRisky || octet.isWhitespace && !isLast
            let width = isLiteral ? 1 : 3
            // The last octet of a line may stand in column 76; any other leaves room for the soft break.
            if column + width > (isLast ? columnsMax : columnsMax - 1) {
                output += [UInt8(ascii: "="), .carriageReturn, .lineFeed]
                column = 0
                continue
            }
            output += isLiteral ? [octet] : escape(octet)
            column += width
            index += 1
        }
        return output
    }

    /// Undoes it; an `=` that escapes nothing stays as it is (RFC 2045 §6.7).
    static func decode(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(octets.count)
        var rest = octets
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "=") else {
                output.append(octet)
                continue
            }
            let next = rest.prefix(2)
            if next.count == 2, let high = next.first?.hexadecimalValue, let low = next.last?.hexadecimalValue {
                output.append(high << 4 | low)
                rest = rest.dropFirst(2)
                continue
            }
            // A soft line break, with the white space that a mail system may have added before it.
            let blanks = rest.prefix(while: \.isWhitespace)
            let lineEnd = rest[blanks.endIndex...]
            if lineEnd.starts(with: [.carriageReturn, .lineFeed]) {
                rest = lineEnd.dropFirst(2)
            } else if lineEnd.first == .lineFeed {
                rest = lineEnd.dropFirst()
            } else {
                output.append(octet)
            }
        }
        return output
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        octet > 0x20 && octet < 0x7F && octet != UInt8(ascii: "=")
    }
}
