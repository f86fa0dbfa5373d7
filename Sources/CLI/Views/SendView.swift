import FoundationEssentials
import Operations
import SendGate

/// The answer of `send`, with `--dry-run` too, and of `outbox resolve`.
struct SendView: View {
    var report: SendReport
    var invocation = Invocation()

    func human(_ style: Style) -> String {
        var page = Page()
        page.line("\(style.paint(Self.verdict(report), Self.ink(report)))\(report.isRepeated ? ", as before" : "")")
        if let id = report.id { page.line("message   \(id)", indent: 2) }
        if report.kind == .redirect { page.line("as        it came in, under an ARC seal", indent: 2) }
        if !report.from.isEmpty { page.line("from      \(style.safe(report.from))", indent: 2) }
        for recipient in report.recipients {
            page.line("to        \(style.safe(Self.text(recipient)))", indent: 2)
        }
        if !Self.why(report).isEmpty { page.line("why       \(style.safe(Self.why(report)))", indent: 2) }
        if let approval = report.approvalID { page.line("approval  \(approval)", indent: 2) }
        if let due = report.dueAt {
            let word = report.state == .held ? "expires  " : "next try "
            page.line("\(word) \(due.formatted(.iso8601))", indent: 2)
        }
        for signer in report.signers { page.line("signed by \(style.safe(signer))", indent: 2) }
        if let octets = report.octetCount { page.line("size      \(octets) octets", indent: 2) }
        if !style.isQuiet, let help = report.decision?.help { page.line("help      \(help)", indent: 2) }
        if !style.isQuiet, report.state == .unknown, let id = report.id {
            page.line(
                "help      look for its Message-ID in the relay's log, then: "
                    + invocation.commandLine("outbox", "resolve", id.rawValue, "--sent") + ", or --not-sent", indent: 2)
        }
        return page.text
    }

    /// One word for the answer, before anything else.
    static func verdict(_ report: SendReport) -> String {
        if report.isTrial { return "would be \(trialVerdict(report.decision))" }
        switch report.state {
        case .unknown?: return "in doubt"
        case let state?: return state.rawValue
        case nil: return report.decision?.verb ?? "unknown"
        }
    }

    private static func trialVerdict(_ decision: GateDecision?) -> String {
        switch decision {
        case .release?: "sent"
        case .hold?: "held"
        case .deferred?, .observeAgain?, nil: "deferred"
        case .refuse?: "refused"
        }
    }

    static func ink(_ report: SendReport) -> Style.Ink {
        switch ExitStatus(sent: report) {
        case .done: .good
        case .refused, .notConverged: .caution
        default: .bad
        }
    }

    static func why(_ report: SendReport) -> String {
        if !report.reason.isEmpty { return report.reason }
        guard let decision = report.decision else { return "" }
        return decision.sentence
    }

    static func text(_ recipient: OutboxMessage.Recipient) -> String {
        let copy = recipient.isCopy ? " (oversight copy)" : ""
        switch recipient.outcome {
        case .accepted(let reply)?: return "\(recipient.address)\(copy): accepted, \(reply)"
        case .deferred(let reply)?: return "\(recipient.address)\(copy): deferred, \(reply)"
        case .rejected(let reply)?: return "\(recipient.address)\(copy): rejected, \(reply)"
        case .uncertain?: return "\(recipient.address)\(copy): in doubt"
        case nil: return recipient.address + copy
        }
    }

    // MARK: json and markdown

    func json() -> JSONValue { ["message": Self.json(report)] }

    static func json(_ report: SendReport) -> JSONValue {
        [
            "id": JSONValue(report.id?.rawValue), "kind": .string(report.kind.rawValue), "agent": .string(report.agent),
            "domain": .string(report.domain),
            "from": .string(report.from), "recipients": .array(report.recipients.map(json)),
            "state": JSONValue(report.state?.rawValue), "decision": JSONValue(report.decision?.code),
            "reason": .string(why(report)), "approval": JSONValue(report.approvalID),
            "due_at": JSONValue(report.dueAt?.formatted(.iso8601)),
            "log_index": report.logIndex.map { .number(Int($0)) } ?? .null, "repeated": .bool(report.isRepeated),
            "dry_run": .bool(report.isTrial), "signers": .array(report.signers.map { .string($0) }),
            "octets": report.octetCount.map { .number($0) } ?? .null,
        ]
    }

    private static func json(_ recipient: OutboxMessage.Recipient) -> JSONValue {
        let (outcome, reply): (String?, ReplyText?) =
            switch recipient.outcome {
            case .accepted(let reply): ("accepted", reply)
            case .deferred(let reply): ("deferred", reply)
            case .rejected(let reply): ("rejected", reply)
            case .uncertain: ("uncertain", nil)
            case nil: (nil, nil)
            }
        return [
            "address": .string(recipient.address), "oversight_copy": .bool(recipient.isCopy),
            "outcome": JSONValue(outcome), "reply": JSONValue(reply?.description),
        ]
    }

    func markdown() -> String {
        var text = "### Signet send\n\n**\(Self.verdict(report))**"
        let why = Self.why(report)
        if !why.isEmpty { text += ": \(MarkdownText.code(why))" }
        if report.kind == .redirect { text += "; as it came in, under an ARC seal" }
        text += "\n\n"
        text += MarkdownText.table(
            ["recipient", "outcome"],
            report.recipients.map { [MarkdownText.code($0.address), MarkdownText.code(Self.text($0))] })
        return text
    }
}

/// Several messages: what `send --flush` worked on, what `outbox list` found.
struct OutboxView: View {
    var messages: [SendReport]
    /// Not worked on: not due, or waiting for a person.
    var waiting: [SendReport]
    var invocation = Invocation()

    func human(_ style: Style) -> String {
        guard !messages.isEmpty || !waiting.isEmpty else { return "Nothing in the outbox.\n" }
        var page = Page()
        for report in messages { page.line(Self.line(report, style)) }
        if !waiting.isEmpty {
            page.gap()
            page.line("Not due yet, or waiting for a person:")
            for report in waiting { page.line(Self.line(report, style), indent: 2) }
        }
        return page.text
    }

    private static func line(_ report: SendReport, _ style: Style) -> String {
        let verdict = style.paint(SendView.verdict(report).padded(8), SendView.ink(report))
        let to = report.recipients.filter { !$0.isCopy }.map(\.address)
        let rest = to.count > 1 ? " and \(to.count - 1) more" : ""
        let why = report.reason.isEmpty ? "" : "  \(report.reason)"
        return "\(report.id?.rawValue ?? "-")  \(verdict)  "
            + style.safe("\(report.agent)  to \(to.first ?? "nobody")\(rest)\(why)")
    }

    func json() -> JSONValue {
        ["messages": .array(messages.map(SendView.json)), "waiting": .array(waiting.map(SendView.json))]
    }

    func markdown() -> String {
        "### Signet outbox\n\n"
            + (messages.isEmpty && waiting.isEmpty
                ? "Nothing in the outbox.\n"
                : MarkdownText.table(
                    ["message", "state", "agent", "why"],
                    (messages + waiting).map {
                        [
                            MarkdownText.code($0.id?.rawValue ?? "-"), SendView.verdict($0),
                            MarkdownText.code($0.agent), MarkdownText.code($0.reason),
                        ]
                    }))
    }
}
