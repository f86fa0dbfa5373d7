package import DNS
package import Manifest

/// One agent to register, to change or to revoke: a change of what the gate goes by, beside those of record sets.
package struct AgentChange: Sendable, Equatable, Identifiable {
    package enum Action: String, Sendable, CaseIterable {
        case register, change, revoke
    }

    package var agent: AgentID
    /// Where it sends from; for one that is revoked, where it did.
    package var domain: DomainName
    /// What must still be registered when it is applied; nil: nothing ever was.
    package var before: Before?
    /// As declared; nil: it is declared no longer.
    package var after: AgentDeclaration?
    package var risk: Risk
    /// One sentence: why.
    package var reason: String

    package struct Before: Sendable {
        package var declaration: AgentDeclaration
        package var state: AgentRegistration.State

        package init(declaration: AgentDeclaration, state: AgentRegistration.State) {
            self.declaration = declaration
            self.state = state
        }

        package var mark: AgentRegistration.Mark {
            AgentRegistration.Mark(digest: declaration.digest, state: state)
        }
    }

    package init(
        agent: AgentID, domain: DomainName, before: Before?, after: AgentDeclaration?, risk: Risk, reason: String
    ) {
        self.agent = agent
        self.domain = domain
        self.before = before
        self.after = after
        self.risk = risk
        self.reason = reason
    }

    /// A plan holds no two changes of one agent.
    package var id: AgentID { agent }

    package var action: Action {
        if after == nil { return .revoke }
        return before?.state == .registered ? .change : .register
    }

    /// What a reader is shown: each fact that differs.
    package var facts: [AgentFact] {
        AgentFact.differences(from: before?.declaration, to: after ?? before?.declaration)
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.agent == right.agent && left.domain == right.domain && left.before?.mark == right.before?.mark
            && left.after?.digest == right.after?.digest && left.risk == right.risk && left.reason == right.reason
    }
}

/// One thing that a declaration says, as text, before and after.
package struct AgentFact: Sendable, Equatable {
    package var name: String
    package var before: String?
    package var after: String?

    package init(name: String, before: String?, after: String?) {
        self.name = name
        self.before = before
        self.after = after
    }

    /// Every fact that differs, in the order of the manifest's keys.
    package static func differences(from before: AgentDeclaration?, to after: AgentDeclaration?) -> [AgentFact] {
        let old = before.map(texts) ?? []
        let new = after.map(texts) ?? []
        return names.compactMap { name in
            let left = old.first { $0.0 == name }?.1
            let right = new.first { $0.0 == name }?.1
            return left == right ? nil : AgentFact(name: name, before: left, after: right)
        }
    }

    /// Every fact of a declaration.
    package static func all(of agent: AgentDeclaration) -> [AgentFact] { differences(from: nil, to: agent) }

    private static let names = [
        "domain", "addresses", "oversight", "oversight_address", "model", "owner", "recipients.allow",
        "recipients.block", "limits.per_hour", "limits.recipients_per_message",
    ]

    private static func texts(_ agent: AgentDeclaration) -> [(String, String)] {
        let document = DeclarationDocument(agent)
        let model = agent.model.map {
            ([$0.provider, $0.name] + ($0.version.map { [$0] } ?? [])).joined(separator: " ")
        }
        let texts: [(String, String?)] = [
            ("domain", document.domain), ("addresses", document.addresses.joined(separator: ", ")),
            ("oversight", document.oversight), ("oversight_address", document.oversightAddress), ("model", model),
            ("owner", document.owner), ("recipients.allow", list(document.recipients.allow)),
            ("recipients.block", list(document.recipients.block)),
            ("limits.per_hour", document.limits.perHour.map(String.init)),
            ("limits.recipients_per_message", document.limits.recipientsPerMessage.map(String.init)),
        ]
        return texts.compactMap { name, text in text.map { (name, $0) } }
    }

    private static func list(_ texts: [String]) -> String? { texts.isEmpty ? nil : texts.joined(separator: ", ") }
}
