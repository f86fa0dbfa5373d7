package import Audit
import DNS
package import FoundationEssentials
package import MailAuth
package import Manifest
package import Reconcile
package import SendGate

/// What is to become of a message's octets, once the gate has let them go.
package enum OutgoingSignatures: Sendable {
    case signed(with: DomainSigning)
    /// Somebody else's: done already, because whether it can be is for the gate to know.
    case sealed([UInt8], key: String)
}

/// What the log is told of a message before it may leave: that the gate let it go, what signed it, and that it is handed
/// over now.
package struct ReleaseEntries {
    private let message: OutboxMessage
    private let decision: GateDecision
    private let digest: MessageDigest
    private let mode: OversightMode
    private let outgoing: OutgoingSignatures
    private let approval: ApprovalRecord?
    private let envelope: Envelope

    package init(
        message: OutboxMessage, decision: GateDecision, digest: MessageDigest, mode: OversightMode,
        outgoing: OutgoingSignatures, approval: ApprovalRecord?, envelope: Envelope
    ) {
        self.message = message
        self.decision = decision
        self.digest = digest
        self.mode = mode
        self.outgoing = outgoing
        self.approval = approval
        self.envelope = envelope
    }

    package func entries(at time: Date) -> [LogEntry] {
        var released: [String: LogValue] = [
            "content": .text("\(digest)"), "decision": .text(decision.code), "mode": .text(mode.rawValue),
            "sender": .personal(envelope.sender), "recipients": .list(envelope.recipients.map { .personal($0) }),
        ]
        if let approval { released["approval"] = .text(approval.id.rawValue) }
        let signatures: [LogEntry]
        switch outgoing {
        case .signed(let signing):
            signatures = [
                entry(.identitySigned, ["key": .text(signing.identity.keyName.name.text)], time),
                entry(.dkimSigned, ["keys": .list(signing.dkim.map { .text($0.name) })], time),
            ]
        case .sealed(_, let key): signatures = [entry(.arcSealed, ["key": .text(key)], time)]
        }
        return [entry(.gateReleased, released, time)] + signatures + [
            entry(
                .deliveryAttempted, ["attempt": .integer(Int64(message.attempt)), "relay": .text(message.relay)], time)
        ]
    }

    private func entry(_ kind: LogKind, _ details: [String: LogValue], _ time: Date) -> LogEntry {
        LogEntry(
            kind, at: time, domain: message.domain, agent: message.agent, message: message.id.rawValue,
            details: details)
    }
}

/// What the identity header says of a message that is released.
package enum ReleaseClaims {
    package static func make(
        _ agent: AgentRegistration, mode: OversightMode, approval: ApprovalRecord?
    ) throws(OperationError) -> AgentIdentityClaims {
        guard let oversight = AgentOversight(rawValue: mode.rawValue) else {
            throw .other("the identity header knows no mode \(mode.rawValue)")
        }
        return AgentIdentityClaims(
            oversight: oversight,
            approval: approval.flatMap { record in
                record.statement.map { .init(reference: record.id.rawValue, digest: $0.digest) }
            },
            model: agent.declaration.model.flatMap {
                AgentModelText.encode(provider: $0.provider, name: $0.name, version: $0.version)
            }, declaration: agent.digest)
    }
}
