import MailAuth
import Operations

/// What `reply_email` takes, as a route and as a tool.
enum ReplyInput {
    static let members: Set<String> = [
        "original", "original_base64", "reply_all", "quote", "from", "cc", "bcc", "subject", "text", "html",
        "attachments", "agent_id", "oversight_mode", "idempotency_key",
    ]

    static func request(_ object: RequestObject, headerKey: String?, _ caller: Caller) -> ReplyRequest {
        var request = ReplyRequest(agent: SendEndpoint.agent(object, caller), original: object.message("original"))
        request.answersAll = object.flag("reply_all") ?? false
        request.quotes = object.flag("quote") ?? false
        request.from = object.text("from").map(SendRequest.Mailbox.init(text:))
        request.cc = object.texts("cc", countMax: SendEndpoint.addressesMax).map(SendRequest.Mailbox.init(text:))
        request.bcc = object.texts("bcc", countMax: SendEndpoint.addressesMax).map(SendRequest.Mailbox.init(text:))
        request.subject = object.text("subject")
        request.text = object.text("text")
        request.html = object.text("html")
        request.attachments = object.objects(
            "attachments", known: SendEndpoint.attachmentMembers, countMax: MessageBuilder.attachmentsMax
        ).map(SendEndpoint.attachment)
        request.mode = SendEndpoint.mode(object)
        request.idempotencyKey = SendEndpoint.idempotencyKey(object, headerKey)
        return request
    }
}
