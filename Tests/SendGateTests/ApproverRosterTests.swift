import Foundation
import Keys
import Manifest
import SendGate
import Testing

@Suite("Approvers: whoever may send may not approve")
struct ApproverRosterTests {
    private func roster(_ approvers: [ApproverDeclaration], sendingKeys: [PublicKey] = []) -> ApproverRoster {
        ApproverRoster(approvers: approvers, agents: [ApprovalSamples.agent], sendingKeys: sendingKeys)
    }

    @Test("a declared approver is eligible, a stranger unknown")
    func eligible() {
        let roster = ApprovalSamples.roster
        #expect(roster.standing(of: "alice") == .eligible(ApprovalSamples.alice.publicKey))
        #expect(roster.standing(of: "Alice") == .unknown)
        #expect(roster.name(of: ApprovalSamples.alice.publicKey) == "alice")
        #expect(roster.name(of: ApprovalSamples.bob.publicKey) == nil)
    }

    @Test(
        "an approver with an agent's address may not",
        arguments: [
            "onboarding@mail.example.com", "Onboarding@Mail.Example.COM",
        ])
    func agentsAddress(_ email: String) throws {
        let roster = roster([ApprovalSamples.approver("alice", ApprovalSamples.alice, email: email)])
        #expect(roster.standing(of: "alice") == .addressOfAgent(ApprovalSamples.content.agent))
        #expect(
            roster.verify(try #require(try ApprovalSamples.approved().statement), for: ApprovalSamples.record) == nil)
    }

    @Test("an approver with a key that signs mail may not")
    func signingKey() throws {
        let roster = roster(
            [ApprovalSamples.approver("alice", ApprovalSamples.alice)],
            sendingKeys: [ApprovalSamples.bob.publicKey, ApprovalSamples.alice.publicKey])
        #expect(roster.standing(of: "alice") == .signsMail)
        #expect(
            roster.verify(try #require(try ApprovalSamples.approved().statement), for: ApprovalSamples.record) == nil)
    }

    @Test("a statement counts only for the request that it names")
    func anotherRequest() throws {
        let other = MessageDigest(SHA256.hash([1]))
        for statement in [
            try ApprovalSamples.statement(approval: ApprovalID(rawValue: "ap_bbbbbbbbbbbbbbbbbbbbbbbbbb")),
            try ApprovalSamples.statement(agent: AgentID(rawValue: "another-agent")),
            try ApprovalSamples.statement(message: other),
            try ApprovalSamples.statement(approver: "bob"),
        ] {
            let signed = try SignedStatement(statement, signer: ApprovalSamples.alice)
            #expect(ApprovalSamples.roster.verify(signed, for: ApprovalSamples.record) == nil)
        }
        let signed = try SignedStatement(ApprovalSamples.statement(), signer: ApprovalSamples.alice)
        #expect(ApprovalSamples.roster.verify(signed, for: ApprovalSamples.record) != nil)
    }

    @Test("a statement in alice's name, signed by bob, is nobody's")
    func forged() throws {
        let signed = try SignedStatement(ApprovalSamples.statement(), signer: ApprovalSamples.bob)
        let roster = roster([
            ApprovalSamples.approver("alice", ApprovalSamples.alice),
            ApprovalSamples.approver("bob", ApprovalSamples.bob),
        ])
        #expect(roster.verify(signed, for: ApprovalSamples.record) == nil)
    }
}
