import FoundationEssentials
import Manifest
import Operations
import SendGate

/// The answer of `approvals list`: one line for each request.
struct ApprovalsView: View {
    var approvals: [ApprovalReport]
    var invocation = Invocation()

    func human(_ style: Style) -> String {
        guard !approvals.isEmpty else { return "Nothing waits for an approval.\n" }
        var page = Page()
        for approval in approvals {
            let record = approval.record
            page.line(
                "\(style.safe(record.id.rawValue))  "
                    + "\(style.paint(ApprovalText.status(approval).padded(10), ApprovalText.ink(approval)))"
                    + "  by \(record.answerBy.formatted(.iso8601))  "
                    + style.safe("\(record.agent)  \(ApprovalText.summary(approval))"))
        }
        if !style.isQuiet, let first = approvals.first {
            page.gap()
            page.line("Look at one: \(invocation.commandLine("approvals", "show", first.record.id.rawValue))")
        }
        return page.text
    }

    func json() -> JSONValue { ["approvals": .array(approvals.map(ApprovalText.json))] }

    func markdown() -> String {
        "### Signet approvals\n\n"
            + (approvals.isEmpty
                ? "Nothing waits for an approval.\n"
                : MarkdownText.table(
                    ["approval", "state", "agent", "message", "answer by"],
                    approvals.map {
                        [
                            MarkdownText.code($0.record.id.rawValue), ApprovalText.status($0),
                            MarkdownText.code($0.record.agent.rawValue), MarkdownText.code(ApprovalText.summary($0)),
                            $0.record.answerBy.formatted(.iso8601),
                        ]
                    }))
    }
}

/// The answer of `approvals show`: what the digest is over, as its reader gets it and with nothing shortened; JSON has
/// the octets as well.
struct ApprovalView: View {
    var approval: ApprovalReport
    var invocation = Invocation()

    func human(_ style: Style) -> String {
        let record = approval.record
        var page = Page()
        page.line(
            "\(style.safe(record.id.rawValue))  "
                + style.paint(ApprovalText.status(approval), ApprovalText.ink(approval)))
        for (name, value) in ApprovalText.facts(approval) {
            page.line("\(name.padded(12)) \(style.safe(value))", indent: 2)
        }
        page.gap()
        guard let content = approval.content else {
            page.line(ApprovalText.gone(approval))
            return page.text
        }
        for line in ApprovalText.content(content) { page.line(style.safe(line)) }
        if !style.isQuiet, record.state == .pending, approval.isUnchanged {
            page.gap()
            let words = ["approvals", "approve", record.id.rawValue, "--key", "FILE"]
            page.line("Say yes: \(invocation.commandLine(words[0], words[1], words[2], words[3], words[4]))")
            page.line("Say no:  \(invocation.commandLine("approvals", "deny", record.id.rawValue, "--key", "FILE"))")
        }
        return page.text
    }

    func json() -> JSONValue {
        guard case .object(var members) = ApprovalText.json(approval) else { return .null }
        members["content"] = approval.content.map(ApprovalText.json) ?? .null
        return ["approval": .object(members)]
    }

    func markdown() -> String {
        var text = "### Signet approval\n\n"
        text += MarkdownText.table(
            ["what", "value"],
            [["id", MarkdownText.code(approval.record.id.rawValue)], ["state", ApprovalText.status(approval)]]
                + ApprovalText.facts(approval).map { [$0, MarkdownText.code($1)] })
        guard let content = approval.content else { return text + "\n\(ApprovalText.gone(approval))\n" }
        return text + "\n" + MarkdownText.fenced(ApprovalText.content(content).map(Style.plain.safe))
    }
}

/// The answer of `approvals approve` and `deny`.
struct ApprovalAnswerView: View {
    var approval: ApprovalReport
    var invocation = Invocation()

    private var sentence: String {
        let record = approval.record
        let who = approval.answeredBy ?? "an approver"
        guard record.state == .approved, let end = record.validUntil else {
            return "denied by \(who): the message is not sent"
        }
        return "approved by \(who), for one send until \(end.formatted(.iso8601))"
    }

    func human(_ style: Style) -> String {
        var page = Page()
        let ink: Style.Ink = approval.record.state == .approved ? .good : .caution
        page.line("\(style.safe(approval.record.id.rawValue))  \(style.paint(style.safe(sentence), ink))")
        if !style.isQuiet, approval.record.state == .approved {
            page.line("Send it: \(invocation.commandLine("send", "--flush"))", indent: 2)
        }
        return page.text
    }

    func json() -> JSONValue { ["approval": ApprovalText.json(approval)] }

    func markdown() -> String {
        "### Signet approval\n\n\(MarkdownText.code(approval.record.id.rawValue)): \(MarkdownText.code(sentence))\n"
    }
}
