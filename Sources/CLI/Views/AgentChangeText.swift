import DNS
import Manifest
import Reconcile

/// The words and signs for agents' changes that plan, drift, apply and errors share.
enum AgentChangeText {
    static func symbol(_ action: AgentChange.Action) -> String {
        switch action {
        case .register: "+"
        case .change: "~"
        case .revoke: "-"
        }
    }

    static func ink(_ action: AgentChange.Action) -> Style.Ink {
        switch action {
        case .register: .added
        case .change: .changed
        case .revoke: .removed
        }
    }

    /// A heading, then each agent with what differs.
    static func write(_ agents: [AgentChange], to page: inout Page, _ style: Style) {
        guard !agents.isEmpty else { return }
        page.heading("Agents: before anything else", style)
        let width = agents.map(\.agent.rawValue.count).max() ?? 0
        for change in agents {
            page.line(
                "\(style.paint(symbol(change.action), ink(change.action))) \(style.safe(change.agent.rawValue).padded(width))"
                    + "  \(change.action.rawValue)  \(change.domain)  "
                    + style.paint(change.risk.rawValue, ChangeText.ink(change.risk)), indent: 2)
            for line in lines(change) { page.line(style.safe(line), indent: 6) }
            page.line(style.paint("why: \(style.safe(change.reason))", .faint), indent: 6)
        }
    }

    /// `oversight: gated_send → monitored`.
    static func lines(_ change: AgentChange) -> [String] {
        guard change.action != .revoke else { return [] }
        return change.facts.map { fact in
            switch (fact.before, fact.after) {
            case (nil, let after?): "\(fact.name): \(after)"
            case (let before?, nil): "\(fact.name): \(before) → nothing"
            case (let before, let after): "\(fact.name): \(before ?? "") → \(after ?? "")"
            }
        }
    }

    static func json(_ change: AgentChange) -> JSONValue {
        [
            "agent": .string(change.agent.rawValue), "domain": .string(change.domain.description),
            "action": .string(change.action.rawValue), "risk": .string(change.risk.rawValue),
            "reason": .string(change.reason),
        ]
    }

    static func markdown(_ agents: [AgentChange]) -> String {
        MarkdownText.table(
            ["", "agent", "domain", "risk", "what", "why"],
            agents.map { change in
                [
                    MarkdownText.code(symbol(change.action)), MarkdownText.code(change.agent.rawValue),
                    MarkdownText.code(change.domain.description),
                    change.risk == .safe ? "safe" : "**\(change.risk.rawValue)**",
                    lines(change).map(MarkdownText.code).joined(separator: "<br>"), MarkdownText.code(change.reason),
                ]
            })
    }
}
