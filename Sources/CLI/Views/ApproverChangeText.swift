import Reconcile

/// Who may let agents do more, and who may not any more: for plan, drift and apply.
enum ApproverChangeText {
    static func write(_ changes: [ApproverChange], to page: inout Page, _ style: Style) {
        guard !changes.isEmpty else { return }
        page.heading("Approvers of loosening", style)
        for change in changes {
            page.line(
                "\(style.paint(symbol(change.effect), ink(change.effect))) \(style.safe(change.approver))  "
                    + sentence(change.effect), indent: 2)
        }
    }

    /// Of those whose registration changes: `1 approver registered`.
    static func counts(_ changes: [ApproverChange]) -> [String] {
        let words: [(ApproverChange.Effect, String)] = [
            (.register, "registered"), (.remove, "removed"), (.suspend, "suspended"),
        ]
        return words.map { effect, word in (changes.count { $0.effect == effect }, word) }.filter { $0.0 > 0 }
            .map { "\(String.counted($0.0, "approver")) \($0.1)" }
    }

    static func json(_ changes: [ApproverChange]) -> JSONValue {
        .array(changes.map { ["approver": .string($0.approver), "effect": .string($0.effect.rawValue)] })
    }

    static func markdown(_ changes: [ApproverChange]) -> String {
        changes.isEmpty
            ? ""
            : "\n"
                + MarkdownText.table(
                    ["", "approver of loosening", "what"],
                    changes.map {
                        [MarkdownText.code(symbol($0.effect)), MarkdownText.code($0.approver), sentence($0.effect)]
                    })
    }

    private static func symbol(_ effect: ApproverChange.Effect) -> String {
        switch effect {
        case .register: "+"
        case .remove: "-"
        case .suspend, .leaveOut: "!"
        }
    }

    private static func ink(_ effect: ApproverChange.Effect) -> Style.Ink {
        switch effect {
        case .register: .added
        case .remove: .removed
        case .suspend, .leaveOut: .caution
        }
    }

    private static func sentence(_ effect: ApproverChange.Effect) -> String {
        switch effect {
        case .register: "is registered: may let agents do more from the next apply on"
        case .remove: "is no longer declared, and may not any more"
        case .suspend:
            "has another key or address: neither the old nor the new counts until an apply with --allow-loosening"
        case .leaveOut: "is declared and not registered: an apply with --allow-loosening takes them in"
        }
    }
}
