import DNS
import Diagnostics

/// An agent sends from a declared domain that sends. A domain may be declared through the API and not here, which the files
/// alone cannot tell: that is a warning, and until it is declared the agent sends nothing. So is a domain that takes none of
/// the relays there are.
enum AgentDomainRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for (index, agent) in draft.manifest.agents.enumerated() where !agent.domain.isRoot {
            let span = draft.span(of: draft.agentPlaces[index], [AgentKey.domain.name])
            guard let domain = draft.domainIndex(agent.domain) else {
                if !draft.isComplete { continue }
                guard sink.keepsMore else {
                    sink.report(.agentDomain, at: nil)
                    continue
                }
                let near = Suggestion.closest(
                    to: agent.domain.text, among: draft.manifest.domains.lazy.map(\.name.text))
                sink.report(
                    .agentDomain, at: span, label: "no entry under `domains` has this name",
                    notes: ["until it is declared, here or through the API, the agent sends nothing"],
                    helps: [near.map { "did you mean `\($0)`?" } ?? "add it under `domains`"])
                continue
            }
            if !draft.manifest.domains[domain].sends {
                let place = draft.domainPlaces[domain]
                sink.report(
                    .agentParked, at: span, label: "never sends",
                    related: draft.keySpan(place.value, DomainKey.sends.name).map {
                        [Diagnostic.Related(span: $0, label: "the domain is parked here")]
                    } ?? [],
                    helps: ["give the agent a domain that sends, or remove `sends: false`"])
            } else if draft.manifest.domains[domain].relay == nil, !draft.domainPlaces[domain].has(.relay),
                !draft.hasDefault(.relay), draft.isComplete, let relay = draft.relayPlaces.keys.map(\.rawValue).min()
            {
                sink.report(
                    .agentWithoutRelay, at: span, label: "has no `relay`: nothing can leave",
                    helps: ["write `relay: \(relay)` at the domain, or under `defaults`"])
            }
        }
    }
}
