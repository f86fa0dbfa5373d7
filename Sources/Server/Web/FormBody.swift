/// A form's fields (WHATWG URL §5.1, `application/x-www-form-urlencoded`), read strictly: each of a known name, once.
struct FormBody: Sendable {
    private let fields: [String: String]

    subscript(_ name: String) -> String { fields[name] ?? "" }

    /// Throws a `Problem` at whatever is no form or has other fields.
    init(_ octets: [UInt8], known: Set<String>) throws {
        var fields: [String: String] = [:]
        for pair in octets.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : []),
                known.contains(name), fields.updateValue(value, forKey: name) == nil
            else { throw Problem(.malformedRequest, "this is not the form that is wanted here") }
        }
        self.fields = fields
    }

    private static func decoded(_ octets: ArraySlice<UInt8>) -> String? {
        var result: [UInt8] = []
        var rest = octets.makeIterator()
        while let octet = rest.next() {
            switch octet {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
                result.append(high << 4 | low)
            default: result.append(octet)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
