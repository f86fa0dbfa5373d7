/// BIMI (draft-brand-indicators-for-message-identification) names a logo to show beside a domain's mail. The TXT record
/// at `default._bimi.D`.
public struct BIMIRecord: Sendable, Hashable {
    /// An https URL of an SVG; empty: the domain declines to have one.
    public let logo: String
    /// An https URL of the mark certificate; empty: none.
    public let certificate: String

    /// Nil for anything but https URLs and empty texts.
    public init?(logo: String, certificate: String = "") {
        guard [logo, certificate].allSatisfy({ $0.isEmpty || Self.isURL($0) }) else { return nil }
        self.logo = logo
        self.certificate = certificate
    }

    /// Reads a TXT value's joined octets. Nil unless it is a record with `v=BIMI1` first and an `l`.
    public init?(octets: [UInt8]) {
        guard let tags = try? TagList(octets[...]), let first = tags.tags.first, first.name.equals("v"),
            first.value.equals("BIMI1"), let logo = tags["l"]
        else { return nil }
        self.init(logo: logo.text, certificate: tags["a"]?.text ?? "")
    }

    public var text: String { "v=BIMI1; l=\(logo); a=\(certificate)" }

    private static func isURL(_ text: String) -> Bool {
        text.lowercased().hasPrefix("https://") && text.utf8.count > 8
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
    }
}
