import Glibc

/// What may stand as a value. The JSON Schema is written from it, and the loader takes its known keys, choices and
/// bounds from it.
indirect enum ValueShape: Sendable {
    case text(TextKind)
    case boolean
    case integer(ClosedRange<Int>)
    case duration
    case choice([String])
    case list(ValueShape, minimum: Int)
    case object(ObjectShape)
    /// A mapping whose keys the user chooses.
    case entries(key: TextKind, ValueShape)
    /// A mapping whose `type` says which of the shapes it has.
    case variants([(type: String, shape: ObjectShape)])
    case secret
    case either(ValueShape, ValueShape)
}

/// A text with a syntax: what to call it, and a pattern for editors (ECMA 262; the loader's own check is stricter).
struct TextKind: Sendable {
    let name: String
    let pattern: String?
    /// Read as it is written, even where YAML sees a number or a switch.
    var isAnyScalar = false

    static let free = TextKind(name: "text", pattern: nil, isAnyScalar: true)
    static let path = TextKind(name: "a path", pattern: "^.+$")
    static let identifier = TextKind(name: "a name", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", isAnyScalar: true)
    static let agentID = TextKind(name: "an agent id", pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    static let domain = TextKind(name: "a domain name", pattern: "^[^\\s@/:_]+$")
    static let domainSpec = TextKind(name: "a domain name", pattern: "^[^\\s@:]+$")
    static let zone = TextKind(name: "a zone", pattern: "^[^\\s@/:]+$")
    static let host = TextKind(name: "a host name", pattern: "^[^\\s@/:_]+$")
    static let mailAddress = TextKind(name: "a mail address", pattern: "^[^\\s@<>]+@[^\\s@<>]+$")
    static let recipient = TextKind(name: "a mail address, or `*@domain`", pattern: "^[^\\s@<>]+@[^\\s@<>]+$")
    static let mailtoURI = TextKind(name: "a mailto: URI", pattern: "^[Mm][Aa][Ii][Ll][Tt][Oo]:[^\\s@]+@[^\\s@]+$")
    static let reportURI = TextKind(
        name: "a mailto: or https: URI", pattern: "^([Mm][Aa][Ii][Ll][Tt][Oo]|[Hh][Tt][Tt][Pp][Ss]):.+$")
    static let webURL = TextKind(name: "an http or https URL", pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s]+$")
    static let secureURL = TextKind(name: "an https URL", pattern: "^([Hh][Tt][Tt][Pp][Ss]://[^\\s]+)?$")
    static let relayURL = TextKind(name: "an smtps or smtp URL", pattern: "^[Ss][Mm][Tt][Pp][Ss]?://[^\\s/]+/?$")
    static let address = TextKind(name: "an IP address", pattern: "^[0-9A-Fa-f.:]+$")
    static let network4 = TextKind(
        name: "an IPv4 address, with or without prefix length", pattern: "^[0-9.]+(/[0-9]{1,2})?$")
    static let network6 = TextKind(
        name: "an IPv6 address, with or without prefix length", pattern: "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$")
    static let serverAddress = TextKind(name: "an IP address, with or without port", pattern: "^[0-9A-Fa-f.:\\[\\]]+$")
    static let resolver = TextKind(
        name: "an IP address, with or without port, or an https URL",
        pattern: "^([0-9A-Fa-f.:\\[\\]]+|[Hh][Tt][Tt][Pp][Ss]?://[^\\s]+)$")
    static let selectorPrefix = TextKind(name: "a selector prefix", pattern: "^[A-Za-z0-9]([A-Za-z0-9-]{0,56})$")
    static let publicKey = TextKind(
        name: "a public key", pattern: "^(ed25519:[A-Za-z0-9+/]{43}=?|ssh-ed25519 [A-Za-z0-9+/]+=*( .*)?)$")
    static let stsHost = TextKind(name: "a host name, or `*.` and a domain", pattern: "^[^\\s@/:_]+$")
}

/// One key of a mapping.
struct Field: Sendable {
    let name: String
    let value: ValueShape
    /// What editors show: a sentence or two, the default last.
    let documentation: String
    var isRequired = false

    init(_ name: String, _ value: ValueShape, _ documentation: String, required: Bool = false) {
        self.name = name
        self.value = value
        self.documentation = documentation
        isRequired = required
    }
}

/// A mapping with a fixed set of keys, in the order in which `fmt` writes them.
struct ObjectShape: Sendable {
    /// With an article: `a domain`.
    let name: String
    let fields: [Field]
    let names: KeyNames
    /// Keys that a standard once had, each with a code that says so.
    let retired: [String: ManifestCode]
    let hasRequired: Bool

    init(_ name: String, _ fields: [Field], retired: [String: ManifestCode] = [:]) {
        self.name = name
        self.fields = fields
        names = KeyNames(fields.map(\.name))
        self.retired = retired
        hasRequired = fields.contains(where: \.isRequired)
    }
}

/// The keys of one kind of mapping: the enumeration's raw values index the shape's fields.
protocol ManifestKey: RawRepresentable<Int>, CaseIterable, Sendable {
    var field: Field { get }
    static var shape: ObjectShape { get }
}

extension ManifestKey {
    static func makeShape(_ name: String, retired: [String: ManifestCode] = [:]) -> ObjectShape {
        ObjectShape(name, allCases.map(\.field), retired: retired)
    }

    /// The key as it is written.
    var name: String { field.name }
}

/// Finds a key's octets among a shape's names. Called for every key of every domain: no hashing, no `String`.
struct KeyNames: Sendable {
    /// The first seven octets and the length of each name, which tell all names of a shape apart.
    private let heads: [UInt64]
    private let names: [[UInt8]]

    init(_ names: [String]) {
        self.names = names.map { Array($0.utf8) }
        heads = self.names.map { name in name.withUnsafeBufferPointer { Self.head($0) } }
    }

    /// The index of the name that equals these octets.
    @inline(__always)
    func index(of octets: UnsafeBufferPointer<UInt8>) -> Int? {
        let head = Self.head(octets)
        return heads.withUnsafeBufferPointer { heads in
            for index in 0..<heads.count where heads[index] == head {
                if octets.count <= 7 { return index }
                let isEqual = names[index].withUnsafeBufferPointer { name in
                    name.count == octets.count && memcmp(name.baseAddress!, octets.baseAddress!, name.count) == 0
                }
                if isEqual { return index }
            }
            return nil
        }
    }

    @inline(__always)
    private static func head(_ octets: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var head = UInt64(truncatingIfNeeded: octets.count) << 56
        for index in 0..<min(7, octets.count) { head |= UInt64(octets[index]) << (8 * UInt64(index)) }
        return head
    }
}
