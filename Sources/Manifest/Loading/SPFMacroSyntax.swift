/// The grammar of macros in a domain-spec (RFC 7208 §7.1), checked only: expanding needs a message.
enum SPFMacroSyntax {
    /// What is wrong with the text, for a reader; nil if nothing is.
    static func problem(in text: String) -> String? {
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            guard octet > 0x20, octet < 0x7F else { return "holds a blank or a character beyond ASCII" }
            guard octet == UInt8(ascii: "%") else { continue }
            guard let next = rest.popFirst() else { return "ends in a single `%`" }
            switch next {
            case UInt8(ascii: "%"), UInt8(ascii: "_"), UInt8(ascii: "-"): continue
            case UInt8(ascii: "{"):
                guard let close = rest.firstIndex(of: UInt8(ascii: "}")) else { return "has a `%{` that is not closed" }
                guard isExpansion(rest[..<close]) else { return "holds a macro that RFC 7208 does not know" }
                rest = rest[(close + 1)...]
            default: return "has a `%` that starts no macro"
            }
        }
        return nil
    }

    /// A letter, digits, `r`, delimiters. `c`, `r` and `t` are for explanations only (§7.2).
    private static func isExpansion(_ octets: ArraySlice<UInt8>) -> Bool {
        guard let letter = octets.first, "slodiphv".utf8.contains(letter | 0x20) else { return false }
        var rest = octets.dropFirst()
        let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
        if !digits.isEmpty, digits.allSatisfy({ $0 == 0x30 }) { return false }
        rest = rest.dropFirst(digits.count)
        if rest.first.map({ $0 | 0x20 == UInt8(ascii: "r") }) == true { rest = rest.dropFirst() }
        return rest.allSatisfy { ".-+,/_=".utf8.contains($0) }
    }
}
