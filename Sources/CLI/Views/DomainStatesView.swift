import DNS
import FoundationEssentials
import Operations
import Reconcile

/// The answer of `verify`, `wait` and `status`.
struct DomainStatesView: View {
    var title: String
    var states: [DomainState]
    /// Only `status` tells of the store.
    var store: StatusReport?
    var invocation = Invocation()

    func human(_ style: Style) -> String {
        var page = Page()
        for state in states {
            page.gap()
            for line in DomainStateText.lines(state, style) { page.line(line) }
        }
        if let lease = store?.lease {
            page.gap()
            page.line(
                "An apply is running: \(style.safe(lease.holder)), until \(lease.expiresAt.formatted(.iso8601)) at the latest"
            )
        }
        if let open = store?.openIntents, !open.isEmpty {
            page.gap()
            page.line(style.paint("An apply was cut short; the next one finishes these:", .caution))
            for key in open { page.line(key.description, indent: 2) }
        }
        page.gap()
        page.line(style.paint(summary, ExitStatus(states) == .done ? .good : .bad))
        if !style.isQuiet, let next { page.line("Next: \(style.safe(next))") }
        return page.text
    }

    private var summary: String {
        let aligned = states.count { $0.status == .aligned }
        return "\(aligned) of \(String.counted(states.count, "domain")) aligned"
    }

    private var next: String? {
        if let open = store?.openIntents, !open.isEmpty, store?.lease == nil { return invocation.commandLine("apply") }
        switch ExitStatus(states) {
        case .misaligned: return invocation.commandLine("plan")
        case .notConverged: return invocation.commandLine(states.contains(where: \.needsApply) ? "plan" : "wait")
        default: return nil
        }
    }

    func json() -> JSONValue {
        var members: [String: JSONValue] = [
            "aligned": .bool(ExitStatus(states) == .done), "domains": .array(states.map(DomainStateText.json)),
        ]
        if let store {
            members["lease"] =
                store.lease.map {
                    [
                        "holder": .string($0.holder), "fencing_number": .number(Int($0.fencingNumber)),
                        "expires_at": .string($0.expiresAt.formatted(.iso8601)),
                    ]
                } ?? .null
            members["open_intents"] = .array(store.openIntents.map(ApplyView.json))
        }
        return .object(members)
    }

    func markdown() -> String {
        var text = "### \(title)\n\n**\(summary)**\n"
        if !states.isEmpty { text += "\n" + DomainStateText.markdown(states) }
        if let lease = store?.lease { text += "\nAn apply is running: \(MarkdownText.code(lease.holder))\n" }
        if let open = store?.openIntents, !open.isEmpty {
            text +=
                "\nAn apply was cut short; the next one finishes these:\n\n"
                + MarkdownText.table(["record set"], open.map { [MarkdownText.code($0.description)] })
        }
        return text
    }
}
