/// TLS reporting (RFC 8460): where other servers report how TLS to a domain went. The TXT record at `_smtp._tls.D`.
public struct TLSReportRecord: Sendable, Hashable {
    /// `mailto:` and `https:` URIs, at least one.
    public let reports: [String]

    /// Nil if the list is empty or holds anything else than `mailto:` and `https:` URIs (RFC 8460 §3).
    public init?(reports: [String]) {
        guard !reports.isEmpty, reports.allSatisfy(Self.isReportURI) else { return nil }
        self.reports = reports
    }

    /// Reads a TXT value's joined octets. Nil unless it is a record with `v=TLSRPTv1` first and a valid `rua`.
    public init?(octets: [UInt8]) {
        guard let tags = try? TagList(octets[...]), let first = tags.tags.first, first.name.equals("v"),
            first.value.equals("TLSRPTv1"), let list = tags["rua"]
        else { return nil }
        self.init(reports: list.split(separator: UInt8(ascii: ",")).map { $0.trimmed.text })
    }

    public var text: String { "v=TLSRPTv1; rua=" + reports.joined(separator: ",") }

    private static func isReportURI(_ text: String) -> Bool {
        let lower = text.lowercased()
        let isKnown = lower.hasPrefix("https://") || lower.hasPrefix("mailto:") && lower.contains("@")
        // RFC 8460 §3: these three are encoded inside a URI.
        return isKnown
            && !text.utf8.contains { $0 == UInt8(ascii: "!") || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
    }
}
