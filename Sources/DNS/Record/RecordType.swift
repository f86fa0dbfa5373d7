/// A record's type (RFC 1035 §3.2.2 and the IANA registry).
public struct RecordType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let a = RecordType(rawValue: 1)
    public static let ns = RecordType(rawValue: 2)
    public static let cname = RecordType(rawValue: 5)
    public static let soa = RecordType(rawValue: 6)
    public static let ptr = RecordType(rawValue: 12)
    public static let mx = RecordType(rawValue: 15)
    public static let txt = RecordType(rawValue: 16)
    public static let aaaa = RecordType(rawValue: 28)
    package static let dname = RecordType(rawValue: 39)
    package static let opt = RecordType(rawValue: 41)

    private static let names: [UInt16: String] = [
        1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR",
        39: "DNAME", 41: "OPT", 43: "DS", 44: "SSHFP", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3",
        51: "NSEC3PARAM", 52: "TLSA", 64: "SVCB", 65: "HTTPS", 99: "SPF", 252: "AXFR", 255: "ANY", 257: "CAA",
    ]
    private static let numbers = Dictionary(uniqueKeysWithValues: names.map { ($0.value, $0.key) })

    /// Reads a mnemonic in either case, or RFC 3597's `TYPE1234`.
    package init?(_ text: String) {
        let upper = text.uppercased()
        if let number = Self.numbers[upper] {
            rawValue = number
        } else if upper.hasPrefix("TYPE"), let number = UInt16(upper.dropFirst(4)) {
            rawValue = number
        } else {
            return nil
        }
    }
}

extension RecordType: CustomStringConvertible {
    public var description: String { Self.names[rawValue] ?? "TYPE\(rawValue)" }
}
