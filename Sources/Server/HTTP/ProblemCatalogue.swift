package import Diagnostics
import HTTPTypes

/// What `signet explain` says of each problem that the API answers with. docs/api.md has the same in a table.
package enum ProblemCatalogue {
    package static let entries: [CatalogueEntry] = ProblemCode.allCases.map { code in
        let (summary, explanation) = text(code)
        return CatalogueEntry(
            Diagnostic.Code(rawValue: code.rawValue), summary,
            "The HTTP API answers with status \(code.status.code).\n\n\(explanation)")
    }

    private static func text(_ code: ProblemCode) -> (String, String) {
        switch code {
        case .malformedRequest:
            (
                "the request cannot be read",
                "It is not HTTP, has not one `Host`, its path is not percent-encoded UTF-8, or its body is not JSON. Nothing was "
                    + "done. Send JSON."
            )
        case .invalidRequest:
            (
                "fields of the request are wrong",
                "Nothing was done. `errors` names each wrong field and says why: mend them and ask again."
            )
        case .unsupportedMediaType:
            (
                "the body is not JSON",
                "Nothing was done. Send `Content-Type: application/json`, without a `Content-Encoding`."
            )
        case .bodyTooLarge:
            ("the body is too large", "Nothing was done. `detail` has the limit of this route: send less.")
        case .headersTooLarge:
            (
                "the header is too large",
                "Nothing was done, and the connection ends. docs/api.md has the limits of a line, a field and all of them."
            )
        case .notFound: ("there is no such thing", "Look at the id, or at the path.")
        case .methodNotAllowed:
            ("the path does not answer to this method", "The field `Allow` has those it answers to.")
        case .unauthenticated:
            (
                "a valid token is wanted",
                "None was shown, or one that was never made, has ended or was revoked: `signet tokens list` shows which there "
                    + "are. Show it as `Authorization: Bearer sgt_…`."
            )
        case .scopeMissing:
            (
                "the token is not good for this",
                "`detail` names the scopes that are. `signet tokens create --scope` makes a token with one of them; `send` and "
                    + "`oversight` never stand on one token."
            )
        case .foreignAgent:
            (
                "the token speaks for other agents",
                "It is bound to agents, and this one is not among them. Use a token that speaks for it."
            )
        case .foreignOrigin:
            (
                "another site's page asks",
                "What a browser sends from another site's page is refused. At /mcp, ask from a program, or from a page of the "
                    + "server's own machine (localhost, 127.0.0.1, [::1]); the inbox's forms count from the server's own pages alone."
            )
        case .tooManyFailures:
            (
                "too many invalid tokens from this address",
                "Wait for `Retry-After`, and use a token that is good: such a one is never told to wait."
            )
        case .tooManyRequests: ("too many requests from this address", "Wait for `Retry-After`, and keep what you got.")
        case .idempotencyConflict:
            (
                "the idempotency key stands for another message",
                "Nothing was sent. `message_id` is the message that the key stands for. Use a new key for a new message."
            )
        case .conflict: ("what is there stands in the way", "`detail` says what: look at it first.")
        case .refused:
            (
                "the gate refused the message",
                "`decision` says by which rule. Asking again changes nothing until what it names has changed."
            )
        case .bounced: ("the relay refused the message for good", "`detail` has its words. It is not tried again.")
        case .unfinished:
            (
                "the message is stored and not sent",
                "Something failed on its way to the relay. It is tried again by itself, so do not send it again: "
                    + "`GET /v1/messages/{message_id}` tells. The server's log says what failed."
            )
        case .manifestInvalid:
            (
                "the manifest cannot be read",
                "Nothing is sent without one. The operator: `signet validate` shows what is wrong; the server opens again by "
                    + "itself."
            )
        case .keyringUnavailable:
            (
                "the keys cannot be opened",
                "The operator: the key-encryption key of `settings: keyring:` is missing or is another one."
            )
        case .logUnavailable:
            (
                "the log cannot be written or read",
                "Nothing is sent without its entry. The operator: the server's log says what the state file lacks."
            )
        case .storeUnavailable:
            (
                "the state cannot be written or read",
                "Nothing was done. The operator: the server's log says what the state file lacks."
            )
        case .unavailable:
            (
                "it could not be done",
                "Wait for `Retry-After`. The operator: the server's log has why, by the `request_id`."
            )
        case .busy:
            (
                "another process holds the state",
                "Nothing was done. Wait for `Retry-After`; a process that holds the state file for long is to be ended."
            )
        case .overloaded:
            (
                "too many large requests at once",
                "Nothing was done. Wait for `Retry-After`. Bodies of all requests, and of one token's, have bounds."
            )
        case .internalError:
            (
                "an unexpected error",
                "A bug. The server's log has its kind by the `request_id`: tell whoever keeps Signet."
            )
        }
    }
}
