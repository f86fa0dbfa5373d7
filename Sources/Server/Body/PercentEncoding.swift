/// RFC 3986 §2.1.
enum PercentEncoding {
    /// nil: a `%` without two hexadecimal digits, or what comes out is not UTF-8. Decoded once: `%2541` is `%41`.
    ///
    /// - Parameter plusIsSpace: as in a form (WHATWG URL §5.1).
    static func decoded(_ octets: some Sequence<UInt8>, plusIsSpace: Bool = false) -> String? {
        var result: [UInt8] = []
        var rest = octets.makeIterator()
        while let octet = rest.next() {
            switch octet {
            case UInt8(ascii: "+") where plusIsSpace: result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
                result.append(high << 4 | low)
            default: result.append(octet)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    /// What a hexadecimal digit stands for.
    static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
