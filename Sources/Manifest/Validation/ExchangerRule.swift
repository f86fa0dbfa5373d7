import DNS
import Diagnostics

/// RFC 7505: a null MX stands alone, with preference 0, and not at a domain that sends.
enum ExchangerRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.domainPlaces.indices where draft.domainPlaces[index].has(.mx) {
            guard let mx = draft.manifest.domains[index].mx, mx.contains(where: \.exchange.isRoot),
                let list = draft.node(ofDomain: index, [DomainKey.mx.name])
            else { continue }
            for item in draft.arena.children(draft.arena.resolved(list)) {
                guard let host = draft.node(item, [ExchangerKey.host.name]),
                    draft.arena.octetsEqual(draft.arena.resolved(host), ".")
                else { continue }
                let preference = draft.node(item, [ExchangerKey.preference.name])
                if mx.count > 1 {
                    sink.report(
                        .nullExchanger, at: draft.arena.span(host), label: "is a null MX beside other exchangers",
                        notes: ["RFC 7505 §3: a null MX is the only MX record of its name"],
                        helps: ["remove it, or all others"])
                } else if let preference, mx[0].preference != 0 {
                    sink.report(
                        .nullExchanger, at: draft.arena.span(preference), label: "is not 0",
                        notes: ["RFC 7505 §3: a null MX has preference 0"], helps: ["write `preference: 0`"])
                }
                if draft.manifest.domains[index].sends {
                    sink.report(
                        .sendingNullExchanger, at: draft.arena.span(host), label: "says that the domain takes no mail",
                        notes: ["RFC 7505 §4.2: receivers may refuse mail from a domain that takes none back"],
                        helps: ["name a host that takes bounces and replies"])
                }
            }
        }
    }
}
