/// Reads just enough DER (X.690) for the two forms of an RSA public key.
///
/// Written here because OpenSSL 3.0's decoder costs several times a signature verification. Accepts lengths that are
/// longer than they need to be, as published keys have them; the key is written back in canonical form.
struct DERReader {
    enum Tag {
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let sequence: UInt8 = 0x30
    }

    private(set) var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) { rest = octets }

    var isAtEnd: Bool { rest.isEmpty }

    /// The content of the next element if it has this tag, and moves behind it.
    mutating func read(_ tag: UInt8) -> ArraySlice<UInt8>? {
        var octets = rest
        guard octets.popFirst() == tag, let first = octets.popFirst() else { return nil }
        var count = Int(first)
        if first >= 0x80 {
            // At most three octets of length: nothing here is near 16 MB.
            let lengthOctets = Int(first & 0x7F)
            guard (1...3).contains(lengthOctets), octets.count >= lengthOctets else { return nil }
            count = octets.prefix(lengthOctets).reduce(0) { $0 << 8 | Int($1) }
            octets = octets.dropFirst(lengthOctets)
        }
        guard octets.count >= count else { return nil }
        rest = octets.dropFirst(count)
        return octets.prefix(count)
    }

    /// A positive INTEGER's magnitude, without leading zeros; nil for zero and negative ones.
    mutating func readPositiveInteger() -> ArraySlice<UInt8>? {
        guard let content = read(Tag.integer), let first = content.first, first < 0x80 else { return nil }
        let magnitude = content.drop { $0 == 0 }
        return magnitude.isEmpty ? nil : magnitude
    }

    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var value = content.count
            while value > 0 {
                length.insert(UInt8(value & 0xFF), at: 0)
                value >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }

    static func integer(_ magnitude: ArraySlice<UInt8>) -> [UInt8] {
        let sign: [UInt8] = magnitude.first! >= 0x80 ? [0] : []
        return element(Tag.integer, sign + magnitude)
    }
}
