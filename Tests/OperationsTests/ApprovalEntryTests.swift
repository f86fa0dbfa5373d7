import Audit
import Foundation
import Keys
import Manifest
import Reconcile
import SendGate
import TestSupport
import Testing

@testable import Operations

/// What the log says of requests and answers is what became of them, and no more than may be known of people.
@Suite("Approvals and their entries", .serialized)
struct ApprovalEntryTests {
    private let lab: RotationLab
    private let signer: Signer

    init() async throws {
        signer = LogSamples.signer
        let key = Data(try #require(signer.publicKey.raw)).base64EncodedString()
        lab = try RotationLab(
            more: """
                relays: { sink: { url: "smtp://127.0.0.1:9", tls: none, egress: [192.0.2.1] } }
                defaults: { relay: sink }
                agents: { gated: { domain: d.example, addresses: [gated@d.example], oversight: gated_all } }
                approvers: { alice: { email: alice@y.example, public_key: "ed25519:\(key)" } }
                """)
        try await lab.apply()
    }

    private func held() async throws -> MessageID {
        var fields = SendRequest.Fields()
        fields.to = [.init("ada@x.example")]
        fields.subject = "Hello"
        fields.text = "Hello.\n"
        let report = try await lab.signet.send(
            RotationLab.scope, SendRequest(agent: "gated", content: .fields(fields)))
        #expect(report.state == .held)
        return try #require(report.id)
    }

    private func edit(_ id: MessageID) async throws {
        let text = "From: gated@d.example\r\nTo: ada@x.example\r\nSubject: Edited\r\n\r\nHello again.\r\n"
        _ = try await lab.signet.editHeld(RotationLab.scope, id, message: Array(text.utf8))
    }

    private func requests(_ states: Set<ApprovalState>) async throws -> [ApprovalRecord] {
        try await lab.signet.approvals(RotationLab.scope, in: states).map(\.record)
    }

    private func answer(_ answer: ApprovalStatement.Answer) async throws {
        let record = try #require(try await requests([.pending]).first)
        let statement = try ApprovalStatement(
            approval: record.id, agent: record.agent, message: record.message, approver: "alice", answer: answer,
            issuedAt: lab.clock.now(), validUntil: lab.clock.now().addingTimeInterval(3600))
        let signed = try SignedStatement(statement, signer: signer)
        let desk = try await ApprovalDesk(lab.signet, RotationLab.scope, .readWrite)
        _ = try await desk.guarded { try await $0.record(signed) }
    }

    private func entries(_ kinds: Set<LogKind>, domain: String? = nil) async throws -> [LogRecord] {
        try await lab.signet.auditQuery(RotationLab.scope, LogQuery(kinds: kinds, domain: domain)).records
    }

    @Test("an edit voids the request once, and the one after it is asked once")
    func edited() async throws {
        let id = try await held()
        try await edit(id)
        for _ in 0..<3 { _ = try await lab.signet.flushOutbox(RotationLab.scope) }
        #expect(try await entries([.approvalVoided]).count == 1)
        #expect(try await entries([.approvalRequested]).count == 2)
        #expect(try await requests([.pending]).count == 1)
    }

    @Test("a clock that was set back does not bring a voided request back")
    func clockSetBack() async throws {
        lab.clock.advance(days: 1)
        let id = try await held()
        lab.clock.advance(days: -0.5)
        try await edit(id)
        for _ in 0..<3 { _ = try await lab.signet.flushOutbox(RotationLab.scope) }
        #expect(try await requests([.pending]).count == 1)
        #expect(try await requests([.voided]).count == 1)
        try await answer(.approve)
        #expect(try await requests([.approved]).count == 1)
        let message = try await lab.signet.outbox(RotationLab.scope, OutboxFilter(), countMax: 9)
        #expect(message.map(\.state) == [.queued])
    }

    @Test("what cannot be edited any more is not told to be voided")
    func notEditable() async throws {
        let id = try await held()
        try await answer(.deny)
        await #expect(throws: OperationError.self) { try await edit(id) }
        #expect(try await entries([.approvalVoided]).isEmpty)
    }

    @Test("an answer is found by its domain, and its signer's name can be erased to the last trace")
    func erased() async throws {
        let id = try await held()
        try await answer(.deny)
        // What became of the message goes into the log first.
        _ = try await lab.signet.flushOutbox(RotationLab.scope)
        let answer = try #require(try await entries([.approvalDenied], domain: "d.example").first)
        #expect(answer.openings.count == 4)
        #expect(try await requests([.denied]).first?.statement != nil)

        let erasure = try await lab.signet.auditErase(RotationLab.scope, .value("alice"), reason: nil)
        #expect(erasure.places.count { $0.index == answer.index } == 4)
        #expect(erasure.outboxRows == 2)
        #expect(try await entries([.approvalDenied]).first?.openings.isEmpty == true)
        #expect(try await requests([.denied]).first?.statement == nil)

        _ = try await lab.signet.auditErase(RotationLab.scope, .message(id.rawValue), reason: nil)
        let message = try #require(
            try await lab.signet.outbox(RotationLab.scope, OutboxFilter(), countMax: 9).first)
        #expect(message.recipients.map(\.address) == [""])
        let octets = try Data(contentsOf: URL(fileURLWithPath: "\(lab.folder)/state.db"))
        #expect(octets.firstRange(of: Data("ada@x.example".utf8)) == nil)
        #expect(octets.firstRange(of: Data("\"approver\":\"alice\"".utf8)) == nil)
        let check = try await lab.signet.auditCheck(RotationLab.scope, olderCheckpoint: nil) { _ in }
        #expect(check.check.lost.isEmpty)
    }

    @Test("a message that may still be sent keeps its recipients")
    func waitingIsKept() async throws {
        let id = try await held()
        let erasure = try await lab.signet.auditErase(RotationLab.scope, .value("Ada@X.Example"), reason: nil)
        #expect(erasure.outboxRows == 0 && erasure.unfinished == [id.rawValue])
        let about = try await lab.signet.auditErase(RotationLab.scope, .message(id.rawValue), reason: nil)
        #expect(about.unfinished == [id.rawValue])
        let other = try await lab.signet.auditErase(RotationLab.scope, .value("da@x.example"), reason: nil)
        #expect(other.unfinished.isEmpty)
        let message = try #require(
            try await lab.signet.outbox(RotationLab.scope, OutboxFilter(), countMax: 9).first)
        #expect(message.recipients.map(\.address) == ["ada@x.example"])
    }

    @Test("whoever is registered to send may not approve, whatever the manifest says by now")
    func registeredAgents() async throws {
        let loaded = try lab.signet.load(RotationLab.scope)
        var moved = loaded
        moved.manifest.agents = []
        moved.manifest.approvers[0].email = "Gated@d.example"
        let store = try lab.signet.openPlainStore(moved, .readOnly)
        let roster = try await lab.signet.roster(moved, store)
        #expect(roster.standing(of: "alice") == .addressOfAgent(AgentID(rawValue: "gated")))
    }
}
