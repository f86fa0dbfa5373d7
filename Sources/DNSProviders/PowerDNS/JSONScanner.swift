/// Reads JSON (RFC 8259) octet by octet, keeping what is asked for and skipping the rest.
///
/// A zone's listing is mostly record sets that nobody asked about; a decoder that builds all of it takes ten times as
/// long as reading it off the wire. Strings come as octets, because what a zone holds need not be UTF-8.
struct JSONScanner {
    struct Malformed: Error {
        /// Where, counted in octets from the start.
        let offset: Int
    }

    /// Deeper documents are refused: a listing needs 5.
    private static let depthMax = 32

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var malformed: Malformed { Malformed(offset: index) }

    /// The next octet that is no blank, which stays unread.
    private mutating func peek() throws(Malformed) -> UInt8 {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            case let byte: return byte
            }
        }
        throw malformed
    }

    private mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard try peek() == byte else { throw malformed }
        index += 1
    }

    /// Fails unless only blanks follow.
    mutating func end() throws(Malformed) {
        while index < bytes.count {
            guard [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) else { throw malformed }
            index += 1
        }
    }

    // MARK: Containers

    /// Calls the body at each member's value, which it must read or skip.
    mutating func object(_ body: (inout JSONScanner, String) throws(Malformed) -> Void) throws(Malformed) {
        try items(from: UInt8(ascii: "{"), to: UInt8(ascii: "}")) { (scanner) throws(Malformed) in
            let key = try scanner.string()
            try scanner.expect(UInt8(ascii: ":"))
            try body(&scanner, String(decoding: key, as: UTF8.self))
        }
    }

    /// Calls the body at each element, which it must read or skip.
    mutating func array(_ body: (inout JSONScanner) throws(Malformed) -> Void) throws(Malformed) {
        try items(from: UInt8(ascii: "["), to: UInt8(ascii: "]"), body)
    }

    private mutating func items(
        from opening: UInt8, to closing: UInt8, _ body: (inout JSONScanner) throws(Malformed) -> Void
    ) throws(Malformed) {
        try expect(opening)
        depth += 1
        guard depth <= Self.depthMax else { throw malformed }
        if try peek() != closing {
            while true {
                try body(&self)
                guard try peek() == UInt8(ascii: ",") else { break }
                index += 1
            }
        }
        try expect(closing)
        depth -= 1
    }

    // MARK: Values

    /// Whether the next value is an object.
    mutating func isAtObject() -> Bool { (try? peek()) == UInt8(ascii: "{") }

    mutating func skip() throws(Malformed) {
        switch try peek() {
        case UInt8(ascii: "{"): try object { (scanner, _) throws(Malformed) in try scanner.skip() }
        case UInt8(ascii: "["): try array { (scanner) throws(Malformed) in try scanner.skip() }
        case UInt8(ascii: "\""): try skipString()
        default: _ = try word()
        }
    }

    mutating func boolean() throws(Malformed) -> Bool {
        let start = index
        let word = try word()
        if word.elementsEqual("true".utf8) { return true }
        guard word.elementsEqual("false".utf8) else { throw Malformed(offset: start) }
        return false
    }

    mutating func unsigned() throws(Malformed) -> UInt32 {
        let start = index
        guard let value = UInt32(String(decoding: try word(), as: UTF8.self)) else { throw Malformed(offset: start) }
        return value
    }

    /// A number or one of `true`, `false`, `null`.
    private mutating func word() throws(Malformed) -> ArraySlice<UInt8> {
        _ = try peek()
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
                index += 1
                continue
            default: break
            }
            break
        }
        guard index > start else { throw malformed }
        return bytes[start..<index]
    }

    private mutating func skipString() throws(Malformed) {
        try expect(UInt8(ascii: "\""))
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        throw malformed
    }

    /// A string's octets, escapes resolved.
    mutating func string() throws(Malformed) -> [UInt8] {
        try expect(UInt8(ascii: "\""))
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
        var octets = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return octets }
            if byte == UInt8(ascii: "\\") {
                try appendEscape(to: &octets)
            } else {
                octets.append(byte)
            }
        }
        throw malformed
    }

    private mutating func appendEscape(to octets: inout [UInt8]) throws(Malformed) {
        guard index < bytes.count else { throw malformed }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): octets.append(byte)
        case UInt8(ascii: "b"): octets.append(0x08)
        case UInt8(ascii: "f"): octets.append(0x0C)
        case UInt8(ascii: "n"): octets.append(0x0A)
        case UInt8(ascii: "r"): octets.append(0x0D)
        case UInt8(ascii: "t"): octets.append(0x09)
        case UInt8(ascii: "u"): octets.append(contentsOf: String(Character(try unicodeEscape())).utf8)
        default: throw malformed
        }
    }

    /// What follows `\u`: four hexadecimal digits, or a surrogate pair (RFC 8259 §7).
    private mutating func unicodeEscape() throws(Malformed) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, bytes.count - index >= 2, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw malformed }
        index += 2
        let second = try codeUnit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw malformed }
        return scalar
    }

    private mutating func codeUnit() throws(Malformed) -> UInt32 {
        guard bytes.count - index >= 4 else { throw malformed }
        let digits = bytes[index..<index + 4]
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed }
        index += 4
        return value
    }
}
