/// MTA-STS (RFC 8461) lets a domain say that mail to it must come over TLS with a valid certificate. This is the TXT
/// record at `_mta-sts.D`, which says that there is a policy file and when it changed.
public struct MTASTSRecord: Sendable, Hashable {
    public static let idCharactersMax = 32

    /// 1 to 32 letters and digits.
    public let id: String

    /// Nil for an id that RFC 8461 §3.1 does not allow.
    public init?(id: String) {
        guard (1...Self.idCharactersMax).contains(id.utf8.count), id.utf8.allSatisfy(\.isASCIIAlphanumeric) else {
            return nil
        }
        self.id = id
    }

    /// Reads a TXT value's joined octets. Nil unless it is a record with `v=STSv1` first and a valid id.
    public init?(octets: [UInt8]) {
        guard let tags = try? TagList(octets[...]), let first = tags.tags.first, first.name.equals("v"),
            first.value.equals("STSv1"), let id = tags["id"]
        else { return nil }
        self.init(id: id.text)
    }

    public var text: String { "v=STSv1; id=\(id)" }
}
