import Audit
import Operations
import Reconcile
import SendGate

extension Problem {
    /// What an operation's error is to a client. Paths, hosts and the words of adapters stay in the server's log: a
    /// client learns what it can do, and the request's id says where to look.
    init(_ error: OperationError) {
        switch error {
        case .notAllowed(let verdict): self = Self.notAllowed(verdict)
        case .request(let field, let reason): self = .field(RequestFieldName.text(of: field), reason)
        case .idempotencyConflict(let other):
            self.init(
                .idempotencyConflict, "the idempotency key was used before, for another message; nothing was sent",
                messageID: other.rawValue)
        case .unfinished(let id, _):
            self.init(
                .unfinished, "the message is stored and not sent; it is tried again by itself", messageID: id.rawValue,
                retryAfterSeconds: 60)
        case .notFound(let text): self.init(.notFound, text)
        case .conflict(let text): self.init(.conflict, text)
        case .manifest: self.init(.manifestInvalid, "the manifest has errors; nothing was done", retryAfterSeconds: 10)
        case .file: self.init(.manifestInvalid, "the manifest cannot be read; nothing was done", retryAfterSeconds: 10)
        case .keyring:
            self.init(.keyringUnavailable, "the keys cannot be opened; nothing was done", retryAfterSeconds: 10)
        case .log(let error) where error.code == .notFound: self.init(.notFound, "the log has no such entry")
        case .log:
            self.init(.logUnavailable, "the log cannot be written or read; nothing was done", retryAfterSeconds: 5)
        case .store(let error) where error.code == .busy:
            self.init(.busy, "another process holds the state; nothing was done", retryAfterSeconds: 5)
        case .store: self.init(.storeUnavailable, "the state cannot be written or read", retryAfterSeconds: 5)
        case .busy: self.init(.busy, "an apply is running; try again when it is done", retryAfterSeconds: 10)
        case .leaseLost, .stalePlan, .planOfAnotherManifest, .unreadablePlan, .needsConsent, .needsConsentForAgents,
            .staleAgents, .unusableApproval, .other:
            self.init(.unavailable, "it could not be done; the server's log says why", retryAfterSeconds: 5)
        }
    }

    static func notAllowed(_ verdict: Authorization.Verdict) -> Problem {
        switch verdict {
        case .allowed: preconditionFailure("what is allowed is no problem")
        case .unauthenticated: Problem(.unauthenticated, "a valid bearer token is wanted")
        case .scopeMissing(let wanted):
            Problem(
                .scopeMissing,
                "the token has none of the scopes that allow this: "
                    + wanted.sorted().map(\.rawValue).joined(separator: ", "))
        case .foreignAgent: Problem(.foreignAgent, "the token does not speak for this agent")
        }
    }
}

/// The operation's names of a request's fields in the words of the API.
enum RequestFieldName {
    static func text(of field: String) -> String {
        if let known = renamed[field] { return known }
        for (mine, theirs) in renamed where field.hasPrefix(mine + "[") {
            return theirs + field.dropFirst(mine.count)
        }
        // `to[2].address` is `to[2]` here: a mailbox is one text.
        for end in [".address", ".name"] where field.hasSuffix(end) && !field.hasPrefix("attachments") {
            return String(field.dropLast(end.count))
        }
        return field
    }

    private static let renamed = [
        "idempotencyKey": "idempotency_key", "replyTo": "reply_to", "quotes": "quote", "dmarcRua": "dmarc_rua",
    ]
}
