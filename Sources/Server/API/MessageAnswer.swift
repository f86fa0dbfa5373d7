import FoundationEssentials
import HTTPTypes
import Hummingbird
import Operations
import SendGate

/// A message as the API tells of it, and the status that goes with where it stands.
enum MessageAnswer {
    static func tree(_ report: SendReport) -> JSONTree {
        var members: [String: JSONTree] = [
            "status": .text(report.state?.rawValue ?? trial), "agent_id": .text(report.agent),
            "from": .text(report.from), "recipients": .list(report.recipients.map(recipient)),
            "repeated": .bool(report.isRepeated),
        ]
        members["message_id"] = report.id.map { .text($0.rawValue) }
        members["decision"] = report.decision.map { .text($0.code) }
        members["reason"] = report.reason.isEmpty ? nil : .text(report.reason)
        members["approval_id"] = report.approvalID.map { .text($0) }
        members["due_at"] = report.dueAt.map { .text($0.formatted(.iso8601)) }
        members["log_index"] = report.logIndex.map { .integer($0) }
        members["authentication"] = report.authentication.map {
            [
                "spf": .text($0.spf), "dkim": .text($0.dkim), "dmarc": .text($0.dmarc), "identity": .text($0.identity),
                "identity_signed": .bool($0.isIdentitySigned),
            ]
        }
        return .object(members)
    }

    /// The status of what was not sent, stored or logged, because it was only asked about.
    static let trial = "trial"

    /// What a request to send is answered with. What is stored and not at its end is never an error: whoever repeated it
    /// without an idempotency key would send twice.
    static func response(_ report: SendReport) throws -> Response {
        .json(try accepted(report), status: report.state == .sent ? .ok : .accepted)
    }

    /// Throws what was refused or bounced.
    static func accepted(_ report: SendReport) throws -> JSONTree {
        switch report.state {
        case .sent?, .received?, .held?, .queued?, .delivering?, .committing?, .deferred?, .unknown?:
            return tree(report)
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

    private static func recipient(_ recipient: OutboxMessage.Recipient) -> JSONTree {
        let (outcome, reply): (String?, ReplyText?) =
            switch recipient.outcome {
            case .accepted(let reply): ("accepted", reply)
            case .deferred(let reply): ("deferred", reply)
            case .rejected(let reply): ("rejected", reply)
            case .uncertain: ("uncertain", nil)
            case nil: (nil, nil)
            }
        var members: [String: JSONTree] = [
            "address": .text(recipient.address), "oversight_copy": .bool(recipient.isCopy),
        ]
        members["outcome"] = outcome.map { .text($0) }
        members["reply"] = reply.map { .text($0.description) }
        return .object(members)
    }
}
