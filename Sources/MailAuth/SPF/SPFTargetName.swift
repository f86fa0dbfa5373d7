import DNS

/// Turns an expanded domain-spec, which may hold any octet, into a name to ask DNS for.
enum SPFTargetName {
    /// RFC 7208 §7.3: characters of a name, dots included.
    static let nameOctetsMax = 253

    /// RFC 7208 §7.3: labels are removed from the left until the name fits.
    static func truncated(_ expanded: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var name = expanded.last == UInt8(ascii: ".") ? expanded.dropLast() : expanded
        while name.count > nameOctetsMax, let dot = name.firstIndex(of: UInt8(ascii: ".")) {
            name = name[(dot + 1)...]
        }
        return name
    }

    /// Nil for an empty label or one of over 63 octets. Octets are taken as they are: no escapes, no IDNA.
    static func name(fromExpanded expanded: ArraySlice<UInt8>) -> DomainName? {
        let octets = expanded.last == UInt8(ascii: ".") ? expanded.dropLast() : expanded
        guard octets.count <= nameOctetsMax else { return nil }
        var canonical: [UInt8] = []
        canonical.reserveCapacity(octets.count)
        var labelCount = 0
        for octet in octets {
            if octet == UInt8(ascii: ".") {
                guard (1...DomainName.labelOctetsMax).contains(labelCount) else { return nil }
                labelCount = 0
                canonical.append(octet)
                continue
            }
            labelCount += 1
            switch octet {
            case UInt8(ascii: "\\"):
                canonical += [octet, octet]
            case 0x21...0x7E:
                canonical.append(octet.asciiLowercased)
            default:
                let digits = [octet / 100, octet / 10 % 10, octet % 10].map { $0 + UInt8(ascii: "0") }
                canonical += [UInt8(ascii: "\\")] + digits
            }
        }
        guard (1...DomainName.labelOctetsMax).contains(labelCount) else { return nil }
        return DomainName(canonical: String(decoding: canonical, as: UTF8.self))
    }
}
