package import DNS
import MailAuth

/// Which of the strings at a TXT name a standard reads: those with its version tag. Signet owns strings, not names, so
/// a site verification beside an SPF record is never touched.
package enum TextKind: String, Sendable, CaseIterable {
    case spf, dmarc, mtaSTS, tlsReports, bimi

    /// What stands before a domain's name where its record of this kind is; nil: nothing.
    var labels: String? {
        switch self {
        case .spf: nil
        case .dmarc: "_dmarc"
        case .mtaSTS: "_mta-sts"
        case .tlsReports: "_smtp._tls"
        case .bimi: "default._bimi"
        }
    }

    /// The name of a domain's record of this kind; nil: it would be longer than DNS allows.
    package func owner(at domain: DomainName) -> DomainName? {
        labels.map { try? domain.prepending($0) } ?? domain
    }

    /// Whether a receiver would take this value for a record of this kind, well-formed or not.
    package func matches(_ value: TXTValue) -> Bool {
        switch self {
        case .spf: SPFRecord.isSPF(value.joined)
        case .dmarc: DMARCRecord.isDMARC(value.joined)
        case .mtaSTS: Self.hasVersion(value.joined, "v=STSv1")  // RFC 8461 §3.1
        case .tlsReports: Self.hasVersion(value.joined, "v=TLSRPTv1")  // RFC 8460 §3
        case .bimi: Self.hasVersion(value.joined, "v=BIMI1")
        }
    }

    /// Whether a receiver reads the same from both, however they are written. What it would ignore makes them differ: another
    /// receiver may know it.
    func sayTheSame(_ left: TXTValue, _ right: TXTValue) -> Bool {
        if left == right { return true }
        func same<Record: Equatable>(_ record: ([UInt8]) -> Record?) -> Bool {
            guard let first = record(left.joined), let second = record(right.joined) else { return false }
            return first == second
        }
        func has(_ octets: [UInt8], only names: Set<String>) -> Bool {
            String(decoding: octets, as: UTF8.self).split(separator: ";").allSatisfy { tag in
                let name = tag.prefix { $0 != "=" }.filter { $0 != " " && $0 != "\t" }
                return name.isEmpty || names.contains(String(name))
            }
        }
        switch self {
        case .spf: return same { try? SPFRecord(octets: $0) }
        case .dmarc:
            return same { octets -> DMARCRecord? in
                guard DMARCRecord.ignoredTags(in: octets)?.isEmpty == true,
                    var record = try? DMARCRecord(octets: octets)
                else { return nil }
                // RFC 9989 §4.7: what is left out means these.
                record.nonexistentPolicy = record.nonexistentPolicy ?? record.subdomainPolicy ?? record.policy
                record.subdomainPolicy = record.subdomainPolicy ?? record.policy
                return record
            }
        case .mtaSTS: return same { has($0, only: ["v", "id"]) ? MTASTSRecord(octets: $0) : nil }
        case .tlsReports: return same { has($0, only: ["v", "rua"]) ? TLSReportRecord(octets: $0) : nil }
        case .bimi: return same { has($0, only: ["v", "l", "a"]) ? BIMIRecord(octets: $0) : nil }
        }
    }

    /// The tag, case and all, then `;`, white space or the end.
    private static func hasVersion(_ octets: [UInt8], _ tag: String) -> Bool {
        guard octets.starts(with: tag.utf8) else { return false }
        return octets.count == tag.utf8.count || [0x3B, 0x20, 0x09].contains(octets[tag.utf8.count])
    }
}
