/// What one record says, typed by its record type.
public enum RecordData: Hashable, Sendable {
    case a(IPAddress)
    case aaaa(IPAddress)
    case ns(DomainName)
    case cname(DomainName)
    case ptr(DomainName)
    case mx(preference: UInt16, exchange: DomainName)
    case txt(TXTValue)
    case soa(StartOfAuthority)
    /// Any other type: its RDATA octets as they stood on the wire (RFC 3597), names uncompressed.
    case opaque(type: RecordType, octets: [UInt8])

    package var type: RecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .ns: .ns
        case .cname: .cname
        case .ptr: .ptr
        case .mx: .mx
        case .txt: .txt
        case .soa: .soa
        case .opaque(let type, _): type
        }
    }
}

/// A TXT record's character-strings (RFC 1035 §3.3.14), each of at most 255 octets.
///
/// Mail standards read the strings joined with nothing between them (RFC 7208 §3.3, RFC 6376 §3.6.2.2), so two
/// values are equal if their joined octets are. The split is kept, because a foreign string goes back as it came.
public struct TXTValue: Sendable, Hashable {
    package static let characterStringOctetsMax = 255

    public let strings: [[UInt8]]

    /// Takes the strings as they stood. At least one; each of at most 255 octets, a precondition.
    public init(strings: [[UInt8]]) {
        precondition(!strings.isEmpty && strings.allSatisfy { $0.count <= Self.characterStringOctetsMax })
        self.strings = strings
    }

    /// Splits a value into full strings of 255 octets and one rest, as RFC 1035 wants. An empty value is one empty string.
    public init(joined octets: some Collection<UInt8>) {
        var strings: [[UInt8]] = []
        var rest = octets[...]
        repeat {
            strings.append(Array(rest.prefix(Self.characterStringOctetsMax)))
            rest = rest.dropFirst(Self.characterStringOctetsMax)
        } while !rest.isEmpty
        self.strings = strings
    }

    public init(_ text: String) {
        self.init(joined: Array(text.utf8))
    }

    public var joined: [UInt8] {
        strings.count == 1 ? strings[0] : Array(strings.joined())
    }

    /// The joined octets as text; octets that are not UTF-8 come out as U+FFFD. For matching a version tag and for
    /// showing, never for comparing two values.
    public var text: String { String(decoding: joined, as: UTF8.self) }

    public static func == (left: TXTValue, right: TXTValue) -> Bool {
        if left.strings.count == 1, right.strings.count == 1 { return left.strings[0] == right.strings[0] }
        return left.joined == right.joined
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(joined)
    }
}

/// A zone's SOA data (RFC 1035 §3.3.13). Times are in seconds.
public struct StartOfAuthority: Hashable, Sendable {
    package var primary: DomainName
    package var mailbox: DomainName
    package var serial: UInt32
    package var refresh: UInt32
    package var retry: UInt32
    package var expire: UInt32
    package var minimum: UInt32

    package init(
        primary: DomainName, mailbox: DomainName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32,
        minimum: UInt32
    ) {
        self.primary = primary
        self.mailbox = mailbox
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}
