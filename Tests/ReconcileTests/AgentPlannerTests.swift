import DNS
import Diagnostics
import Foundation
import Keys
import Manifest
import Testing

@testable import Reconcile

@Suite("Agents in a plan")
struct AgentPlannerTests {
    static let nowhere = SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)
    static let then = Date(timeIntervalSince1970: 1_790_000_000)

    static func agent(
        _ oversight: OversightMode = .gatedSend, id: String = "writer", domain: String = "d.example",
        addresses: [String] = ["writer@d.example"], oversightAddress: String? = nil,
        model: AgentDeclaration.Model? = nil, owner: String? = nil, allow: [String] = [], block: [String] = [],
        perHour: Int? = nil, perMessage: Int? = nil
    ) -> AgentDeclaration {
        AgentDeclaration(
            id: AgentID(rawValue: id), domain: DomainName(canonical: domain), addresses: addresses,
            oversight: oversight, oversightAddress: oversightAddress, model: model, owner: owner,
            allowedRecipients: allow, blockedRecipients: block,
            limits: AgentDeclaration.Limits(perHour: perHour, recipientsPerMessage: perMessage), span: nowhere)
    }

    static func changes(
        _ declared: [AgentDeclaration], _ registered: [AgentDeclaration] = [], revoked: [AgentDeclaration] = [],
        within domains: Set<DomainName>? = nil
    ) -> [AgentChange] {
        AgentPlanner.changes(
            declared: declared,
            registered: registered.map { AgentRegistration($0, since: then) }
                + revoked.map { AgentRegistration($0, state: .revoked, since: then) },
            within: domains)
    }

    /// One change of each kind, with every member of a declaration.
    static let everyAction = changes(
        [
            agent(
                .monitored, id: "full", oversightAddress: "o@d.example",
                model: AgentDeclaration.Model(provider: "p", name: "n", version: "1"), owner: "w@d.example",
                allow: ["*@x.example", "a@y.example"], block: ["z@x.example"], perHour: 5, perMessage: 2),
            agent(.autonomous, id: "mode"), agent(.gatedAll, id: "back"),
        ],
        [agent(id: "mode"), agent(id: "gone")], revoked: [agent(id: "back")])

    @Test("register, change, revoke, register again")
    func actions() {
        #expect(Self.everyAction.map(\.agent.rawValue) == ["back", "full", "gone", "mode"])
        #expect(Self.everyAction.map(\.action) == [.register, .register, .revoke, .change])
        #expect(Self.everyAction.map(\.risk) == [.tightens, .safe, .tightens, .loosens])
        #expect(Self.everyAction[0].reason.hasPrefix("it was revoked, and is declared again; oversight goes from"))
        // In sync, and what was revoked stays so.
        #expect(Self.changes([Self.agent()], [Self.agent()], revoked: [Self.agent(id: "gone")]) == [])
        // An agent that went cannot come back looser unseen.
        #expect(Self.changes([Self.agent(.autonomous)], revoked: [Self.agent()]).map(\.risk) == [.loosens])
    }

    @Test("a plan of some domains touches only their agents")
    func scope() {
        let one = DomainName(canonical: "d.example")
        let changes = Self.changes(
            [Self.agent(id: "a"), Self.agent(id: "b", domain: "e.example")],
            [Self.agent(id: "c"), Self.agent(id: "f", domain: "e.example")], within: [one])
        #expect(changes.map(\.agent.rawValue) == ["a", "c"])
    }

    @Test(
        "which way a change goes",
        arguments: [
            (agent(.gatedSend), agent(.monitored), Risk.loosens), (agent(.gatedSend), agent(.gatedAll), .tightens),
            (agent(.readOnly), agent(.gatedAll), .loosens), (agent(.autonomous), agent(.monitored), .tightens),
            (agent(allow: ["a@x.example"]), agent(allow: ["a@x.example", "b@x.example"]), .loosens),
            (agent(allow: ["a@x.example", "b@x.example"]), agent(allow: ["a@x.example"]), .tightens),
            // Nobody but gated_send reads the list.
            (agent(.gatedAll, allow: []), agent(.gatedAll, allow: ["b@x.example"]), .safe),
            (agent(block: ["a@x.example"]), agent(), .loosens), (agent(), agent(block: ["a@x.example"]), .tightens),
            (agent(perHour: 5), agent(perHour: 6), .loosens), (agent(perHour: 5), agent(), .loosens),
            (agent(perHour: 5), agent(perHour: 4), .tightens), (agent(), agent(perMessage: 4), .tightens),
            // What loosens counts, whatever tightens beside it.
            (agent(.gatedSend), agent(.monitored, perHour: 1), .loosens),
            (agent(), agent(owner: "o@d.example"), .safe),
            (agent(), agent(model: AgentDeclaration.Model(provider: "p", name: "n")), .safe),
        ])
    func risks(before: AgentDeclaration, after: AgentDeclaration, risk: Risk) throws {
        let change = try #require(Self.changes([after], [before]).first)
        #expect(change.action == .change)
        #expect(change.risk == risk, "\(change.reason)")
        #expect(!change.facts.isEmpty)
    }

    @Test("what a declaration says does not hang on its order")
    func order() {
        let one = Self.agent(addresses: ["a@d.example", "b@d.example"], allow: ["x@x.example", "*@y.example"])
        let other = Self.agent(
            addresses: ["b@d.example", "a@d.example", "a@d.example"], allow: ["*@y.example", "x@x.example"])
        #expect(one.digest == other.digest)
        #expect(Self.changes([one], [other]) == [])
    }

    // docs/spec/agent-identity.md §7.
    @Test("the canonical form, octet by octet")
    func canonical() throws {
        let small = Self.agent(id: "a1", addresses: ["a@d.example"])
        #expect(
            String(decoding: small.canonicalOctets, as: UTF8.self)
                == #"{"addresses":["a@d.example"],"domain":"d.example","format":"signet-agent/1","id":"a1","limits":{},"oversight":"gated_send","recipients":{"allow":[],"block":[]}}"#
        )
        #expect(small.digest.description == "sha256:c1f59caf0be942028a2ed218720b1cd8b85ae8cb4c29443b067fa307fef582a1")
        let full = Self.agent(
            .monitored, oversightAddress: "o@d.example",
            model: AgentDeclaration.Model(provider: "p\"\\", name: "é\u{1}\t", version: "1"), owner: "w@d.example",
            allow: ["b@x.example", "*@x.example"], block: ["z@x.example"], perHour: 5, perMessage: 2)
        #expect(
            String(decoding: full.canonicalOctets, as: UTF8.self)
                == #"{"addresses":["writer@d.example"],"domain":"d.example","format":"signet-agent/1","id":"writer","limits":{"per_hour":5,"recipients_per_message":2},"model":{"name":"é\u0001\t","provider":"p\"\\","version":"1"},"oversight":"monitored","oversight_address":"o@d.example","owner":"w@d.example","recipients":{"allow":["*@x.example","b@x.example"],"block":["z@x.example"]}}"#
        )
        // What the store holds is read back as it was.
        let read = try #require(DeclarationDocument.read(full.canonicalOctets))
        #expect(read.canonicalOctets == full.canonicalOctets)
        // Two normalisations of one letter are two texts.
        let composed = Self.agent(model: AgentDeclaration.Model(provider: "p", name: "\u{E9}"))
        let decomposed = Self.agent(model: AgentDeclaration.Model(provider: "p", name: "e\u{301}"))
        #expect(composed.digest != decomposed.digest)
    }

    @Test("a registration whose parts do not fit each other is none")
    func damaged() {
        let agent = Self.agent()
        func made(id: String = "writer", octets: [UInt8]? = nil, digest: SHA256Digest? = nil) -> AgentRegistration? {
            AgentRegistration(
                id: AgentID(rawValue: id), domain: agent.domain, state: .registered,
                canonicalDeclaration: octets ?? agent.canonicalOctets, digest: digest ?? agent.digest,
                since: Self.then)
        }
        #expect(made() != nil)
        #expect(made(id: "other") == nil)
        #expect(made(digest: SHA256.hash([1])) == nil)
        #expect(made(octets: Self.agent(.autonomous).canonicalOctets) == nil)
        #expect(made(octets: Array("{}".utf8)) == nil)
    }
}
