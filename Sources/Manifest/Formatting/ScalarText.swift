/// Writes a scalar in the one style of quoting: plain where nothing could mistake it, else double quotes.
package enum ScalarText {
    /// Words that YAML 1.1 or 1.2 reads as something other than text.
    private static let reserved: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
    ]

    static func written(_ text: String, _ style: NodeArena.Node.Style) -> String {
        switch style {
        case .plain where !text.contains("\n"): text
        case .quoted where isPlainForAll(text), .block where isPlainForAll(text): text
        default: quoted(text)
        }
    }

    /// A word of letters, digits and a few marks that starts with a letter: text to every parser, in every place.
    private static func isPlainForAll(_ text: String) -> Bool {
        guard let first = text.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7A,
            !reserved.contains(text.lowercased())
        else { return false }
        return text.utf8.allSatisfy { octet in
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "@"),
                UInt8(ascii: "+"):
                true
            default: false
            }
        }
    }

    /// YAML 1.2 §7.3.1.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default:
                let isPrintable =
                    scalar.value >= 0x20 && scalar.value < 0x7F
                    || scalar.value >= 0xA0 && scalar.value != 0x2028
                        && scalar.value != 0x2029 && scalar.value != 0xFEFF && scalar.value < 0xFFFE
                    || scalar.value > 0xFFFF
                if isPrintable {
                    result.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                }
            }
        }
        return result + "\""
    }
}
