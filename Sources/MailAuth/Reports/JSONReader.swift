/// A JSON value (RFC 8259), as far as reports need it.
enum JSONValue: Equatable {
    /// In order; of two members of one name the first counts.
    case object([(name: String, value: JSONValue)])
    case array([JSONValue])
    case string(String)
    /// As it is written.
    case number(String)
    case bool(Bool)
    case null

    static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            left.map(\.name) == right.map(\.name) && left.map(\.value) == right.map(\.value)
        case (.array(let left), .array(let right)): left == right
        case (.string(let left), .string(let right)), (.number(let left), .number(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }

    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A number without a fraction; some generators write it as a string.
    var integer: Int? {
        switch self {
        case .number(let text), .string(let text): Int(text)
        default: nil
        }
    }

    /// An array's elements; another value, some generators' way of writing one of them, alone.
    var elements: [JSONValue] {
        switch self {
        case .array(let elements): elements
        case .null: []
        default: [self]
        }
    }
}

/// Reads JSON with bounds on depth and count; MailAuth has no Foundation.
struct JSONReader {
    /// Ours: a report is six values deep.
    static let depthMax = 32
    /// Ours.
    static let valuesMax = 1_000_000

    private let octets: [UInt8]
    private var position = 0
    private var values = 0

    static func read(_ octets: [UInt8]) throws(ReportError) -> JSONValue {
        var reader = JSONReader(octets: octets)
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.position == octets.count else { throw reader.malformed("text behind the value") }
        return value
    }

    private init(octets: [UInt8]) { self.octets = octets }

    private func malformed(_ what: String) -> ReportError { .malformed(what, offset: position) }

    private var current: UInt8? { position < octets.count ? octets[position] : nil }

    private mutating func skipBlanks() {
        while let octet = current, octet.isFoldingWhitespace { position += 1 }
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        skipBlanks()
        guard current == octet else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(ReportError) -> JSONValue {
        values += 1
        if depth > Self.depthMax { throw .tooLarge("values in one another", max: Self.depthMax) }
        if values > Self.valuesMax { throw .tooLarge("values", max: Self.valuesMax) }
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(ReportError) -> JSONValue {
        position += 1
        var members: [(name: String, value: JSONValue)] = []
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipBlanks()
            guard current == UInt8(ascii: "\"") else { throw malformed("no member name") }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw malformed("no colon") }
            members.append((name, try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw malformed("an unfinished object") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(ReportError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw malformed("an unfinished array") }
        return .array(elements)
    }

    private mutating func literal(_ text: String, _ value: JSONValue) throws(ReportError) -> JSONValue {
        guard octets[position...].starts(with: text.utf8) else { throw malformed("no value") }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(ReportError) -> JSONValue {
        let start = position
        while let octet = current, octet.isASCIIDigit || "+-.eE".utf8.contains(octet) { position += 1 }
        let text = octets[start..<position].text
        guard Double(text) != nil else { throw malformed("no value") }
        return .number(text)
    }

    private mutating func string() throws(ReportError) -> String {
        position += 1
        var output: [UInt8] = []
        while let octet = current {
            position += 1
            switch octet {
            case UInt8(ascii: "\""): return output[...].text
            case UInt8(ascii: "\\"): output += String(try escape()).utf8
            case 0..<0x20: throw malformed("a control character in a string")
            default: output.append(octet)
            }
        }
        throw malformed("an unfinished string")
    }

    private mutating func escape() throws(ReportError) -> Unicode.Scalar {
        guard let octet = current else { throw malformed("an unfinished string") }
        position += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(octet)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try codeUnit()
            guard (0xD800..<0xDC00).contains(unit), octets[position...].starts(with: "\\u".utf8) else {
                return Unicode.Scalar(unit) ?? "\u{FFFD}"
            }
            let before = position
            position += 2
            let low = try codeUnit()
            guard (0xDC00..<0xE000).contains(low) else {
                position = before
                return "\u{FFFD}"
            }
            return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
        default: throw malformed("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(ReportError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = current?.hexadecimalValue else { throw malformed("an unfinished escape") }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
