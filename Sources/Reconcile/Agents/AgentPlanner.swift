package import DNS
package import Manifest

/// The agents' part of a plan: a pure function of what is declared and what is registered.
package enum AgentPlanner {
    /// In the order of the ids.
    ///
    /// - Parameter domains: only agents that send, or sent, from these; nil: all.
    package static func changes(
        declared: [AgentDeclaration], registered: [AgentRegistration], within domains: Set<DomainName>? = nil
    ) -> [AgentChange] {
        let known = Dictionary(uniqueKeysWithValues: registered.map { ($0.id, $0) })
        var changes: [AgentChange] = []
        for agent in declared {
            let registration = known[agent.id]
            guard domains.map({ $0.contains(agent.domain) }) ?? true else { continue }
            let mark = AgentRegistration.Mark(digest: agent.digest, state: .registered)
            if registration?.mark != mark { changes.append(change(registration, to: agent)) }
        }
        let wanted = Set(declared.map(\.id))
        for agent in registered where agent.state == .registered && !wanted.contains(agent.id) {
            guard domains.map({ $0.contains(agent.domain) }) ?? true else { continue }
            changes.append(
                AgentChange(
                    agent: agent.id, domain: agent.domain, before: before(agent), after: nil, risk: .tightens,
                    reason: "no longer declared: it may not send any more, and its keys are revoked"))
        }
        return changes.sorted { $0.agent < $1.agent }
    }

    private static func before(_ registration: AgentRegistration) -> AgentChange.Before {
        AgentChange.Before(declaration: registration.declaration, state: registration.state)
    }

    private static func change(_ registration: AgentRegistration?, to agent: AgentDeclaration) -> AgentChange {
        guard let registration else {
            return AgentChange(
                agent: agent.id, domain: agent.domain, before: nil, after: agent, risk: .safe,
                reason: "not registered yet")
        }
        let (risk, reasons) = OversightStrictness.judge(from: registration.declaration, to: agent)
        var sentences = reasons
        if registration.state == .revoked { sentences.insert("it was revoked, and is declared again", at: 0) }
        if sentences.isEmpty {
            let names = AgentFact.differences(from: registration.declaration, to: agent).map(\.name)
            sentences = ["\(names.joined(separator: ", ")) changed"]
        }
        return AgentChange(
            agent: agent.id, domain: agent.domain, before: before(registration), after: agent, risk: risk,
            reason: sentences.joined(separator: "; "))
    }
}

/// Which way an agent's declaration moves: one facet that loosens is enough to ask for consent, whatever else tightens.
enum OversightStrictness {
    static func judge(from old: AgentDeclaration, to new: AgentDeclaration) -> (risk: Risk, reasons: [String]) {
        var loosens: [String] = []
        var tightens: [String] = []
        if old.oversight != new.oversight {
            let text = "oversight goes from \(old.oversight.rawValue) to \(new.oversight.rawValue)"
            if old.oversight < new.oversight { loosens.append(text) } else { tightens.append(text) }
        }
        // Whom it may write to unheld: only gated_send reads the list.
        if new.oversight == .gatedSend {
            compare(
                Set(new.allowedRecipients).subtracting(old.allowedRecipients).sorted(), "may be written to unheld",
                &loosens)
            compare(
                Set(old.allowedRecipients).subtracting(new.allowedRecipients).sorted(),
                "may no longer be written to unheld", &tightens)
        }
        compare(
            Set(old.blockedRecipients).subtracting(new.blockedRecipients).sorted(), "no longer blocked", &loosens)
        compare(Set(new.blockedRecipients).subtracting(old.blockedRecipients).sorted(), "blocked", &tightens)
        let limits = [
            ("per hour", old.limits.perHour, new.limits.perHour),
            ("recipients a message", old.limits.recipientsPerMessage, new.limits.recipientsPerMessage),
        ]
        for (name, before, after) in limits where before != after {
            let text = "the limit goes from \(text(before)) to \(text(after)) \(name)"
            if before ?? .max < after ?? .max { loosens.append(text) } else { tightens.append(text) }
        }
        let risk: Risk = loosens.isEmpty ? (tightens.isEmpty ? .safe : .tightens) : .loosens
        return (risk, loosens + tightens)
    }

    private static func compare(_ recipients: [String], _ what: String, _ reasons: inout [String]) {
        if !recipients.isEmpty { reasons.append("\(recipients.joined(separator: ", ")) \(what)") }
    }

    private static func text(_ limit: Int?) -> String { limit.map(String.init) ?? "any number" }
}
