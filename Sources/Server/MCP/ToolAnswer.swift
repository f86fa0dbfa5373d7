import HTTPTypes

/// What became of a call, for the model that made it.
struct ToolAnswer: Equatable, Sendable {
    var content: JSONTree
    var isError = false

    /// The content again, for clients that know no structured one (MCP 2025-06-18, Tools, "Structured Content").
    var text: String { String(decoding: content.octets, as: UTF8.self) }

    init(_ content: JSONTree) { self.content = content }

    /// What went wrong, which fields, and what to do: enough to call again rightly, or to stop.
    init(_ problem: Problem) {
        isError = true
        var members: [String: JSONTree] = [
            "code": .text(problem.code.rawValue), "message": .text(problem.detail),
            "fix": .text(Self.fix(problem.code)),
        ]
        if !problem.errors.isEmpty {
            members["errors"] = .list(
                problem.errors.map { ["field": .text($0.field), "reason": .text($0.reason)] })
        }
        members["message_id"] = problem.messageID.map { .text($0) }
        members["decision"] = problem.decision.map { .text($0) }
        members["retry_after_seconds"] = problem.headers[.retryAfter].flatMap { Int64($0) }.map { .integer($0) }
        content = ["error": .object(members)]
    }

    /// docs/api.md says the same to programs.
    static func fix(_ code: ProblemCode) -> String {
        switch code {
        case .malformedRequest, .invalidRequest:
            "Nothing was done. Correct the fields in errors and call again."
        case .unsupportedMediaType, .methodNotAllowed, .tooManyFailures, .foreignOrigin:
            "Tell whoever runs this client: it does not speak to the server rightly."
        case .bodyTooLarge, .headersTooLarge: "Nothing was done. Send less: smaller attachments, or fewer."
        case .notFound: "Look at the id or name; the list tools have those there are."
        case .unauthenticated, .scopeMissing: "Another token is needed: tell a person. Calling again changes nothing."
        case .foreignAgent: "Use an agent_id that list_agents shows."
        case .tooManyRequests, .busy, .overloaded, .unavailable:
            "Nothing was done. Call again after retry_after_seconds."
        case .idempotencyConflict: "Nothing was sent. Use a new idempotency_key for a new message."
        case .conflict: "Look at what is there first."
        case .refused: "Nothing was sent. Calling again changes nothing until what the reason names has changed."
        case .bounced: "The relay refused it for good. Read the reason; look at the recipients."
        case .unfinished: "Do not send it again: it is stored and tried again by itself. Ask get_message."
        case .manifestInvalid, .keyringUnavailable, .logUnavailable, .storeUnavailable, .internalError:
            "Nothing you can mend: tell a person. Call again later with the same idempotency_key."
        }
    }
}
