import Foundation
import Keys
import Manifest
import SendGate
import TestSupport
import Testing

@Suite("Gate: the token")
struct ReleaseTokenTests {
    /// What came out: the token's release, or the decision that stopped it.
    private func opened(
        _ facts: GateFacts, message: MessageDigest = ApprovalSamples.digest, claim: ApprovalClaim? = nil
    ) -> (release: GateDecision.Release?, stopped: GateDecision?) {
        switch Gate.open(facts, message: message, claim: claim) {
        case .released(let token):
            #expect(token.message == message)
            return (token.release, nil)
        case .stopped(let decision): return (nil, decision)
        }
    }

    private func claim() async throws -> ApprovalClaim {
        let store = InMemoryApprovalStore()
        #expect(try await store.insertApproval(ApprovalSamples.approved()))
        return try #require(
            try await Approvals(store: store).claim(
                ApprovalSamples.id, send: ApprovalSamples.send, message: ApprovalSamples.digest,
                attempt: ApprovalSamples.attempt, at: ApprovalSamples.noon))
    }

    @Test("a gated message needs the claim, and the claim must be its own")
    func claimIsNeeded() async throws {
        let facts = ApprovalSamples.facts(.matching)
        let claim = try await claim()
        #expect(opened(facts).stopped == .hold(.approvalUnknown))
        #expect(opened(facts, claim: claim).release == .byApproval)
        let other = MessageDigest(SHA256.hash([1]))
        #expect(opened(facts, message: other, claim: claim).stopped == .hold(.approvalUnknown))
    }

    @Test("a claim opens nothing that the facts keep shut")
    func claimIsNotEnough() async throws {
        let claim = try await claim()
        for approval in GateFacts.Approval.allCases where approval != .matching {
            let facts = ApprovalSamples.facts(approval)
            #expect(opened(facts, claim: claim).stopped == Gate.decide(facts))
        }
        var facts = ApprovalSamples.facts(.matching)
        facts.alignment = .misaligned
        #expect(opened(facts, claim: claim).stopped == .refuse(.misaligned))
    }

    @Test("the copy goes with the token")
    func copy() {
        var facts = ApprovalSamples.facts(.none)
        facts.declaredMode = .monitored
        facts.oversightCopy = .possible
        #expect(opened(facts).release == .withCopy)
        facts.declaredMode = .autonomous
        #expect(opened(facts).release == .plain)
    }

    @Test("stopped is never released")
    func everyRow() {
        var opened = 0
        var stops = 0
        for facts in GateRulesTests.allFacts {
            let decision = Gate.decide(facts)
            guard case .stopped(let stopped) = Gate.open(facts, message: ApprovalSamples.digest) else {
                opened += 1
                if case .release(let release) = decision, release != .byApproval { continue }
                Issue.record("\(facts): it was opened, and the decision is \(decision.code)")
                continue
            }
            stops += 1
            if case .release(let release) = decision {
                #expect(release == .byApproval && stopped == .hold(.approvalUnknown))
            } else if stopped != decision {
                Issue.record("\(facts): \(stopped.code) instead of \(decision.code)")
            }
        }
        #expect(opened > 0 && stops > 0)
    }
}
