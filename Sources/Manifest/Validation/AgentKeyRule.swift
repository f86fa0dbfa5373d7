import DNS
import Diagnostics

/// Who an agent is, the domain's Ed25519 DKIM key vouches for: without one no identity header can be written.
enum AgentKeyRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for (index, agent) in draft.manifest.agents.enumerated() where !agent.domain.isRoot {
            guard let domain = draft.domainIndex(agent.domain), draft.manifest.domains[domain].sends,
                let dkim = draft.manifest.domains[domain].dkim, !dkim.keys.contains(.ed25519)
            else { continue }
            let place = draft.domainPlaces[domain]
            sink.report(
                .agentWithoutDomainKey, at: draft.span(of: draft.agentPlaces[index], [AgentKey.domain.name]),
                label: "has no Ed25519 key",
                related: draft.keySpan(place.value, DomainKey.dkim.name).map {
                    [Diagnostic.Related(span: $0, label: "its DKIM keys are declared here")]
                } ?? [],
                helps: ["add `ed25519` to the domain's `dkim: keys:`"])
        }
    }
}
