import DNS
import Reconcile

/// The words and signs for changes that plan, drift and apply share.
enum ChangeText {
    static func symbol(_ action: Change.Action) -> String {
        switch action {
        case .create: "+"
        case .update: "~"
        case .delete: "-"
        }
    }

    static func ink(_ action: Change.Action) -> Style.Ink {
        switch action {
        case .create: .added
        case .update: .changed
        case .delete: .removed
        }
    }

    static func ink(_ risk: Risk) -> Style.Ink {
        switch risk {
        case .safe: .faint
        case .tightens: .strong
        case .loosens: .caution
        case .destructive: .bad
        }
    }

    static func heading(_ stage: Stage) -> String {
        switch stage {
        case .publish: "Stage 1: publish keys and authentication records"
        case .tighten: "Stage 3: sign with them and tighten DMARC, once stage 1 has converged"
        case .retire: "Stage 4: retire, once nothing signed with it can be in transit"
        }
    }

    /// `2 to add, 1 to change, none to remove`.
    static func counts(_ plan: Plan) -> String {
        let by = { (action: Change.Action) in plan.changes.count { $0.action == action } }
        var parts = ["\(by(.create)) to add", "\(by(.update)) to change", "\(by(.delete)) to remove"]
        for action in AgentChange.Action.allCases {
            let count = plan.agents.count { $0.action == action }
            if count > 0 { parts.append("\(String.counted(count, "agent")) to \(action.rawValue)") }
        }
        if !plan.keys.isEmpty { parts.append("\(String.counted(plan.keys.count, "key")) to generate") }
        return parts.joined(separator: ", ")
    }

    /// The first line of a change in human form, with room for what a caller adds after it.
    static func title(_ change: Change, width: Int, _ style: Style) -> String {
        let sign = style.paint(symbol(change.action), ink(change.action))
        let ttl = (change.after ?? change.before).map { "ttl \($0.timeToLiveSeconds)" } ?? ""
        return "\(sign) \(change.key.description.padded(width))  \(ttl.padded(10))"
    }

    /// How wide the names of these changes are; one very long name does not push all others aside.
    static func width(_ changes: some Sequence<Change>) -> Int {
        changes.map(\.key.description.count).filter { $0 <= 64 }.max() ?? 0
    }
}
