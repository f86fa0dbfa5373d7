import Audit
import Foundation
import Manifest
import Reconcile
import SendGate
import TestSupport
import Testing

@testable import Operations

@Suite("A held message that nobody answers", .serialized)
struct HoldExpiryTests {
    private static let more = """
        relays: { sink: { url: "smtp://127.0.0.1:9", tls: none, egress: [192.0.2.1] } }
        defaults: { relay: sink }
        agents: { gated: { domain: d.example, addresses: [gated@d.example], oversight: gated_all } }
        """

    private func held(_ lab: RotationLab) async throws -> SendReport {
        var fields = SendRequest.Fields()
        fields.to = [.init("ada@x.example")]
        fields.subject = "Hello"
        fields.text = "Hello.\n"
        return try await lab.signet.send(
            RotationLab.scope, SendRequest(agent: "gated", content: .fields(fields)))
    }

    @Test("its request and it end together, and the log says both")
    func ends() async throws {
        let lab = try RotationLab(more: Self.more)
        try await lab.apply()
        let report = try await held(lab)
        #expect(report.state == .held)
        let approval = try #require(report.approvalID)
        let early = try await lab.signet.flushOutbox(RotationLab.scope)
        #expect(early.waiting.map(\.state) == [.held])

        lab.clock.advance(days: 4)
        let late = try await lab.signet.flushOutbox(RotationLab.scope)
        #expect(late.messages.isEmpty && late.waiting.isEmpty)
        let message = try await lab.signet.outbox(RotationLab.scope, OutboxFilter(), countMax: 9)
        #expect(message.map(\.state) == [.expired])
        #expect(try await lab.signet.approvals(RotationLab.scope, in: [.pending]).isEmpty)
        #expect(
            try await lab.signet.approvals(RotationLab.scope, in: [.expired]).map(\.record.id.rawValue) == [approval])

        let page = try await lab.signet.auditQuery(
            RotationLab.scope, LogQuery(message: try #require(report.id).rawValue))
        #expect(
            page.records.map(\.content.kind) == [
                .gateHeld, .approvalRequested, .approvalExpired, .deliveryCancelled,
            ])
        // Once, however often the outbox is worked on.
        _ = try await lab.signet.flushOutbox(RotationLab.scope)
        let again = try await lab.signet.auditQuery(
            RotationLab.scope, LogQuery(message: try #require(report.id).rawValue))
        #expect(again.records.count == page.records.count)
    }

    @Test("what is due is sent, however many holds are over before it")
    func holdsKeepNothingBack() async throws {
        let lab = try RotationLab(more: Self.more)
        try await lab.apply()
        for _ in 0..<(OutboxLimits.claimMax + 4) { #expect(try await held(lab).state == .held) }
        lab.clock.advance(days: 4)
        let report = try await lab.signet.flushOutbox(RotationLab.scope)
        #expect(report.waiting.isEmpty)
        let states = try await lab.signet.outbox(RotationLab.scope, OutboxFilter(), countMax: 99).map(\.state)
        #expect(states.count == OutboxLimits.claimMax + 4 && states.allSatisfy { $0 == .expired })
    }
}
