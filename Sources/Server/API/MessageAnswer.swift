import FoundationEssentials
import HTTPTypes
import Hummingbird
import Operations
import SendGate

/// A message as the API tells of it, and the status that goes with where it stands.
struct MessageAnswer: Encodable {
    struct Authentication: Encodable {
        var spf: String
        var dkim: String
        var dmarc: String
        var identity: String
        var identitySigned: Bool

        enum CodingKeys: String, CodingKey {
            case spf, dkim, dmarc, identity
            case identitySigned = "identity_signed"
        }
    }

    struct Recipient: Encodable {
        var address: String
        var outcome: String?
        var reply: String?
        var isOversightCopy: Bool

        enum CodingKeys: String, CodingKey {
            case address, outcome, reply
            case isOversightCopy = "oversight_copy"
        }
    }

    var messageID: String?
    var status: String
    var agentID: String
    var from: String
    var recipients: [Recipient]
    var decision: String?
    var reason: String?
    var approvalID: String?
    var dueAt: String?
    var logIndex: Int64?
    var isRepeated: Bool
    var authentication: Authentication?

    enum CodingKeys: String, CodingKey {
        case status, from, recipients, decision, reason, authentication
        case messageID = "message_id"
        case agentID = "agent_id"
        case approvalID = "approval_id"
        case dueAt = "due_at"
        case logIndex = "log_index"
        case isRepeated = "repeated"
    }

    init(_ report: SendReport) {
        messageID = report.id?.rawValue
        status = report.state?.rawValue ?? Self.trial
        agentID = report.agent
        from = report.from
        recipients = report.recipients.map(Self.recipient)
        decision = report.decision?.code
        reason = report.reason.isEmpty ? nil : report.reason
        approvalID = report.approvalID
        dueAt = report.dueAt?.formatted(.iso8601)
        logIndex = report.logIndex
        isRepeated = report.isRepeated
        authentication = report.authentication.map {
            Authentication(
                spf: $0.spf, dkim: $0.dkim, dmarc: $0.dmarc, identity: $0.identity, identitySigned: $0.isIdentitySigned)
        }
    }

    /// The status of what was not sent, stored or logged, because it was only asked about.
    static let trial = "trial"

    /// What a request to send is answered with. What is stored and not at its end is never an error: whoever repeated it
    /// without an idempotency key would send twice.
    static func response(_ report: SendReport) throws -> Response {
        .json(try accepted(report), status: report.state == .sent ? .ok : .accepted)
    }

    /// Throws what was refused or bounced.
    static func accepted(_ report: SendReport) throws -> MessageAnswer {
        switch report.state {
        case .sent?, .received?, .held?, .queued?, .delivering?, .committing?, .deferred?, .unknown?:
            return MessageAnswer(report)
        case .refused?, .denied?, .expired?:
            throw Problem(
                .refused, report.reason.isEmpty ? report.decision?.sentence ?? "it was refused" : report.reason,
                messageID: report.id?.rawValue, decision: report.decision?.code)
        case .bounced?:
            throw Problem(
                .bounced, report.reason.isEmpty ? "the relay refused it" : report.reason,
                messageID: report.id?.rawValue)
        case nil: preconditionFailure("what is sent has a state")
        }
    }

    private static func recipient(_ recipient: OutboxMessage.Recipient) -> Recipient {
        let (outcome, reply): (String?, ReplyText?) =
            switch recipient.outcome {
            case .accepted(let reply): ("accepted", reply)
            case .deferred(let reply): ("deferred", reply)
            case .rejected(let reply): ("rejected", reply)
            case .uncertain: ("uncertain", nil)
            case nil: (nil, nil)
            }
        return Recipient(
            address: recipient.address, outcome: outcome, reply: reply?.description, isOversightCopy: recipient.isCopy)
    }
}
