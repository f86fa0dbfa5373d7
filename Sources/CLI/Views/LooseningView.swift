import FoundationEssentials
import Keys
import Manifest
import Operations
import Reconcile
import SendGate

/// The answer of `agents approve`: what was signed, and where it lies.
struct LooseningView: View {
    var report: LooseningReport

    /// The change, with everything that differs.
    static func text(_ change: AgentChange, _ style: Style) -> String {
        var page = Page()
        page.line("\(style.paint(style.safe(change.agent.rawValue), .strong)) of \(change.domain)")
        for line in AgentChangeText.lines(change) { page.line(style.safe(line), indent: 2) }
        page.line("why: \(style.safe(change.reason))", indent: 2)
        return page.text
    }

    func human(_ style: Style) -> String {
        var page = Page()
        page.line(style.paint("signed", .good))
        let statement = report.statement
        page.line("approval  \(statement.id)", indent: 2)
        page.line("until     \(statement.validUntil.formatted(.iso8601))", indent: 2)
        page.line("from      \(statement.before) (\(statement.stateBefore))", indent: 2)
        page.line("to        \(statement.after)", indent: 2)
        page.line("file      \(style.safe(report.path))", indent: 2)
        if !style.isQuiet {
            page.line("help      signet apply PLAN --loosening-approval \(style.safe(report.path))", indent: 2)
        }
        return Self.text(report.change, style) + page.text
    }

    func json() -> JSONValue {
        let statement = report.statement
        return [
            "change": AgentChangeText.json(report.change),
            "approval": [
                "id": .string(statement.id), "agent": .string(statement.agent.rawValue),
                "before": .string(statement.before.description), "state": .string(statement.stateBefore),
                "after": .string(statement.after.description),
                "issued_at": .string(statement.issuedAt.formatted(.iso8601)),
                "valid_until": .string(statement.validUntil.formatted(.iso8601)),
            ],
            "path": .string(report.path),
        ]
    }

    func markdown() -> String {
        "### Signet agents approve\n\nSigned \(MarkdownText.code(report.statement.id)), good until "
            + "\(report.statement.validUntil.formatted(.iso8601)):\n\n" + AgentChangeText.markdown([report.change])
    }
}
