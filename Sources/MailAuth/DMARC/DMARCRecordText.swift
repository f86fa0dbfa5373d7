/// Reading a DMARC record from, and writing it to, the text at `_dmarc.D`.
extension DMARCRecord {
    public init(_ text: String) throws(DMARCRecordError) {
        try self.init(octets: Array(text.utf8))
    }

    /// Reads a TXT value's joined octets as a receiver does: unknown and malformed tags are ignored; without a valid
    /// `p`, or with an invalid `sp` or `np`, the policy is `none` if there is a report address (RFC 9989 §4.10.1).
    public init(octets: [UInt8]) throws(DMARCRecordError) {
        guard let reading = DMARCReading(octets) else { throw .notDMARC }
        guard reading.isUsable else { throw .noPolicy }
        self = reading.record
    }

    /// Whether a TXT value is a DMARC record, usable or not: what starts with `v=DMARC1`.
    public static func isDMARC(_ octets: [UInt8]) -> Bool { DMARCReading(octets) != nil }

    /// Which tags of a TXT value a receiver passes over, as they stand there; nil if it is no DMARC record.
    public static func ignoredTags(in octets: [UInt8]) -> [String]? { DMARCReading(octets)?.ignoredTags }

    /// The policy that a failing message gets: one step milder while testing (RFC 9989 §4.7, `t`).
    public func applied(_ policy: Policy) -> Policy {
        guard isTesting else { return policy }
        return policy == .reject ? .quarantine : .none
    }

    /// The policy for a name below the one that the record stands at; `exists` is false if the name is NXDOMAIN.
    public func policy(forSubdomainThatExists exists: Bool) -> Policy {
        // RFC 9989 §4.7, `np`: else sp, else p.
        (exists ? subdomainPolicy : nonexistentPolicy ?? subdomainPolicy) ?? policy
    }

    /// The record as it is published: defaults are left out.
    public var text: String {
        var parts = ["v=DMARC1", "p=" + policy.rawValue]
        if let subdomainPolicy { parts.append("sp=" + subdomainPolicy.rawValue) }
        if let nonexistentPolicy { parts.append("np=" + nonexistentPolicy.rawValue) }
        if dkimAlignment == .strict { parts.append("adkim=s") }
        if spfAlignment == .strict { parts.append("aspf=s") }
        if !aggregateReports.isEmpty { parts.append("rua=" + Self.list(aggregateReports)) }
        if !failureReports.isEmpty { parts.append("ruf=" + Self.list(failureReports)) }
        if !failureOptions.isEmpty { parts.append("fo=" + failureOptions.joined(separator: ":")) }
        if isTesting { parts.append("t=y") }
        if let publicSuffix { parts.append(publicSuffix ? "psd=y" : "psd=n") }
        return parts.joined(separator: "; ")
    }

    /// RFC 9989 §4.8: a comma and an exclamation mark inside a URI are encoded, and a semicolon would end the tag.
    private static func list(_ uris: [String]) -> String {
        uris.map { uri in
            var octets: [UInt8] = []
            for octet in uri.utf8 {
                switch octet {
                case UInt8(ascii: ","): octets += Array("%2C".utf8)
                case UInt8(ascii: "!"): octets += Array("%21".utf8)
                case UInt8(ascii: ";"): octets += Array("%3B".utf8)
                default: octets.append(octet)
                }
            }
            return String(decoding: octets, as: UTF8.self)
        }.joined(separator: ",")
    }
}

/// Why a TXT value is no DMARC record that a receiver acts on.
public enum DMARCRecordError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Does not start with `v=DMARC1`.
    case notDMARC
    /// No valid `p`, or an invalid `sp` or `np`, and no report address: no DMARC applies (RFC 9989 §4.10.1).
    case noPolicy

    public var description: String {
        switch self {
        case .notDMARC: "the text does not start with v=DMARC1 (in exactly this case)"
        case .noPolicy:
            "there is no valid p=, or an invalid sp= or np=, and no rua= either: receivers ignore the record"
        }
    }
}
