import FoundationEssentials
import HTTPTypes
import Hummingbird
import MailAuth
import Manifest
import Operations
import SendGate

/// `POST /v1/send_email`: takes a message in, puts it to the gate, and says what became of it.
///
/// 200: the relay has it. 202: it is stored, and waits for a person or for a better time; whoever asks again must use
/// the same idempotency key. 403: the gate refused it. 502: the relay did. With `dry_run`, 200 says what the gate would
/// decide now, whatever that is, and nothing is stored.
struct SendEndpoint {
    let api: API

    static let idempotencyKey = HTTPField.Name("idempotency-key")!
    static let members: Set<String> = [
        "from", "to", "cc", "bcc", "reply_to", "subject", "text", "html", "attachments", "agent_id", "oversight_mode",
        "idempotency_key", "dry_run",
    ]
    static let attachmentMembers: Set<String> = ["filename", "content_type", "content"]
    /// In each field; all of them together are the operation's to count.
    static let addressesMax = OutboxLimits.recipientsMax

    func respond(_ request: Request, _ context: DoorContext) async throws -> Response {
        let key = try Self.headerKey(request)
        let report = try await api.bodies.json(request, context, octetsMax: ServerLimits.messageBodyOctetsMax) { body in
            let (message, isTrial) = try RequestObject.read(body, known: Self.members) { object in
                (Self.request(object, headerKey: key, caller: context.caller), object.flag("dry_run") ?? false)
            }
            return try await isTrial
                ? api.desk.trySend(message, by: context.caller) : api.desk.send(message, by: context.caller)
        }
        if report.isTrial { return .json(MessageAnswer.tree(report)) }
        api.metrics.messageReported(report)
        return try MessageAnswer.response(report)
    }

    /// A structured text (quoted) or the bare key: clients do both.
    static func headerKey(_ request: Request) throws -> String? {
        guard let value = request.headers[idempotencyKey] else { return nil }
        guard value.hasPrefix("\""), value.hasSuffix("\""), value.utf8.count > 2 else { return value }
        return String(value.dropFirst().dropLast())
    }

    static func request(_ object: RequestObject, headerKey: String?, caller: Caller) -> SendRequest {
        var fields = SendRequest.Fields()
        fields.from = object.text("from").map(SendRequest.Mailbox.init(text:))
        fields.replyTo = object.texts("reply_to", countMax: addressesMax).map(SendRequest.Mailbox.init(text:))
        fields.to = object.texts("to", countMax: addressesMax).map(SendRequest.Mailbox.init(text:))
        fields.cc = object.texts("cc", countMax: addressesMax).map(SendRequest.Mailbox.init(text:))
        fields.bcc = object.texts("bcc", countMax: addressesMax).map(SendRequest.Mailbox.init(text:))
        fields.subject = object.text("subject") ?? ""
        fields.text = object.text("text")
        fields.html = object.text("html")
        fields.attachments = object.objects(
            "attachments", known: attachmentMembers, countMax: MessageBuilder.attachmentsMax
        ).map(attachment)
        return SendRequest(
            agent: agent(object, caller), content: .fields(fields), mode: mode(object),
            idempotencyKey: idempotencyKey(object, headerKey))
    }

    /// Of the body, or of the field; where both are there, they must be the same.
    static func idempotencyKey(_ object: RequestObject, _ headerKey: String?) -> String? {
        let bodyKey = object.text("idempotency_key")
        if let bodyKey, let headerKey, bodyKey != headerKey {
            object.wrong("idempotency_key", "it is not the one in the Idempotency-Key field")
        }
        return bodyKey ?? headerKey
    }

    /// Where the token speaks for one agent only, it need not be named.
    static func agent(_ object: RequestObject, _ caller: Caller) -> String {
        if let agent = object.text("agent_id") { return agent }
        if let agents = caller.agents, agents.count == 1, let only = agents.first { return only.rawValue }
        return object.needed("agent_id")
    }

    static func mode(_ object: RequestObject) -> OversightMode? {
        guard let text = object.text("oversight_mode") else { return nil }
        if let mode = OversightMode(rawValue: text) { return mode }
        object.wrong("oversight_mode", "one of " + OversightMode.allCases.map(\.rawValue).joined(separator: ", "))
        return nil
    }

    static func attachment(_ object: RequestObject) -> SendRequest.Attachment {
        let content = object.needed("content")
        // RFC 4648 §4; Data refuses what is not of that alphabet.
        let octets = Data(base64Encoded: content)
        if octets == nil { object.wrong("content", "it is not base64") }
        return SendRequest.Attachment(
            name: object.needed("filename"), mediaType: object.text("content_type") ?? "application/octet-stream",
            octets: [UInt8](octets ?? Data()))
    }
}
