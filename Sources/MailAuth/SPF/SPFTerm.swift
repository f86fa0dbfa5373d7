public import DNS

/// What a matching mechanism means (RFC 7208 §4.6.2).
public enum SPFQualifier: String, Sendable, Hashable, CaseIterable {
    case pass = "+"
    case fail = "-"
    case softfail = "~"
    case neutral = "?"
}

/// One directive of an SPF record: a qualifier and a mechanism (RFC 7208 §4.6.1).
public struct SPFTerm: Sendable, Hashable {
    public var qualifier: SPFQualifier
    public var mechanism: SPFMechanism

    public init(_ mechanism: SPFMechanism, qualifier: SPFQualifier = .pass) {
        self.qualifier = qualifier
        self.mechanism = mechanism
    }
}

/// RFC 7208 §5. A domain-spec is kept as its text, because it may hold macros (§7); it is canonical where it holds none.
public enum SPFMechanism: Sendable, Hashable {
    case all
    case include(String)
    /// nil: the domain being checked. Prefix lengths: 0…32, 0…128.
    case a(String?, prefix4: UInt8 = 32, prefix6: UInt8 = 128)
    case mx(String?, prefix4: UInt8 = 32, prefix6: UInt8 = 128)
    case ptr(String?)
    case ip4(IPAddress, prefix: UInt8)
    case ip6(IPAddress, prefix: UInt8)
    case exists(String)
}
