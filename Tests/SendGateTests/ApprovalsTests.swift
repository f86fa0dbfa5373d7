import Foundation
import Keys
import Manifest
import SendGate
import TestSupport
import Testing

@Suite("Approvals: one yes, one send")
struct ApprovalsTests {
    private let store = InMemoryApprovalStore()
    private var approvals: Approvals { Approvals(store: store) }

    private func insertApproved() async throws {
        #expect(try await store.insertApproval(ApprovalSamples.record))
        let signed = try SignedStatement(ApprovalSamples.statement(), signer: ApprovalSamples.alice)
        let record = try await approvals.answer(
            ApprovalSamples.id, approve: true, statement: signed, validUntil: ApprovalSamples.tomorrow,
            at: ApprovalSamples.noon)
        #expect(record?.state == .approved)
    }

    private func claim(
        _ attempt: String = "attempt-1", send: SendID = ApprovalSamples.send,
        message: MessageDigest = ApprovalSamples.digest, at now: Date = ApprovalSamples.noon
    ) async throws -> ApprovalClaim? {
        try await approvals.claim(
            ApprovalSamples.id, send: send, message: message, attempt: AttemptID(rawValue: attempt), at: now)
    }

    private func state() async -> ApprovalState? { await store.approval(ApprovalSamples.id)?.state }

    private func finish(_ attempt: String, accepted: Bool) async throws {
        _ = try await approvals.finish(
            ApprovalSamples.id, attempt: AttemptID(rawValue: attempt), accepted: accepted, at: ApprovalSamples.noon)
    }

    @Test("asked, approved, claimed, sent; and then it is used up")
    func wholeLife() async throws {
        try await insertApproved()
        let claim = try #require(try await claim())
        #expect(claim.message == ApprovalSamples.digest)
        #expect(await state() == .inFlight)
        #expect(try await self.claim("attempt-2") == nil)
        try await finish("attempt-1", accepted: true)
        #expect(await state() == .used)
        #expect(try await self.claim("attempt-3") == nil)
        try await finish("attempt-1", accepted: false)
        #expect(await state() == .used)
    }

    @Test("an attempt that certainly failed gives it back, to be claimed once more")
    func failedAttempt() async throws {
        try await insertApproved()
        _ = try #require(try await claim())
        try await finish("attempt-2", accepted: false)
        #expect(await state() == .inFlight)
        try await finish("attempt-1", accepted: false)
        #expect(await state() == .approved)
        _ = try #require(try await claim("attempt-2"))
        try await finish("attempt-1", accepted: true)
        #expect(await state() == .inFlight)
        try await finish("attempt-2", accepted: true)
        #expect(await state() == .used)
    }

    @Test("no claim for another message, another place in the outbox, or after its end")
    func refusedClaims() async throws {
        #expect(try await claim() == nil)
        #expect(try await store.insertApproval(ApprovalSamples.record))
        #expect(try await claim() == nil)
        try await insertNothingMore()
        #expect(try await claim(send: SendID(rawValue: "msg-2")) == nil)
        #expect(try await claim(message: MessageDigest(SHA256.hash([1]))) == nil)
        #expect(try await claim(at: ApprovalSamples.tomorrow) == nil)
        #expect(try await claim(at: ApprovalSamples.tomorrow.addingTimeInterval(-1)) != nil)
    }

    private func insertNothingMore() async throws {
        let signed = try SignedStatement(ApprovalSamples.statement(), signer: ApprovalSamples.alice)
        _ = try await approvals.answer(
            ApprovalSamples.id, approve: true, statement: signed, validUntil: ApprovalSamples.tomorrow,
            at: ApprovalSamples.noon)
    }

    @Test("taken back, expired or edited: for good", arguments: ["deny", "expire", "edit"])
    func endings(_ ending: String) async throws {
        try await insertApproved()
        let signed = try SignedStatement(ApprovalSamples.statement(.deny), signer: ApprovalSamples.alice)
        switch ending {
        case "deny":
            _ = try await approvals.answer(
                ApprovalSamples.id, approve: false, statement: signed, validUntil: ApprovalSamples.tomorrow,
                at: ApprovalSamples.noon)
        case "expire": _ = try await approvals.end(ApprovalSamples.id, by: .expiry, at: ApprovalSamples.noon)
        default: _ = try await approvals.end(ApprovalSamples.id, by: .edit, at: ApprovalSamples.noon)
        }
        let ended = await state()
        #expect(ended == (ending == "deny" ? .denied : ending == "expire" ? .expired : .voided))
        #expect(try await claim() == nil)
        try await insertNothingMore()
        #expect(await state() == ended)
    }

    @Test("a store that cannot be written gives no claim", arguments: SendStoreError.Code.allCases)
    func failingStore(_ code: SendStoreError.Code) async throws {
        try await insertApproved()
        let error = SendStoreError(code, "no")
        await store.order([error])
        await #expect(throws: error) { try await claim() }
        #expect(await state() == .approved)
    }

    @Test("eight at once, with a failure now and then: never two claims open, one send")
    func race() async throws {
        try await insertApproved()
        let outcomes = try await withThrowingTaskGroup(of: Int.self) { group in
            for contender in 0..<8 {
                group.addTask {
                    var sends = 0
                    for round in 0..<50 {
                        let attempt = "attempt-\(contender)-\(round)"
                        guard let claim = try await claim(attempt) else { continue }
                        let held = await store.approval(ApprovalSamples.id)
                        #expect(held?.state == .inFlight && held?.attempt == claim.attempt)
                        let accepted = (contender + round).isMultiple(of: 5)
                        try await finish(attempt, accepted: accepted)
                        if accepted { sends += 1 }
                    }
                    return sends
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.reduce(0, +) == 1)
        #expect(await state() == .used)
    }
}
