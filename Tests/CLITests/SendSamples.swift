import FoundationEssentials
import Keys
import Manifest
import Operations
import Reconcile
import SendGate

@testable import CLI

/// Every way in which a message can stand, as `send`, `reply`, `forward` and `outbox` show it.
enum SendSamples {
    private static let later = Samples.time.addingTimeInterval(60)

    static func report(
        _ state: OutboxState?, _ number: UInt8, decision: GateDecision? = nil, reason: String = "",
        outcomes: [RecipientOutcome?] = [nil], copy: RecipientOutcome? = nil, kind: OutboxMessage.Kind = .original
    ) -> SendReport {
        var recipients = outcomes.enumerated().map { index, outcome in
            OutboxMessage.Recipient(address: "r\(index)@example.net", outcome: outcome)
        }
        if let copy {
            recipients.append(OutboxMessage.Recipient(address: "boss@example.test", outcome: copy, isCopy: true))
        }
        return SendReport(
            id: MessageID(random: Array(repeating: number, count: 16)), kind: kind, agent: "writer",
            domain: "mail.example.test", from: "writer@mail.example.test", recipients: recipients, state: state,
            decision: decision, reason: reason, dueAt: state == .deferred || state == .held ? later : nil,
            logIndex: state == .sent ? 41 : nil)
    }

    private static let ok = RecipientOutcome.accepted(ReplyText(code: 250, text: "2.0.0 Ok: queued as 4711"))
    private static let busy = RecipientOutcome.deferred(ReplyText(code: 451, text: "4.3.0 try again"))
    private static let nobody = RecipientOutcome.rejected(ReplyText(code: 550, text: Samples.hostile))

    static let released = report(.sent, 1, decision: .release(.withCopy), outcomes: [ok, nobody], copy: ok)
    static let forwarded = report(.sent, 2, decision: .release(.plain), outcomes: [ok], kind: .redirect)
    static let held: SendReport = {
        var held = report(.held, 3, decision: .hold(.approvalNeeded))
        held.approvalID = "ap_aaaaaaaaaaaaaaaaaaaaaaaaaa"
        return held
    }()
    static let deferredByGate = report(
        .deferred, 4, decision: .deferred(.notConverged), reason: "deferred: ns1 does not answer with it yet")
    static let deferredByRelay = report(.deferred, 5, reason: "the relay said later", outcomes: [ok, busy])
    static let refused = report(.refused, 6, decision: .refuse(.recipientBlocked))
    static let misaligned = report(
        .refused, 7, decision: .refuse(.misaligned), reason: "refused: \(Samples.hostile)", kind: .redirect)
    static let unknown = report(
        .unknown, 8, reason: "no answer to the end of the data", outcomes: [.uncertain, nobody])
    static let bounced = report(.bounced, 9, reason: "no recipient was accepted", outcomes: [nobody])
    static let denied = report(.denied, 10, reason: "denied by alice")
    static let expired = report(.expired, 11, reason: "nobody approved it in time")
    static let repeated: SendReport = {
        var repeated = released
        repeated.isRepeated = true
        return repeated
    }()
    static let trial: SendReport = {
        var trial = report(nil, 12, decision: .release(.withCopy), reason: "released, with a copy", copy: nil)
        trial.id = nil
        trial.isTrial = true
        trial.octetCount = 812
        trial.signers = ["k1.writer._agentid.mail.example.test", "mm1._domainkey.mail.example.test"]
        return trial
    }()
    /// Before it was stored.
    static let unregistered: SendReport = {
        var unregistered = report(.refused, 13, decision: .refuse(.agentUnregistered))
        unregistered.id = nil
        return unregistered
    }()

    private static let all: [(String, SendReport)] = [
        ("released", released), ("forwarded", forwarded), ("held", held), ("deferred-gate", deferredByGate),
        ("deferred-relay", deferredByRelay), ("refused", refused), ("misaligned", misaligned), ("in-doubt", unknown),
        ("bounced", bounced), ("denied", denied), ("expired", expired), ("repeated", repeated), ("trial", trial),
        ("unregistered", unregistered),
    ]

    private static let loosening: LooseningReport = {
        let change = Samples.agentChanges.first { $0.risk == .loosens && $0.before != nil }!
        let statement = try! LooseningStatement(
            id: "lo_aaaaaaaaaaaaaaaaaaaaaaaaaa", agent: change.agent, before: change.before!.mark.digest,
            stateBefore: "registered", after: change.after!.digest, key: Array(repeating: 1, count: 32),
            issuedAt: Samples.time, validUntil: Samples.time.addingTimeInterval(3600))
        return LooseningReport(change: change, statement: statement, path: "yes|no.json")
    }()

    static let views: [(name: String, command: String, view: any View)] =
        all.map { ("send-\($0.0)", "send", SendView(report: $0.1) as any View) } + [
            ("outbox", "outbox list", OutboxView(messages: all.dropLast(3).map(\.1), waiting: [])),
            ("outbox-none", "outbox list", OutboxView(messages: [], waiting: [])),
            (
                "outbox-flushed", "send",
                OutboxView(messages: [released, unknown], waiting: [held, deferredByRelay])
            ),
            (
                "approvals-approved", "approvals approve",
                ApprovalAnswerView(approval: ApprovalSamples.report(ApprovalSamples.base64, .approved))
            ),
            (
                "approvals-denied", "approvals deny",
                ApprovalAnswerView(approval: ApprovalSamples.report(ApprovalSamples.base64, .denied))
            ),
            ("approvals-none", "approvals list", ApprovalsView(approvals: [])),
            (
                "approvals-states", "approvals list",
                ApprovalsView(
                    approvals: ApprovalState.allCases.map { ApprovalSamples.report(ApprovalSamples.base64, $0) })
            ),
            ("agents-approve", "agents approve", LooseningView(report: loosening)),
        ]
}
