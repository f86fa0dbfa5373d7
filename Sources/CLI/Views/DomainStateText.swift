import DNS
import FoundationEssentials
import Keys
import Operations

/// Where a domain stands, in each of the three forms: shared by apply, verify, wait and status.
enum DomainStateText {
    static func lines(_ state: DomainState, _ style: Style) -> [String] {
        var head =
            "\(style.paint(state.domain.description, .strong))  \(style.paint(status(state), ink(state.status)))"
        if state.sends { head += "  send gate: \(style.paint(gate(state), state.isGateOpen ? .good : .bad))" }
        var lines = [head]
        lines.append(
            "  "
                + verdicts(state).map { "\($0.0) \(style.paint($0.1.rawValue, ink($0.1)))" }.joined(separator: "   "))
        if !state.keys.isEmpty {
            lines.append(
                "  keys  "
                    + state.keys.map { "\(style.safe($0.id.selector)) \($0.algorithm.rawValue) \($0.state.rawValue)" }
                    .joined(separator: ", "))
        }
        if let time = state.convergedAt, state.status == .propagating {
            lines.append("  converges by \(time.formatted(.iso8601)) if nothing else changes")
        }
        lines += state.waitingFor.map { "  waiting for \(style.safe($0))" }
        lines += state.waitingForKeys.map { "  a key is waiting for \(style.safe($0))" }
        lines += state.waitingForAgents.map { "  an agent is waiting for \(style.safe($0))" }
        for finding in state.findings { lines += FindingText.lines(finding, style).map { "  " + $0 } }
        return lines
    }

    private static func status(_ state: DomainState) -> String {
        if state.sends { return state.status.rawValue }
        return state.status == .aligned ? "parked, as declared" : "parked, \(state.status.rawValue)"
    }

    static func gate(_ state: DomainState) -> String { state.isGateOpen ? "open" : "closed" }

    static func verdicts(_ state: DomainState) -> [(String, DomainState.Verdict)] {
        [("SPF", state.spf), ("DKIM", state.dkim), ("DMARC", state.dmarc), ("alignment", state.alignment)]
    }

    private static func ink(_ status: DomainState.Status) -> Style.Ink {
        switch status {
        case .aligned: .good
        case .propagating: .caution
        case .misaligned, .unknown: .bad
        }
    }

    private static func ink(_ verdict: DomainState.Verdict) -> Style.Ink {
        switch verdict {
        case .pass: .good
        case .fail: .bad
        case .unknown: .caution
        case .notRequired: .faint
        }
    }

    static func json(_ state: DomainState) -> JSONValue {
        [
            "domain": .string(state.domain.description), "status": .string(state.status.rawValue),
            "sends": .bool(state.sends), "gate_open": .bool(state.isGateOpen), "spf": json(state.spf),
            "dkim": json(state.dkim),
            "dmarc": json(state.dmarc), "alignment": json(state.alignment),
            "converged_at": JSONValue(state.convergedAt?.formatted(.iso8601)),
            "waiting_for": .array(state.waitingFor.map { .string($0) }),
            "waiting_for_keys": .array(state.waitingForKeys.map { .string($0) }),
            "waiting_for_agents": .array(state.waitingForAgents.map { .string($0) }),
            "findings": .array(state.findings.map(FindingText.json)), "keys": .array(state.keys.map(KeysView.json)),
        ]
    }

    private static func json(_ verdict: DomainState.Verdict) -> JSONValue {
        switch verdict {
        case .pass, .fail, .unknown: .string(verdict.rawValue)
        case .notRequired: "not_required"
        }
    }

    static func markdown(_ states: [DomainState]) -> String {
        var text = MarkdownText.table(
            ["domain", "status", "send gate", "SPF", "DKIM", "DMARC", "alignment"],
            states.map { state in
                [MarkdownText.code(state.domain.description), "**\(status(state))**", state.sends ? gate(state) : ""]
                    + verdicts(state).map(\.1.rawValue)
            })
        let waiting = states.flatMap { state in
            (state.waitingFor + state.waitingForKeys + state.waitingForAgents).map { (state, $0) }
        }
        if !waiting.isEmpty {
            text +=
                "\n"
                + MarkdownText.table(
                    ["domain", "waiting for"],
                    waiting.map { [MarkdownText.code($0.domain.description), MarkdownText.code($1)] })
        }
        let findings = states.flatMap(\.findings)
        if !findings.isEmpty { text += "\n" + FindingText.markdown(findings) }
        return text
    }
}
