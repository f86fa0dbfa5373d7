import DNS
import Keys
import Manifest
import Operations
import Reconcile

/// What an apply did, change by change, and where the domains stand after it.
struct ApplyView: View {
    var report: ApplyReport
    var invocation = Invocation()
    /// The user said no.
    var isDeclined = false

    private var pairs: [(Change, ChangeOutcome)] { Array(zip(report.plan.changes, report.outcomes)) }
    /// The plan's, but of domains that are told of in full.
    private var findings: [Finding] {
        let told = Set(report.domains.map(\.domain))
        return report.plan.findings.filter { !told.contains($0.domain) }
    }

    // MARK: human

    func human(_ style: Style) -> String {
        if isDeclined { return "Nothing was changed.\n" }
        var page = Page()
        for key in report.finishedIntents {
            page.line("finished what an earlier apply had begun: \(key)")
        }
        for key in report.revokedKeys { page.line("revoked key \(style.safe(key.description))") }
        for key in report.generatedKeys { page.line("generated key \(style.safe(key.description))") }
        for change in report.registeredAgents {
            page.line("agent \(style.safe(change.agent.rawValue)): \(Self.word(change.action))")
        }
        ApproverChangeText.write(report.approvers, to: &page, style)
        let width = ChangeText.width(report.plan.changes)
        for stage in Stage.allCases {
            let stagePairs = pairs.filter { $0.0.stage == stage }
            if stagePairs.isEmpty { continue }
            page.heading(ChangeText.heading(stage), style)
            for (change, outcome) in stagePairs {
                page.line(
                    ChangeText.title(change, width: width, style)
                        + style.paint(Self.word(outcome), Self.ink(outcome)), indent: 2)
                for line in Self.detail(outcome) { page.line(style.safe(line), indent: 6) }
            }
        }
        FindingText.write(findings, to: &page, style)
        if !report.domains.isEmpty {
            page.gap()
            for state in report.domains {
                for line in DomainStateText.lines(state, style) { page.line(line) }
                page.gap()
            }
        }
        page.gap()
        page.line(style.paint(summary, report.failures > 0 || report.plan.isIncomplete ? .bad : .good))
        if !style.isQuiet, let next { page.line("Next: \(style.safe(next))") }
        return page.text
    }

    static func word(_ action: AgentChange.Action) -> String {
        switch action {
        case .register: "registered"
        case .change: "changed"
        case .revoke: "revoked"
        }
    }

    static func word(_ outcome: ChangeOutcome) -> String {
        switch outcome {
        case .written: "written"
        case .alreadyThere: "already there"
        case .handedOver: "to be published by hand"
        case .waiting: "waiting for the stage before"
        case .conflict: "moved since the plan, not written"
        case .failed: "failed"
        case .notTried: "not tried"
        }
    }

    private static func ink(_ outcome: ChangeOutcome) -> Style.Ink {
        switch outcome {
        case .written, .alreadyThere: .good
        case .handedOver, .waiting: .caution
        case .conflict, .failed, .notTried: .bad
        }
    }

    private static func detail(_ outcome: ChangeOutcome) -> [String] {
        switch outcome {
        case .written, .alreadyThere, .waiting, .notTried: []
        case .handedOver(let instructions): instructions.split(separator: "\n").map(String.init)
        case .conflict(let found): ["found: \(PlanView.text(found))"]
        case .failed(let error): [error.description]
        }
    }

    private var summary: String {
        let incomplete = PlanView.incomplete(report.plan)
        let approvers = ApproverChangeText.counts(report.approvers)
        if report.plan.isEmpty, report.finishedIntents.isEmpty, report.revokedKeys.isEmpty, approvers.isEmpty {
            let domains = String.counted(report.plan.domainCount, "domain")
            return incomplete.isEmpty
                ? "In sync: nothing to apply in \(domains)" : "No changes found in \(domains)" + incomplete
        }
        let counts: [(Int, String)] = [
            (count { $0 == .written }, "written"), (count { $0 == .alreadyThere }, "already there"),
            (count(\.isHandedOver), "to be published by hand"), (count { $0 == .waiting }, "waiting"),
            (report.failures, "failed"),
        ]
        let keys = [(report.generatedKeys.count, "generated"), (report.revokedKeys.count, "revoked")]
            .filter { $0.0 > 0 }.map { "\(String.counted($0.0, "key")) \($0.1)" }
        let agents = AgentChange.Action.allCases.map { (count(of: $0), Self.word($0)) }.filter { $0.0 > 0 }
            .map { "\(String.counted($0.0, "agent")) \($0.1)" }
        let told = (counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" } + keys + agents + approvers).joined(
            separator: ", ")
        return "Apply: \(told.isEmpty ? "nothing to write" : told)" + incomplete
    }

    private func count(_ matches: (ChangeOutcome) -> Bool) -> Int { report.outcomes.count(where: matches) }

    private func count(of action: AgentChange.Action) -> Int {
        report.registeredAgents.count { $0.action == action }
    }

    private var next: String? {
        if report.failures > 0 { return invocation.commandLine("plan") }
        if report.outcomes.contains(.waiting) { return invocation.commandLine("apply") }
        if report.domains.isEmpty, !report.plan.isEmpty { return invocation.commandLine("wait") }
        if report.domains.contains(where: { $0.status == .propagating }) { return invocation.commandLine("wait") }
        return nil
    }

    // MARK: json

    func json() -> JSONValue {
        [
            "applied": .bool(!isDeclined), "complete": .bool(!report.plan.isIncomplete),
            "findings": .array(report.plan.findings.map(FindingText.json)),
            "approvers": ApproverChangeText.json(report.approvers),
            "plan_digest": .string(PlanDocument.digest(report.plan).text),
            "changes": .array(
                pairs.map { change, outcome in
                    [
                        "domain": .string(change.domain.description), "name": .string(change.key.name.description),
                        "type": .string(change.key.type.description), "action": .string(change.action.rawValue),
                        "stage": .number(change.stage.rawValue), "risk": .string(change.risk.rawValue),
                        "outcome": .string(Self.code(outcome)),
                        "detail": Self.detail(outcome).isEmpty
                            ? .null : .string(Self.detail(outcome).joined(separator: "\n")),
                    ]
                }),
            "generated_keys": .array(report.generatedKeys.map(Self.json)),
            "revoked_keys": .array(report.revokedKeys.map(Self.json)),
            "agents": .array(report.registeredAgents.map(AgentChangeText.json)),
            "finished_intents": .array(report.finishedIntents.map(Self.json)),
            "failures": .number(report.failures),
            "domains": .array(report.domains.map(DomainStateText.json)),
        ]
    }

    private static func json(_ key: KeyID) -> JSONValue {
        [
            "domain": .string(key.domain), "selector": .string(key.selector),
            "purpose": .string(key.purpose.rawValue),
        ]
    }

    static func json(_ key: RecordSetKey) -> JSONValue {
        ["name": .string(key.name.description), "type": .string(key.type.description)]
    }

    private static func code(_ outcome: ChangeOutcome) -> String {
        switch outcome {
        case .written: "written"
        case .alreadyThere: "already_there"
        case .handedOver: "handed_over"
        case .waiting: "waiting"
        case .conflict: "conflict"
        case .failed: "failed"
        case .notTried: "not_tried"
        }
    }

    // MARK: markdown

    func markdown() -> String {
        var text = "### Signet apply\n\n**\(isDeclined ? "Nothing was changed." : summary)**\n"
        if !report.registeredAgents.isEmpty {
            text +=
                "\n"
                + MarkdownText.table(
                    ["agent", "outcome", "why"],
                    report.registeredAgents.map {
                        [MarkdownText.code($0.agent.rawValue), Self.word($0.action), MarkdownText.code($0.reason)]
                    })
        }
        if !pairs.isEmpty {
            text +=
                "\n"
                + MarkdownText.table(
                    ["", "record set", "stage", "outcome", "detail"],
                    pairs.map { change, outcome in
                        [
                            MarkdownText.code(ChangeText.symbol(change.action)),
                            MarkdownText.code(change.key.description),
                            String(change.stage.rawValue), Self.word(outcome),
                            MarkdownText.code(Self.detail(outcome).joined(separator: " ")),
                        ]
                    })
        }
        text += ApproverChangeText.markdown(report.approvers)
        if !findings.isEmpty { text += "\n" + FindingText.markdown(findings) }
        if !report.domains.isEmpty { text += "\n" + DomainStateText.markdown(report.domains) }
        return text
    }
}
