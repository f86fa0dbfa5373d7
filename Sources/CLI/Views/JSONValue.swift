/// JSON as a tree (RFC 8259), so that the keys of every answer stand literally where it is made.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Int)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
    /// JSON text that was made elsewhere, such as a plan: a whole value.
    case raw([UInt8])

    init(_ text: String?) { self = text.map { .string($0) } ?? .null }

    /// Indented by two, keys sorted, ending in a line end. The same value gives the same bytes. Characters that could
    /// steer a terminal are escaped, so that looking at it is safe.
    var text: String {
        var writer = JSONWriter()
        writer.write(self)
        return writer.finish()
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral
{
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .number(value) }
}

private struct JSONWriter {
    private var octets: [UInt8] = []
    private var depth = 0

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .number(let value): append(String(value))
        case .string(let text): quote(text)
        case .array(let elements):
            list("[", "]", elements) { $0.write($1) }
        case .object(let members):
            list("{", "}", members.sorted { $0.key < $1.key }) { writer, member in
                writer.quote(member.key)
                writer.append(": ")
                writer.write(member.value)
            }
        case .raw(let json): embed(json)
        }
    }

    func finish() -> String { String(decoding: octets, as: UTF8.self) + "\n" }

    private mutating func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], _ each: (inout JSONWriter, Element) -> Void
    ) {
        append(open)
        guard !elements.isEmpty else { return append(close) }
        depth += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { append(",") }
            newline()
            each(&self, element)
        }
        depth -= 1
        newline()
        append(close)
    }

    private mutating func append(_ text: String) { octets.append(contentsOf: text.utf8) }

    private mutating func newline() {
        octets.append(UInt8(ascii: "\n"))
        octets.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func quote(_ text: String) {
        append("\"")
        for scalar in text.unicodeScalars { append(scalar, escapingQuotes: true) }
        append("\"")
    }

    private mutating func append(_ scalar: Unicode.Scalar, escapingQuotes: Bool) {
        switch scalar {
        case "\"" where escapingQuotes: append("\\\"")
        case "\\" where escapingQuotes: append("\\\\")
        case "\n": append("\\n")
        case "\t": append("\\t")
        case " "..."~": octets.append(UInt8(scalar.value))
        default:
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
                }
            default: append(String(scalar))
            }
        }
    }

    /// Takes over JSON text token by token: its own blanks go, ours come, its strings stay but for unsafe characters.
    private mutating func embed(_ json: [UInt8]) {
        let outer = depth
        var isInString = false
        var isEscaped = false
        var previous: Unicode.Scalar = " "
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            if isInString {
                append(scalar, escapingQuotes: false)
                if isEscaped {
                    isEscaped = false
                } else if scalar == "\\" {
                    isEscaped = true
                } else if scalar == "\"" {
                    isInString = false
                    previous = scalar
                }
                continue
            }
            if scalar == " " || scalar == "\n" || scalar == "\r" || scalar == "\t" { continue }
            if scalar == "}" || scalar == "]" {
                depth -= 1
                if previous != "{", previous != "[" { newline() }
            } else if previous == "{" || previous == "[" || previous == "," {
                newline()
            }
            append(String(scalar))
            switch scalar {
            case "{", "[": depth += 1
            case ":": append(" ")
            case "\"": isInString = true
            default: break
            }
            previous = scalar
        }
        depth = outer
    }
}
