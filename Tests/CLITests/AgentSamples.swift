import DNS
import Diagnostics
import Foundation
import Keys
import Manifest
import Operations
import Reconcile

@testable import CLI
@testable import MailAuth

/// Agents and identities, with the worst that a manifest and a message can bring.
extension Samples {
    static func agent(
        _ id: String, _ oversight: OversightMode, model: String = "writer-large", owner: String? = nil
    ) -> AgentDeclaration {
        AgentDeclaration(
            id: AgentID(rawValue: id), domain: domain, addresses: ["\(id)@mail.example.test"], oversight: oversight,
            model: AgentDeclaration.Model(provider: "example", name: model), owner: owner,
            allowedRecipients: ["*@example.test"],
            span: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0))
    }

    static let agentChanges = AgentPlanner.changes(
        declared: [agent("invoices", .monitored), agent("writer", .gatedSend, model: hostile)],
        registered: [
            AgentRegistration(agent("invoices", .gatedAll, owner: "billing@mail.example.test"), since: time),
            AgentRegistration(agent("gone", .gatedAll), since: time),
        ])

    static let agentPlan: Plan = {
        var withAgents = plan([spf], keys: [PlannedKey(id: agentKeyID, algorithm: .ed25519)])
        withAgents.agents = agentChanges
        return withAgents
    }()

    static let agentKeyID = KeyID(domain: "mail.example.test", selector: "k1.writer", purpose: .agent)

    static let agentSummaries = [
        AgentSummary(
            id: AgentID(rawValue: "invoices"), declared: agent("invoices", .monitored),
            registration: AgentRegistration(agent("invoices", .gatedAll), since: time), keys: [], signingKey: nil),
        AgentSummary(
            id: AgentID(rawValue: "writer"), declared: agent("writer", .gatedSend, model: hostile),
            registration: AgentRegistration(agent("writer", .gatedSend, model: hostile), since: time),
            keys: [
                KeySummary(
                    id: agentKeyID, algorithm: .ed25519, state: .active, createdAt: time, stateChangedAt: time,
                    record: "v=AGENTID1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", asOf: time)
            ], signingKey: agentKeyID),
    ]

    static let identity: AgentIdentityHeader = {
        let bits = String(repeating: "A", count: 86) + "=="
        let digest = SHA256.hash(Array("x".utf8))
        let text =
            " agent_id=writer; oversight=gated_send; approval_ref=apr:1; sig=\(bits); v=2; a=ed25519-sha256;"
            + " d=mail.example.test; s=mm2; k=k1; model=example/writer%20large; decl=\(digest); t=1795492800;"
            + " x=1796097600; n=00112233445566778899aabbccddeeff; ap=\(digest); h=From;"
            + " bh=\(String(repeating: "A", count: 43))=; b=\(bits)"
        return try! AgentIdentityHeader(Array(text.utf8)[...])
    }()

    static func identity(_ verdict: AgentIdentityVerdict, readable: Bool = true) -> IdentityView {
        IdentityView(
            report: IdentityReport(
                path: "a|b.eml", result: AgentIdentityResult(verdict: verdict, header: readable ? identity : nil)))
    }

    static let agentViews: [(name: String, command: String, view: any View)] = [
        ("plan-agents", "plan", PlanView(report: report(agentPlan))),
        ("drift-agents", "drift", PlanView(report: report(agentPlan), purpose: .drift)),
        (
            "apply-agents", "apply",
            ApplyView(
                report: ApplyReport(
                    plan: agentPlan, outcomes: [.written], generatedKeys: [agentKeyID], registeredAgents: agentChanges))
        ),
        ("agents", "agents list", AgentsView(agents: agentSummaries)),
        ("agents-none", "agents list", AgentsView(agents: [])),
        ("agents-show", "agents show", AgentsView(agents: [agentSummaries[1]], isWhole: true)),
        ("identity-valid", "identity verify", identity(.valid)),
        ("identity-altered", "identity verify", identity(.claimsValidBodyAltered)),
        ("identity-fail", "identity verify", identity(.fail(.header(.syntax(.malformed(hostile)))), readable: false)),
        ("identity-none", "identity verify", IdentityView(report: IdentityReport(path: hostile, result: nil))),
    ]
}
