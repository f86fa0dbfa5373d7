import DNS
import Diagnostics
import Keys
import Manifest
import Operations
import Reconcile

/// A plan, or what has drifted: the same data, read the other way round.
struct PlanView: View {
    enum Purpose {
        case plan, drift
    }

    var report: PlanReport
    var purpose = Purpose.plan
    var invocation = Invocation()
    /// Where the plan was saved.
    var savedTo: String?
    /// Of `drift`: what keys come to by themselves later. No difference, and so no part of the plan.
    var upcoming: [UpcomingKeyStep] = []

    private var plan: Plan { report.plan }

    // MARK: human

    func human(_ style: Style) -> String {
        var page = Page()
        if !plan.keys.isEmpty {
            page.line(style.paint("Keys to generate", .strong))
            page.line()
            for key in plan.keys {
                page.line(
                    "\(style.paint("+", .added)) \(style.safe(key.id.description))  \(key.algorithm.rawValue)",
                    indent: 2)
            }
            page.gap()
        }
        AgentChangeText.write(plan.agents, to: &page, style)
        ApproverChangeText.write(report.approvers, to: &page, style)
        for stage in Stage.allCases {
            let changes = plan.changes.filter { $0.stage == stage }
            if !changes.isEmpty { write(stage, changes, to: &page, style) }
        }
        write(report.providerDifferences, to: &page, style)
        FindingText.write(plan.findings, to: &page, style)
        page.gap()
        page.line(style.paint(summary, plan.isIncomplete ? .bad : plan.isEmpty ? .good : .strong))
        if !plan.isEmpty { page.line(style.paint("Digest: \(report.digest.text)", .faint)) }
        if let step = KeyStepText.summary(upcoming) { page.line(style.paint("Keys: \(style.safe(step))", .faint)) }
        if let savedTo { page.line("Saved to \(style.safe(savedTo))") }
        if !style.isQuiet, let next { page.line("Next: \(style.safe(next))") }
        return page.text
    }

    private func write(_ stage: Stage, _ changes: [Change], to page: inout Page, _ style: Style) {
        page.gap()
        page.line(style.paint(ChangeText.heading(stage), .strong))
        let width = ChangeText.width(changes)
        var domain: DomainName?
        for change in changes {
            if change.domain != domain {
                domain = change.domain
                page.line()
                page.line(
                    "\(style.paint(change.domain.description, .strong))  "
                        + style.paint("zone \(change.zone) at \(style.safe(change.provider.rawValue))", .faint),
                    indent: 2)
            }
            page.line(
                ChangeText.title(change, width: width, style)
                    + style.paint(change.risk.rawValue, ChangeText.ink(change.risk)), indent: 4)
            for line in RecordSetDifference(before: change.before, after: change.after).text(style) {
                page.line(line, indent: 8)
            }
            page.line(style.paint("why: \(style.safe(change.reason))", .faint), indent: 8)
        }
    }

    private func write(_ differences: [ProviderDifference], to page: inout Page, _ style: Style) {
        guard !differences.isEmpty else { return }
        page.heading("The provider's list and DNS disagree", style, .caution)
        for difference in differences {
            page.line(difference.key.description, indent: 2)
            page.line("provider lists: \(Self.text(difference.listed))", indent: 6)
            page.line("DNS serves:     \(Self.text(difference.served))", indent: 6)
        }
    }

    static func text(_ set: RecordSet?) -> String {
        guard let set else { return "nothing" }
        return set.data.map(RecordText.short).sorted().joined(separator: ", ") + "  ttl \(set.timeToLiveSeconds)"
    }

    /// What ends the summary of a plan, or of what became of it.
    static func incomplete(_ plan: Plan) -> String {
        plan.isIncomplete ? "; incomplete: not everything could be observed" : ""
    }

    private var summary: String {
        let domains = String.counted(plan.domainCount, "domain")
        let incomplete = Self.incomplete(plan)
        switch purpose {
        case .plan:
            return plan.isEmpty
                ? (plan.isIncomplete ? "No changes found in \(domains)" : "In sync: \(domains), nothing to change")
                    + approvers + incomplete
                : "Plan: \(ChangeText.counts(plan)), in \(domains)" + incomplete
        case .drift:
            return plan.isEmpty
                ? (plan.isIncomplete
                    ? "No drift found in \(domains)" : "No drift: DNS says what the manifest says, in \(domains)")
                    + incomplete
                : "Drift: \(drifted) moved away from the manifest"
                    + incomplete
        }
    }

    private var approvers: String {
        let counts = ApproverChangeText.counts(report.approvers)
        return counts.isEmpty ? "" : "; apply makes it \(counts.joined(separator: ", "))"
    }

    private var drifted: String {
        let moved = String.counted(Set(plan.changes.map(\.domain)).count, "domain")
        let sets = "\(String.counted(plan.changes.count, "record set")) of \(moved)"
        let agents = String.counted(plan.agents.count, "agent")
        return plan.agents.isEmpty ? sets : plan.changes.isEmpty ? agents : "\(sets) and \(agents)"
    }

    private var next: String? {
        if plan.isEmpty { return nil }
        switch purpose {
        case .plan:
            return savedTo.map { invocation.commandLine("apply", $0) } ?? invocation.commandLine("apply")
        case .drift: return invocation.commandLine("plan")
        }
    }

    // MARK: json

    func json() -> JSONValue {
        let (document, digest) = PlanDocument.encoded(plan)
        var members: [String: JSONValue] = [
            "in_sync": .bool(plan.isEmpty && !plan.isIncomplete), "complete": .bool(!plan.isIncomplete),
            "digest": .string(digest.text), "plan": .raw(document),
            "approvers": ApproverChangeText.json(report.approvers),
            "diagnostics": DiagnosticText.json(DiagnosticReport(report.diagnostics, files: report.files)),
            "provider_differences": .array(
                report.providerDifferences.map { difference in
                    [
                        "domain": .string(difference.domain.description),
                        "name": .string(difference.key.name.description),
                        "type": .string(difference.key.type.description),
                        "listed": Self.json(difference.listed), "served": Self.json(difference.served),
                    ]
                }),
        ]
        switch purpose {
        case .plan: members["saved_to"] = JSONValue(savedTo)
        case .drift:
            members["key_steps"] = .array(
                upcoming.map { step in
                    ["key": .string(step.key.description), "next_step": KeyStepText.json(step.step)]
                })
        }
        return .object(members)
    }

    static func json(_ set: RecordSet?) -> JSONValue {
        guard let set else { return .null }
        return [
            "ttl": .number(Int(set.timeToLiveSeconds)),
            "records": .array(set.data.map(\.presentation).sorted().map { ["value": .string($0)] }),
        ]
    }

    static func json(_ set: PlannedRecordSet?) -> JSONValue {
        guard let set else { return .null }
        return ["ttl": .number(Int(set.timeToLiveSeconds)), "records": .array(set.values.map(RecordsView.json))]
    }

    // MARK: markdown

    /// A comment on GitHub holds 65,536 characters, and somebody may write around this.
    static let markdownOctetsMax = 60_000

    func markdown() -> String {
        var shown = max(
            plan.changes.count, plan.findings.count, plan.agents.count, plan.keys.count,
            report.providerDifferences.count, report.diagnostics.count)
        var text = markdown(showing: shown)
        while text.utf8.count > Self.markdownOctetsMax, shown > 0 {
            shown /= 2
            text = markdown(showing: shown)
        }
        return text
    }

    /// What a list does not show.
    private static func more(_ count: Int, _ shown: Int, _ one: String) -> String {
        count > shown ? "\n… and \(String.counted(count - shown, "more \(one)"))\n" : ""
    }

    /// - Parameter shown: how many of each list at most.
    private func markdown(showing shown: Int) -> String {
        let changes = plan.changes.prefix(shown)
        var text = "### \(purpose == .plan ? "Signet plan" : "Signet drift")\n\n**\(summary)**\n"
        if !plan.keys.isEmpty {
            text +=
                "\n"
                + MarkdownText.table(
                    ["key to generate", "algorithm"],
                    plan.keys.prefix(shown).map { [MarkdownText.code($0.id.description), $0.algorithm.rawValue] })
                + Self.more(plan.keys.count, shown, "key")
        }
        if !plan.agents.isEmpty {
            text +=
                "\n" + AgentChangeText.markdown(Array(plan.agents.prefix(shown)))
                + Self.more(plan.agents.count, shown, "agent")
        }
        text += ApproverChangeText.markdown(report.approvers)
        if !plan.changes.isEmpty {
            text +=
                "\n"
                + MarkdownText.table(
                    ["", "record set", "stage", "risk", "why"],
                    changes.map { change in
                        [
                            MarkdownText.code(ChangeText.symbol(change.action)),
                            MarkdownText.code(change.key.description),
                            String(change.stage.rawValue),
                            change.risk == .safe ? "safe" : "**\(change.risk.rawValue)**",
                            MarkdownText.code(change.reason),
                        ]
                    }) + Self.more(plan.changes.count, shown, "change")
            let block = changes.flatMap { change in
                ["@@ \(ChangeText.symbol(change.action)) \(change.key) @@"]
                    + RecordSetDifference(before: change.before, after: change.after).text(.plain)
            }
            text += "\n" + MarkdownText.details("Before and after", MarkdownText.fenced(block, language: "diff"))
        }
        if !report.providerDifferences.isEmpty {
            text +=
                "\n**The provider's list and DNS disagree**\n\n"
                + MarkdownText.table(
                    ["record set", "provider lists", "DNS serves"],
                    report.providerDifferences.prefix(shown).map {
                        [
                            MarkdownText.code($0.key.description), MarkdownText.code(Self.text($0.listed)),
                            MarkdownText.code(Self.text($0.served)),
                        ]
                    }) + Self.more(report.providerDifferences.count, shown, "difference")
        }
        if !plan.findings.isEmpty {
            text +=
                "\n" + FindingText.markdown(Array(plan.findings.prefix(shown)))
                + Self.more(plan.findings.count, shown, "finding")
        }
        let omitted = max(0, report.diagnostics.count - shown)
        let diagnostics = DiagnosticText.markdown(
            DiagnosticReport(Array(report.diagnostics.prefix(shown)), files: report.files, omitted: omitted))
        if !diagnostics.isEmpty { text += "\n" + MarkdownText.details("Warnings of the manifest", diagnostics) }
        if let step = KeyStepText.summary(upcoming) { text += "\nKeys: \(MarkdownText.code(step))\n" }
        if !plan.isEmpty { text += "\nDigest: `\(report.digest.text)`\n" }
        return text
    }
}
