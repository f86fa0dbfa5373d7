/// The lexical rules of RFC 1035 §5.1: fields between blanks, quoted strings, escapes.
enum MasterFileText {
    struct Field {
        /// With escapes resolved.
        var octets: [UInt8] = []
        /// As it stood, for what reads escapes itself: names, and RFC 3597's `\#`.
        var raw: [UInt8] = []
        var isQuoted = false

        var text: String { String(decoding: raw, as: UTF8.self) }

        func name() throws(RecordPresentationError) -> DomainName {
            do throws(DomainNameError) {
                return try DomainName(absolute: text)
            } catch {
                throw .badName(text, error)
            }
        }

        func number<Number: FixedWidthInteger>() throws(RecordPresentationError) -> Number {
            // `Number("+1")` would pass.
            guard octets.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let value = Number(text)
            else { throw .badNumber(text) }
            return value
        }
    }

    static func fields(_ text: String) throws(RecordPresentationError) -> [Field] {
        let bytes = Array(text.utf8)
        var fields: [Field] = []
        var index = 0
        while index < bytes.count {
            if isBlank(bytes[index]) {
                index += 1
            } else if bytes[index] == UInt8(ascii: "\"") {
                fields.append(try quoted(bytes, &index))
            } else {
                fields.append(try bare(bytes, &index))
            }
        }
        return fields
    }

    private static func quoted(_ bytes: [UInt8], _ index: inout Int) throws(RecordPresentationError) -> Field {
        var field = Field(isQuoted: true)
        index += 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\"") {
                index += 1
                field.raw = field.octets
                return field
            }
            field.octets.append(try octet(bytes, &index))
        }
        throw .unterminatedString
    }

    private static func bare(_ bytes: [UInt8], _ index: inout Int) throws(RecordPresentationError) -> Field {
        var field = Field()
        while index < bytes.count, !isBlank(bytes[index]), bytes[index] != UInt8(ascii: "\"") {
            switch bytes[index] {
            case UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"): throw .unquotedSpecial(bytes[index])
            default: break
            }
            let start = index
            field.octets.append(try octet(bytes, &index))
            field.raw.append(contentsOf: bytes[start..<index])
        }
        return field
    }

    private static func octet(_ bytes: [UInt8], _ index: inout Int) throws(RecordPresentationError) -> UInt8 {
        guard bytes[index] == UInt8(ascii: "\\") else {
            defer { index += 1 }
            return bytes[index]
        }
        guard let (octet, length) = DomainNameParser.escape(bytes[index...]) else { throw .badEscape }
        index += length
        return octet
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    static func append(quoted octet: UInt8, to text: inout [UInt8]) {
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            text.append(UInt8(ascii: "\\"))
            text.append(octet)
        case 0x20...0x7E:
            text.append(octet)
        default:
            text.append(UInt8(ascii: "\\"))
            text.append(UInt8(ascii: "0") + octet / 100)
            text.append(UInt8(ascii: "0") + octet / 10 % 10)
            text.append(UInt8(ascii: "0") + octet % 10)
        }
    }

    static func hexadecimal(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for octet in octets {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil unless there are an even number of hexadecimal digits and nothing else.
    static func octets(hexadecimal text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var octets: [UInt8] = []
        var index = 0
        while index < text.count {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            octets.append(high << 4 | low)
            index += 2
        }
        return octets
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
