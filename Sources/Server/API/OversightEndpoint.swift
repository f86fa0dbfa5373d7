import FoundationEssentials
import Hummingbird
import Keys
import Manifest
import Operations
import SendGate

/// `/v1/oversight/…`: what waits for an approver, and their answers. Answers come signed with the approver's own key; the
/// token only lets them in.
struct OversightEndpoint {
    let api: API

    static let parameters = PageRequest.parameters

    struct Page: Encodable {
        var approvals: [ApprovalAnswerBody]
        var nextCursor: String?

        enum CodingKeys: String, CodingKey {
            case approvals
            case nextCursor = "next_cursor"
        }
    }

    func list(_ request: Request, _ context: DoorContext) async throws -> Response {
        let query = try QueryParameters(request, known: Self.parameters)
        return .json(try await Self.page(query, api.desk, context.caller))
    }

    static func page(_ query: QueryParameters, _ desk: Desk, _ caller: Caller) async throws -> Page {
        let page = try PageRequest(query, cursorParts: 2)
        var after: ApprovalCursor?
        if let cursor = page.cursor {
            guard let time = Double(cursor[0]), time.isFinite else { throw PageRequest.badCursor }
            after = ApprovalCursor(
                requestedAt: Date(timeIntervalSinceReferenceDate: time), id: ApprovalID(rawValue: cursor[1]))
        }
        let (approvals, hasMore) = try await desk.pendingApprovals(
            after: after, countMax: page.limit, by: caller)
        let next = approvals.last.map { last in
            PageRequest.cursor("\(last.record.requestedAt.timeIntervalSinceReferenceDate)", last.record.id.rawValue)
        }
        return Page(approvals: approvals.map { ApprovalAnswerBody($0) }, nextCursor: hasMore ? next : nil)
    }

    func show(_ context: DoorContext) async throws -> Response {
        let id = ApprovalID(rawValue: try context.parameter("id"))
        return .json(ApprovalAnswerBody(try await api.desk.approval(id, by: context.caller), isWhole: true))
    }

    /// The body is a DSSE envelope with one signature (docs/spec/approval.md, "Envelope").
    func decide(_ request: Request, _ context: DoorContext) async throws -> Response {
        let report = try await api.bodies.json(request, context, octetsMax: ServerLimits.bodyOctetsMax) { body in
            let signed = try RequestObject.read(body, known: ["payloadType", "payload", "signatures"], Self.envelope)
            return try await api.desk.decide(signed, by: context.caller)
        }
        return .json(ApprovalAnswerBody(report))
    }

    private static func envelope(_ object: RequestObject) -> SignedStatement {
        let type = object.needed("payloadType")
        if !type.isEmpty, type != SignedStatement.payloadType {
            object.wrong("payloadType", "it is \(SignedStatement.payloadType) here")
        }
        let payload = base64(object, "payload")
        let signatures = object.objects("signatures", known: ["keyid", "sig"], countMax: 1)
        if signatures.isEmpty { object.wrong("signatures", "exactly one is wanted") }
        return SignedStatement(payload: payload, signature: signatures.first.map { base64($0, "sig") } ?? [])
    }

    private static func base64(_ object: RequestObject, _ name: String) -> [UInt8] {
        let text = object.needed(name)
        guard let data = Data(base64Encoded: text) else {
            object.wrong(name, "it is not base64")
            return []
        }
        return [UInt8](data)
    }
}

/// A request for approval as the API tells of it.
struct ApprovalAnswerBody: Encodable {
    var approvalID: String
    var messageID: String
    var agentID: String
    var state: String
    /// What a statement must name: the digest of exactly this content.
    var digest: String
    /// Whether the message is still the one that is asked about.
    var isUnchanged: Bool
    var requestedAt: String
    var answerBy: String
    var validUntil: String?
    var answeredBy: String?
    /// These three as a mail reader shows them, encoded words decoded.
    var from: String?
    var recipients: [String]?
    var subject: String?
    var mode: String?
    /// The message as it lies in the outbox, base64; of one request only, not in lists.
    var message: String?

    enum CodingKeys: String, CodingKey {
        case state, digest, from, recipients, subject, message
        case mode = "oversight_mode"
        case approvalID = "approval_id"
        case messageID = "message_id"
        case agentID = "agent_id"
        case isUnchanged = "unchanged"
        case requestedAt = "requested_at"
        case answerBy = "answer_by"
        case validUntil = "valid_until"
        case answeredBy = "answered_by"
    }

    init(_ report: ApprovalReport, isWhole: Bool = false) {
        let record = report.record
        approvalID = record.id.rawValue
        messageID = record.send.rawValue
        agentID = record.agent.rawValue
        state = record.state.rawValue
        digest = record.message.description
        isUnchanged = report.isUnchanged
        requestedAt = record.requestedAt.formatted(.iso8601)
        answerBy = record.answerBy.formatted(.iso8601)
        validUntil = record.validUntil?.formatted(.iso8601)
        answeredBy = report.answeredBy
        guard let content = report.content else { return }
        from = MessageContent.decoded(content.from)
        recipients = content.recipients.map { MessageContent.decoded($0.address) }
        subject = MessageContent.decoded(content.subject)
        mode = content.mode.rawValue
        if isWhole, let body = content.body.first { message = Data(body.octets).base64EncodedString() }
    }
}
