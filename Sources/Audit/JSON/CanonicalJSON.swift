/// A JSON value whose numbers are whole: what leaves and bundles are made of (docs/spec/audit-log.md §1).
///
/// `octets` writes the one form of RFC 8785; `CanonicalJSONReader` reads it, and nothing else.
package indirect enum CanonicalJSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case text(String)
    case list([CanonicalJSON])
    case object([String: CanonicalJSON])

    package var octets: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let number): output += String(number).utf8
        case .text(let text): Self.write(text, to: &output)
        case .list(let values):
            output.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                value.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, name) in Self.sorted(members.keys).enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.write(name, to: &output)
                output.append(UInt8(ascii: ":"))
                members[name]!.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// RFC 8785 §3.2.3: by UTF-16 code units, which differs from the order of UTF-8 octets above U+FFFF.
    static func sorted(_ names: some Collection<String>) -> [String] {
        names.sorted(by: precedes)
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf16.lexicographicallyPrecedes(right.utf16)
    }

    /// A text as RFC 8785 §3.2.2.2 has it, its quotation marks included.
    package static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { octets in
            var start = 0
            for (index, octet) in octets.enumerated() {
                guard octet < 0x20 || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") else { continue }
                output += octets[start..<index]
                output.append(UInt8(ascii: "\\"))
                switch octet {
                case 0x08: output.append(UInt8(ascii: "b"))
                case 0x09: output.append(UInt8(ascii: "t"))
                case 0x0A: output.append(UInt8(ascii: "n"))
                case 0x0C: output.append(UInt8(ascii: "f"))
                case 0x0D: output.append(UInt8(ascii: "r"))
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(octet)
                default:
                    output += "u00".utf8
                    output.append(hexadecimalDigits[Int(octet >> 4)])
                    output.append(hexadecimalDigits[Int(octet & 15)])
                }
                start = index + 1
            }
            output += octets[start...]
        }
        output.append(UInt8(ascii: "\""))
    }

    static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}

extension CanonicalJSON {
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var list: [CanonicalJSON]? { if case .list(let values) = self { values } else { nil } }
    var object: [String: CanonicalJSON]? { if case .object(let members) = self { members } else { nil } }
}
