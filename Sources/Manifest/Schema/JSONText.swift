/// JSON with its members in the order given, for a file that people read; encoders sort or shuffle them.
indirect enum JSONText {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([JSONText])
    case object([(String, JSONText)])

    /// Indented by two blanks; arrays of scalars on one line. Ends without a line end.
    func written(indent: Int = 0) -> String {
        switch self {
        case .string(let text): return Self.quoted(text)
        case .integer(let value): return String(value)
        case .boolean(let value): return value ? "true" : "false"
        case .array(let items):
            guard items.contains(where: \.isContainer) else {
                return "[" + items.map { $0.written() }.joined(separator: ", ") + "]"
            }
            return Self.block("[", "]", items.map { $0.written(indent: indent + 2) }, indent)
        case .object(let members):
            if members.isEmpty { return "{}" }
            return Self.block(
                "{", "}", members.map { "\(Self.quoted($0.0)): \($0.1.written(indent: indent + 2))" }, indent)
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    private static func block(_ open: String, _ close: String, _ lines: [String], _ indent: Int) -> String {
        let pad = String(repeating: " ", count: indent)
        return "\(open)\n" + lines.map { "\(pad)  \($0)" }.joined(separator: ",\n") + "\n\(pad)\(close)"
    }

    /// RFC 8259 §7.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
