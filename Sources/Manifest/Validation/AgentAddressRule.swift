import DNS
import Diagnostics

/// An agent's addresses are at its domain, and no other agent's.
enum AgentAddressRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        var owners: [String: SourceSpan] = [:]
        for (index, agent) in draft.manifest.agents.enumerated() {
            let place = draft.agentPlaces[index]
            guard let list = draft.node(place.value, [AgentKey.addresses.name]) else { continue }
            for item in draft.arena.children(draft.arena.resolved(list)) {
                let target = draft.arena.resolved(item)
                guard draft.arena.nodes[Int(target)].kind == .scalar,
                    case .success(let address) = MailAddressText.parse(draft.arena.text(target))
                else { continue }
                if !agent.domain.isRoot, address.domain != agent.domain {
                    sink.report(
                        .agentAddress, at: draft.arena.span(item), label: "is not at \(agent.domain)",
                        related: draft.node(place.value, [AgentKey.domain.name]).map {
                            [Diagnostic.Related(span: draft.arena.span($0), label: "the agent's domain")]
                        } ?? [],
                        helps: [
                            "write `\(address.local)@\(agent.domain)`, or give \(address.domain) an agent of its own"
                        ])
                }
                // RFC 5321 §2.4 lets local parts differ by case; no provider of mail does.
                if let owner = owners.updateValue(draft.arena.span(item), forKey: address.text.lowercased()),
                    owner != draft.arena.span(item), !isOfOneAgent(owner, place, draft)
                {
                    let span = draft.arena.span(item)
                    let (first, second) = ManifestDraft.isBefore(owner, span) ? (owner, span) : (span, owner)
                    sink.report(
                        .sharedAddress, at: second, label: "is another agent's too",
                        related: [Diagnostic.Related(span: first, label: "first stands here")],
                        helps: ["give each agent an address of its own"])
                }
            }
        }
    }

    /// A repetition within one agent's list has its own warning.
    private static func isOfOneAgent(_ span: SourceSpan, _ place: ManifestDraft.Place, _ draft: ManifestDraft) -> Bool {
        guard let list = draft.node(place.value, [AgentKey.addresses.name]) else { return false }
        return draft.arena.children(draft.arena.resolved(list)).contains { draft.arena.span($0) == span }
    }
}
