import DNS
import FoundationEssentials
import Keys
import Manifest
import Operations
import Reconcile

/// The answer of `agents list` and `agents show`.
struct AgentsView: View {
    var agents: [AgentSummary]
    /// One agent, with all that is known of it.
    var isWhole = false
    var invocation = Invocation()

    /// `registered`, `revoked`, `not registered yet`, or that an apply would change it.
    private static func state(_ agent: AgentSummary) -> String {
        guard let registration = agent.registration else { return "not registered yet" }
        if registration.state == .revoked { return agent.declared == nil ? "revoked" : "revoked, declared again" }
        guard let declared = agent.declared else { return "registered, declared no longer" }
        return declared.digest == registration.digest ? "registered" : "registered, declared otherwise"
    }

    private static func declaration(_ agent: AgentSummary) -> AgentDeclaration? {
        agent.registration?.declaration ?? agent.declared
    }

    private static func key(_ agent: AgentSummary) -> String {
        if let key = agent.signingKey { return "signs with \(key.agentKey?.key ?? "")" }
        if agent.keys.isEmpty { return "no key yet" }
        return agent.keys.allSatisfy { $0.state == .revoked || $0.state == .removed }
            ? "every key is revoked" : "no key has converged yet"
    }

    func human(_ style: Style) -> String {
        guard !agents.isEmpty else { return "No agents yet.\n" }
        var page = Page()
        let width = agents.map(\.id.rawValue.count).max() ?? 0
        for agent in agents {
            page.line(
                "\(style.paint(style.safe(agent.id.rawValue).padded(width), .strong))  "
                    + style.paint(Self.state(agent), agent.isReady ? .good : .caution)
                    + "  \(Self.declaration(agent)?.oversight.rawValue ?? "")  \(Self.key(agent))")
            if isWhole { write(agent, to: &page, style) }
        }
        return page.text
    }

    private func write(_ agent: AgentSummary, to page: inout Page, _ style: Style) {
        if let registration = agent.registration {
            page.line("since        \(registration.since.formatted(.iso8601))", indent: 2)
        }
        if let declaration = Self.declaration(agent) {
            page.line("declaration  \(declaration.digest)", indent: 2)
            for fact in AgentFact.all(of: declaration) {
                page.line("\(fact.name): \(style.safe(fact.after ?? ""))", indent: 2)
            }
        }
        for key in agent.keys {
            page.line(
                "\(key.id)  \(key.state.rawValue)  since \(key.stateChangedAt.formatted(.iso8601))", indent: 2)
            page.line(style.safe(key.record), indent: 6)
        }
    }

    func json() -> JSONValue {
        let entries = agents.map(Self.json)
        return isWhole ? (entries.first ?? .null) : ["agents": .array(entries)]
    }

    private static func json(_ agent: AgentSummary) -> JSONValue {
        [
            "agent": .string(agent.id.rawValue), "ready": .bool(agent.isReady),
            "declared": .bool(agent.declared != nil), "state": JSONValue(agent.registration?.state.rawValue),
            "since": JSONValue(agent.registration?.since.formatted(.iso8601)),
            "declaration_digest": JSONValue(declaration(agent)?.digest.description),
            "declaration": declaration(agent).map { .raw($0.canonicalOctets) } ?? .null,
            "signing_key": JSONValue(agent.signingKey?.description), "keys": .array(agent.keys.map(KeysView.json)),
        ]
    }

    func markdown() -> String {
        guard !agents.isEmpty else { return "### Signet agents\n\nNo agents.\n" }
        var text =
            "### Signet agents\n\n"
            + MarkdownText.table(
                ["agent", "state", "oversight", "key"],
                agents.map {
                    [
                        MarkdownText.code($0.id.rawValue), Self.state($0),
                        Self.declaration($0)?.oversight.rawValue ?? "", Self.key($0),
                    ]
                })
        if isWhole, let agent = agents.first, let declaration = Self.declaration(agent) {
            text +=
                "\n"
                + MarkdownText.table(
                    ["", "declared"],
                    AgentFact.all(of: declaration).map { [$0.name, MarkdownText.code($0.after ?? "")] })
        }
        return text
    }
}
