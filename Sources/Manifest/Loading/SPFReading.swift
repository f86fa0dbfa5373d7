import DNS
import Diagnostics
import MailAuth

/// An SPF policy by its keys, so that a domain's key can take the place of the defaults' one.
struct SPFParts {
    var ip4: [SPFTerm] = []
    var ip6: [SPFTerm] = []
    var a: [SPFTerm] = []
    var mx: [SPFTerm] = []
    var exists: [SPFTerm] = []
    var include: [SPFTerm] = []
    var all: SPFQualifier?
    var redirect: DomainName?
    var isExclusive = false
    var flatten: [DomainName] = []

    func declaration(at span: SourceSpan) -> SPFDeclaration {
        let others = ip4.count + ip6.count + a.count + mx.count + exists.count
        var terms = include
        // Most policies are includes alone.
        if others > 0 {
            terms = []
            terms.reserveCapacity(others + include.count)
            terms += ip4
            terms += ip6
            terms += a
            terms += mx
            terms += exists
            terms += include
        }
        return SPFDeclaration(
            terms: terms, all: redirect == nil ? all ?? .softfail : nil, isAllImplied: redirect == nil && all == nil,
            redirect: redirect, isExclusive: isExclusive, flatten: flatten, span: span)
    }
}

extension ManifestReader {
    /// The domain's own policy over the defaults' keys; else the defaults' whole; else its relay's egress addresses.
    mutating func spf(
        _ fields: Fields<DomainKey>, relay: RelayID?, of name: DomainName, _ facts: inout DomainFacts
    ) -> SPFDeclaration? {
        if let node = fields[.spf] {
            guard let own = self.fields(SPFKey.self, of: node, owner: fields.key(.spf)!) else { return nil }
            let spf = spfParts(own, over: defaults.spf).declaration(at: arena.span(fields.key(.spf)!))
            facts.insert(.hasSPF)
            if SPFTermsRule.suspects(spf, of: name) { facts.insert(.suspectSPF) }
            if EgressRule.suspects(spf) { facts.insert(.suspectEgress) }
            return spf
        }
        if let inherited = defaults.spfDeclaration {
            facts.formUnion(defaults.facts.intersection([.hasSPF, .suspectSPF, .suspectEgress]))
            return inherited
        }
        guard let relay else { return nil }
        if lastEgress?.relay != relay { lastEgress = egressPolicy(of: relay) }
        facts.formUnion(lastEgress?.facts ?? [])
        return lastEgress?.policy
    }

    /// Of a domain that says nothing of its own.
    func inheritedSPF() -> SPFDeclaration? {
        defaults.spfDeclaration ?? defaults.relay.flatMap { egressPolicy(of: $0).policy }
    }

    /// What stands in for SPF at every domain of a relay; its place is the relay's.
    private func egressPolicy(of id: RelayID) -> (relay: RelayID, policy: SPFDeclaration?, facts: DomainFacts) {
        guard let relay = draft.manifest.relays[id], !relay.egress.isEmpty else { return (id, nil, []) }
        var parts = SPFParts()
        for address in relay.egress {
            switch address {
            case .v4: parts.ip4.append(SPFTerm(.ip4(address, prefix: 32)))
            case .v6: parts.ip6.append(SPFTerm(.ip6(address, prefix: 128)))
            }
        }
        let policy = parts.declaration(at: relay.span)
        return (id, policy, SPFTermsRule.suspects(policy, of: .root) ? [.hasSPF, .suspectSPF] : .hasSPF)
    }

    mutating func spfParts(_ fields: Fields<SPFKey>, over base: SPFParts) -> SPFParts {
        var parts = base
        if let node = fields[.ip4] { parts.ip4 = list(node, of: "addresses") { $0.network($1, isFour: true) } ?? [] }
        if let node = fields[.ip6] { parts.ip6 = list(node, of: "addresses") { $0.network($1, isFour: false) } ?? [] }
        if let node = fields[.a] { parts.a = hosts(node, "a") { .a($0) } }
        if let node = fields[.mx] { parts.mx = hosts(node, "mx") { .mx($0) } }
        if let node = fields[.exists] { parts.exists = specs(node, "exists") { .exists($0) } }
        if let node = fields[.include] { parts.include = specs(node, "include") { .include($0) } }
        if let node = fields[.flatten] {
            parts.flatten = list(node, of: "domains") { $0.domainName($1, .service) } ?? []
        }
        if let node = fields[.exclusive] { parts.isExclusive = boolean(node) ?? false }
        if let node = fields[.redirect] {
            parts.redirect = domainName(node, .service)
            parts.all = nil
        }
        if let node = fields[.all] {
            parts.all = choice(node, SPFAllChoice.self)?.qualifier
            if fields.has(.redirect) {
                sink.report(
                    .allAndRedirect, at: arena.span(fields.key(.all)!), label: "makes `redirect` mean nothing",
                    related: [Diagnostic.Related(span: arena.span(fields.key(.redirect)!), label: "the redirect")],
                    notes: ["RFC 7208 §6.1: `redirect` is ignored where `all` stands"], helps: ["remove one of the two"]
                )
            } else {
                parts.redirect = nil
            }
        }
        return parts
    }

    private mutating func specs(_ node: Int32, _ term: String, _ mechanism: (String) -> SPFMechanism) -> [SPFTerm] {
        list(node, of: "domains") { reader, item in reader.domainSpec(item, term).map { SPFTerm(mechanism($0)) } } ?? []
    }

    /// true: the domain itself; else a list of names.
    private mutating func hosts(_ node: Int32, _ term: String, _ mechanism: (String?) -> SPFMechanism) -> [SPFTerm] {
        let target = arena.resolved(node)
        if arena.nodes[Int(target)].kind == .scalar, !isEmpty(node) {
            let text = arena.text(target)
            if text.contains(".") {
                wrongType(node, "true, false or a list", "put brackets around it: `[\(text)]`")
                return []
            }
            return boolean(node) == true ? [SPFTerm(mechanism(nil))] : []
        }
        return list(node, of: "domains") { $0.domainSpec($1, term) }?.map { SPFTerm(mechanism($0)) } ?? []
    }

    /// RFC 7208 §5.6: an address, and a prefix length without leading zeros.
    private mutating func network(_ node: Int32, isFour: Bool) -> SPFTerm? {
        guard let target = scalar(node, isFour ? TextKind.network4.name : TextKind.network6.name) else { return nil }
        let text = arena.text(target)
        let slash = text.firstIndex(of: "/")
        let bits: UInt8 = isFour ? 32 : 128
        let address = IPAddress(String(text[..<(slash ?? text.endIndex)]))
        let family: Bool? =
            switch address {
            case .v4: true
            case .v6: false
            case nil: nil
            }
        guard let address, family == isFour else {
            let help =
                family == nil
                ? (isFour ? "write it like `192.0.2.0/24`" : "write it like `\"2001:db8::/32\"`")
                : "list it under `\(isFour ? "ip6" : "ip4")`"
            sink.report(
                .spfTerm, at: arena.span(node),
                label: family == nil ? "is not an address" : "is an \(isFour ? "IPv6" : "IPv4") address",
                helps: [help])
            return nil
        }
        var prefix = bits
        if let slash {
            let length = text[text.index(after: slash)...]
            guard let value = UInt8(length), value <= bits, !length.hasPrefix("+"),
                length == "0" || !length.hasPrefix("0")
            else {
                sink.report(
                    .spfTerm, at: arena.span(node), label: "the prefix length is not a number from 0 to \(bits)",
                    helps: ["write `\(address)/\(bits)`, or a shorter prefix"])
                return nil
            }
            prefix = value
        }
        if address.prefix(prefix) != address {
            sink.report(
                .prefixHostBits, at: arena.span(node), label: "matches all of \(address.prefix(prefix))/\(prefix)",
                helps: ["write `\(address.prefix(prefix))/\(prefix)`, or the single address"])
        }
        return SPFTerm(isFour ? .ip4(address, prefix: prefix) : .ip6(address, prefix: prefix))
    }
}

extension IPAddress {
    /// The address with all bits beyond the prefix cleared.
    func prefix(_ length: UInt8) -> IPAddress {
        func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)) }
        switch self {
        case .v4(let value):
            return .v4(length == 0 ? 0 : length >= 32 ? value : value & ~(UInt32.max >> UInt32(length)))
        case .v6(let high, let low):
            return .v6(high: high & mask(Int(length)), low: low & mask(Int(length) - 64))
        }
    }
}
