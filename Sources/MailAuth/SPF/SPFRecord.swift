import DNS

/// SPF (RFC 7208) lets a domain say which addresses its mail comes from. This is one such policy, read and checked:
/// its directives in order, and its modifiers.
///
/// Reading is strict, as §4.6 wants: a mistake anywhere makes the whole record one that receivers answer with
/// `permerror`. Writing is canonical: lower-case names, no redundant prefix lengths, modifiers after the directives.
public struct SPFRecord: Sendable, Hashable {
    /// RFC 7208 §4.6.4: terms that cause DNS queries, over all records of one evaluation.
    public static let lookUpsMax = 10
    /// RFC 7208 §4.6.4: terms whose query finds nothing.
    public static let voidLookUpsMax = 2
    /// RFC 7208 §3.4: up to here an answer fits into one UDP packet.
    public static let octetsRecommendedMax = 450

    public struct Modifier: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var terms: [SPFTerm]
    /// A domain-spec, as in `SPFMechanism`.
    public var redirect: String?
    /// `exp`, a domain-spec.
    public var explanation: String?
    /// In the order of the record; they have no effect (RFC 7208 §6).
    public var unknownModifiers: [Modifier]

    public init(
        terms: [SPFTerm], redirect: String? = nil, explanation: String? = nil, unknownModifiers: [Modifier] = []
    ) {
        self.terms = terms
        self.redirect = redirect
        self.explanation = explanation
        self.unknownModifiers = unknownModifiers
    }

    public init(_ text: String) throws(SPFSyntaxError) {
        try self.init(octets: Array(text.utf8))
    }

    /// Reads a TXT value's joined octets.
    public init(octets: [UInt8]) throws(SPFSyntaxError) {
        self.init(terms: [])
        var parser = SPFParser(octets)
        try parser.parse(into: &self)
    }

    /// Whether a TXT value is an SPF record, well-formed or not (RFC 7208 §4.5).
    public static func isSPF(_ octets: [UInt8]) -> Bool {
        let version = SPFParser.version
        guard octets.count >= version.count, octets.count == version.count || octets[version.count] == 0x20 else {
            return false
        }
        return version.indices.allSatisfy { octets[$0] == version[$0] || octets[$0] | 0x20 == version[$0] }
    }

    public static func isSPF(_ text: String) -> Bool { isSPF(Array(text.utf8)) }

    /// The qualifier of the first `all`; nil without one.
    public var all: SPFQualifier? { terms.first { $0.mechanism == .all }?.qualifier }

    /// Whether every sender gets the same result from both: they are equal but for the order of terms of which each lets its
    /// senders pass, and but for a `?all` at the end (RFC 7208 §4.7).
    public func saysTheSame(as other: SPFRecord) -> Bool {
        func parts(_ record: SPFRecord) -> (terms: Set<SPFTerm>, all: SPFQualifier?)? {
            let reached = record.terms.prefix { $0.mechanism != .all }
            guard reached.allSatisfy({ $0.qualifier == .pass }), reached.count + 1 >= record.terms.count else {
                return nil
            }
            return (Set(reached), record.all ?? (record.redirect == nil ? .neutral : nil))
        }
        guard let own = parts(self), let others = parts(other) else { return false }
        return own == others && redirect == other.redirect && explanation == other.explanation
            && unknownModifiers == other.unknownModifiers
    }

    /// How many of RFC 7208 §4.6.4's ten look-ups this record's own terms can use up, without those of the records
    /// that it includes or redirects to. Terms behind `all` are never reached, nor is `redirect` beside one (§5.1).
    public var lookUpCount: Int {
        let reached = terms.prefix { $0.mechanism != .all }
        let redirects = reached.count == terms.count && redirect != nil
        return reached.count { $0.mechanism.looksUp } + (redirects ? 1 : 0)
    }

    /// The record as it is published.
    public var text: String {
        var parts = ["v=spf1"]
        parts += terms.map(\.description)
        if let redirect { parts.append("redirect=" + redirect) }
        if let explanation { parts.append("exp=" + explanation) }
        parts += unknownModifiers.map { $0.name + "=" + $0.value }
        return parts.joined(separator: " ")
    }
}

extension SPFRecord: CustomStringConvertible {
    public var description: String { text }
}

extension SPFMechanism {
    /// Whether evaluating it counts against the limit of RFC 7208 §4.6.4.
    public var looksUp: Bool {
        switch self {
        case .include, .a, .mx, .ptr, .exists: true
        case .all, .ip4, .ip6: false
        }
    }
}

extension SPFTerm: CustomStringConvertible {
    /// As it stands in a record; `+` is left out.
    public var description: String {
        (qualifier == .pass ? "" : qualifier.rawValue) + mechanism.description
    }
}

extension SPFMechanism: CustomStringConvertible {
    public var description: String {
        switch self {
        case .all: "all"
        case .include(let domain): "include:" + domain
        case .a(let domain, let prefix4, let prefix6): "a" + Self.arguments(domain, prefix4, prefix6)
        case .mx(let domain, let prefix4, let prefix6): "mx" + Self.arguments(domain, prefix4, prefix6)
        case .ptr(let domain): "ptr" + (domain.map { ":" + $0 } ?? "")
        case .ip4(let address, let prefix): "ip4:\(address)" + (prefix == 32 ? "" : "/\(prefix)")
        case .ip6(let address, let prefix): "ip6:\(address)" + (prefix == 128 ? "" : "/\(prefix)")
        case .exists(let domain): "exists:" + domain
        }
    }

    private static func arguments(_ domain: String?, _ prefix4: UInt8, _ prefix6: UInt8) -> String {
        (domain.map { ":" + $0 } ?? "") + (prefix4 == 32 ? "" : "/\(prefix4)") + (prefix6 == 128 ? "" : "//\(prefix6)")
    }
}
