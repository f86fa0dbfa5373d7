import Diagnostics

/// An oversight mode needs somebody who oversees, and a recipient is allowed or blocked, not both.
enum AgentOversightRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for (index, agent) in draft.manifest.agents.enumerated() {
            let place = draft.agentPlaces[index]
            let mode = draft.span(of: place, [AgentKey.oversight.name])
            let isReadable =
                draft.node(place.value, [AgentKey.oversight.name]).map {
                    draft.arena.nodes[Int(draft.arena.resolved($0))].kind == .scalar
                        && draft.arena.text(draft.arena.resolved($0)) == agent.oversight.rawValue
                } ?? true
            if agent.oversight == .monitored, draft.isComplete,
                draft.node(place.value, [AgentKey.oversightAddress.name]) == nil
            {
                sink.report(
                    .oversightAddress, at: mode, label: "copies each message to nobody",
                    helps: ["add `oversight_address:`, or choose another mode"])
            }
            if isReadable, draft.isComplete, agent.oversight == .gatedAll || agent.oversight == .gatedSend,
                draft.approverPlaces.isEmpty
            {
                sink.report(
                    .noApprovers, at: mode, label: "holds messages for approval",
                    helps: ["add a person under `approvers`"])
            }
            let allowed = Set(agent.allowedRecipients)
            for (item, recipient) in agent.blockedRecipients.enumerated() where allowed.contains(recipient) {
                let path = [AgentKey.recipients.name, RecipientsKey.block.name]
                sink.report(
                    .blockedAndAllowed, at: draft.span(of: place, path, item: item), label: "stands under `allow` too",
                    notes: ["a blocked recipient is refused whatever else is said"],
                    helps: ["remove it from one of the lists"])
            }
        }
    }
}
