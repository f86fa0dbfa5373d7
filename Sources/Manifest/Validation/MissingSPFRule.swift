import Diagnostics

/// A sending domain has an SPF policy: its own, the defaults', or its relay's egress addresses.
enum MissingSPFRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        // What stands under `defaults` and could not be read has its own finding.
        if draft.hasDefault(.spf) || !draft.isComplete { return }
        for (index, place) in draft.domainPlaces.enumerated()
        where place.facts.contains(.sends) && !place.facts.contains(.hasSPF) {
            if !draft.isReadable(place) || !saysThatItSends(place, draft) { continue }
            let relay = draft.manifest.domains[index].relay
            // Nothing is missing where something is wrong.
            if place.has(.spf) || relay == nil && (place.has(.relay) || draft.hasDefault(.relay)) { continue }
            if let relay, let relayPlace = draft.relayPlaces[relay],
                draft.keySpan(relayPlace.value, RelayKey.egress.name) != nil
            {
                continue
            }
            sink.report(
                .missingSPF, at: draft.arena.span(place.key),
                label: relay == nil ? "has neither `spf` nor a relay" : "has no `spf`, and its relay no `egress`",
                helps: [
                    "add `spf:` here or under `defaults`",
                    "or give the domain a relay with `egress` addresses; or say `sends: false`",
                ])
        }
    }

    /// False where `sends` stands there and could not be read.
    private static func saysThatItSends(_ place: ManifestDraft.Place, _ draft: ManifestDraft) -> Bool {
        guard place.has(.sends), let node = draft.node(place.value, [DomainKey.sends.name]) else { return true }
        let target = draft.arena.resolved(node)
        return draft.arena.nodes[Int(target)].style == .plain && draft.arena.octetsEqual(target, "true")
    }
}
