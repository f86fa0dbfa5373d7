import DNS
import Diagnostics
import MailAuth

/// Every address that a domain's relay sends from is covered by SPF, as far as the manifest alone can tell: a policy
/// with names in it is evaluated by `signet verify`.
enum EgressRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        var hasHeir = false
        for (index, place) in draft.domainPlaces.enumerated() where place.facts.contains(.suspectEgress) {
            if !place.has(.spf), !place.has(.relay) {
                if hasHeir { continue }
                hasHeir = true
            }
            // Terms made from the egress cover it.
            guard place.has(.spf) || draft.defaultSPF != nil else { continue }
            check(draft, index, &sink)
        }
    }

    /// Whether a policy consists of addresses alone.
    static func suspects(_ spf: SPFDeclaration) -> Bool {
        spf.redirect == nil && spf.flatten.isEmpty && spf.all != .pass && spf.terms.allSatisfy(isAddress)
    }

    private static func isAddress(_ term: SPFTerm) -> Bool {
        switch term.mechanism {
        case .ip4, .ip6: true
        default: false
        }
    }

    private static func check(_ draft: ManifestDraft, _ index: Int, _ sink: inout FindingSink) {
        guard let spf = draft.manifest.domains[index].spf, suspects(spf),
            let relay = draft.manifest.domains[index].relay, let egress = draft.manifest.relays[relay]?.egress
        else { return }
        // Terms that could not be read might have covered it.
        for key in [SPFKey.ip4, .ip6] {
            if let node = draft.node(ofDomain: index, [DomainKey.spf.name, key.name]),
                written(node, draft) > count(key, spf)
            {
                return
            }
        }
        for (item, address) in egress.enumerated() where !covers(spf, address) {
            let related = draft.relayPlaces[relay].map {
                [
                    Diagnostic.Related(
                        span: draft.span(of: $0, [RelayKey.egress.name], item: item), label: "mail leaves from here")
                ]
            }
            let place = draft.keySpan(draft.domainPlaces[index].value, DomainKey.spf.name) ?? spf.span
            let isFour = if case .v4 = address { true } else { false }
            sink.report(
                .egressNotCovered, at: place, label: "does not cover \(address)", related: related ?? [],
                helps: [
                    isFour ? "add `\(address)` under `ip4`" : "add `\"\(address)\"` under `ip6`",
                    "or add an `include` of the relay's policy",
                ])
        }
    }

    private static func written(_ node: Int32, _ draft: ManifestDraft) -> Int {
        let target = draft.arena.nodes[Int(draft.arena.resolved(node))]
        return target.kind == .sequence ? Int(target.length) : 1
    }

    private static func count(_ key: SPFKey, _ spf: SPFDeclaration) -> Int {
        spf.terms.count { term in
            switch term.mechanism {
            case .ip4: key == .ip4
            case .ip6: key == .ip6
            default: false
            }
        }
    }

    private static func covers(_ spf: SPFDeclaration, _ address: IPAddress) -> Bool {
        spf.terms.contains { term in
            guard term.qualifier == .pass else { return false }
            switch (term.mechanism, address) {
            case (.ip4(let network, let prefix), .v4), (.ip6(let network, let prefix), .v6):
                return address.prefix(prefix) == network.prefix(prefix)
            default: return false
            }
        }
    }
}
