import DNS
import Operations

/// What `POST /v1/forward_email` takes.
enum ForwardInput {
    static let members: Set<String> = [
        "original", "original_base64", "style", "from", "to", "cc", "bcc", "subject", "text", "ip", "helo", "mail_from",
        "agent_id", "oversight_mode", "idempotency_key",
    ]

    static func request(_ object: RequestObject, headerKey: String?, _ caller: Caller) -> ForwardRequest {
        var request = ForwardRequest(agent: SendEndpoint.agent(object, caller), original: object.message("original"))
        if let style = object.text("style") {
            if let known = ForwardRequest.Style(rawValue: style) {
                request.style = known
            } else {
                object.wrong("style", "one of " + ForwardRequest.Style.allCases.map(\.rawValue).joined(separator: ", "))
            }
        }
        request.from = object.text("from").map(SendRequest.Mailbox.init(text:))
        request.to = object.texts("to", countMax: SendEndpoint.addressesMax).map(SendRequest.Mailbox.init(text:))
        request.cc = object.texts("cc", countMax: SendEndpoint.addressesMax).map(SendRequest.Mailbox.init(text:))
        request.bcc = object.texts("bcc", countMax: SendEndpoint.addressesMax).map(SendRequest.Mailbox.init(text:))
        request.subject = object.text("subject")
        request.text = object.text("text")
        if let ip = object.text("ip") {
            request.address = IPAddress(ip)
            if request.address == nil { object.wrong("ip", "it is no IP address") }
        }
        request.helo = object.text("helo")
        request.mailFrom = object.text("mail_from")
        if request.style != .redirect {
            for name in ["ip", "helo", "mail_from"] where object.has(name) {
                object.wrong(name, "it is for the style redirect, in which the message is verified")
            }
        }
        request.mode = SendEndpoint.mode(object)
        request.idempotencyKey = SendEndpoint.idempotencyKey(object, headerKey)
        return request
    }
}
