import Diagnostics
import MailAuth

/// The declared model fits into an identity header.
enum AgentModelRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for (index, agent) in draft.manifest.agents.enumerated() {
            guard let model = agent.model, model.identityText == nil else { continue }
            sink.report(
                .agentModel, at: draft.span(of: draft.agentPlaces[index], [AgentKey.model.name, ModelKey.name.name]),
                label: "makes a text of more than \(AgentModelText.octetsMax) octets",
                notes: [
                    "provider, name and version stand in each message's header, characters beyond letters, digits and "
                        + "`-._~` as three octets and more"
                ],
                helps: ["shorten the model's name"])
        }
    }
}

extension AgentDeclaration.Model {
    /// As the identity header's `model` has it; nil if it is too long for that.
    package var identityText: String? { AgentModelText.encode(provider: provider, name: name, version: version) }
}
