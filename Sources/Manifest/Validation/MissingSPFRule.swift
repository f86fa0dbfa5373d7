import Diagnostics

/// A sending domain has an SPF policy: its own, the defaults', or its relay's egress addresses.
enum MissingSPFRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        // What stands under `defaults` and could not be read has its own finding.
        if draft.hasDefault(.spf) { return }
        for index in draft.domainPlaces.indices
        where draft.manifest.domains[index].sends && draft.manifest.domains[index].spf == nil {
            let place = draft.domainPlaces[index]
            let relay = draft.manifest.domains[index].relay
            // Nothing is missing where something is wrong.
            if place.has(.spf) || relay == nil && (place.has(.relay) || draft.hasDefault(.relay)) { continue }
            if let relay, let relayPlace = draft.relayPlaces[relay], draft.keySpan(relayPlace.value, RelayKey.egress.name) != nil {
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
}
