package import DNS

/// Which of the strings at a TXT name a standard reads: those with its version tag. Signet owns strings, not names, so
/// a site verification beside an SPF record is never touched.
package enum TextKind: String, Sendable, CaseIterable {
    case spf, dmarc, mtaSTS, tlsReports, bimi

    /// Whether a receiver would take this value for a record of this kind.
    package func matches(_ value: TXTValue) -> Bool {
        let octets = value.joined
        switch self {
        case .spf:
            // RFC 7208 §4.5: `v=spf1`, in any case (ABNF literals, RFC 5234 §2.3), then a space or the end.
            return Self.hasTag(octets, "v=spf1", ignoringCase: true, before: [0x20])
        case .dmarc:
            // RFC 9989 §4.8: case-sensitive; white space may stand around the equals sign.
            return Self.hasVersion(octets, "DMARC1")
        case .mtaSTS:
            // RFC 8461 §3.1.
            return Self.hasVersion(octets, "STSv1")
        case .tlsReports:
            // RFC 8460 §3.
            return Self.hasVersion(octets, "TLSRPTv1")
        case .bimi:
            return Self.hasVersion(octets, "BIMI1")
        }
    }

    private static func hasTag(_ octets: [UInt8], _ tag: String, ignoringCase: Bool, before: [UInt8]) -> Bool {
        let wanted = Array(tag.utf8)
        guard octets.count >= wanted.count else { return false }
        for (octet, want) in zip(octets, wanted) {
            let folded = ignoringCase && (0x41...0x5A).contains(octet) ? octet | 0x20 : octet
            guard folded == want else { return false }
        }
        return octets.count == wanted.count || before.contains(octets[wanted.count])
    }

    /// `v`, `=`, the version, then `;`, white space or the end.
    private static func hasVersion(_ octets: [UInt8], _ version: String) -> Bool {
        let packed = octets.prefix(64).filter { $0 != 0x20 && $0 != 0x09 }
        return hasTag(Array(packed), "v=" + version, ignoringCase: false, before: [0x3B])
    }
}
