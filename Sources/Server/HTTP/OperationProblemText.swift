import Audit
import Operations
import Reconcile

/// An operation's error for the operator, in the server's log.
enum OperationProblemText {
    static func text(_ error: OperationError) -> String {
        switch error {
        case .file(let text), .keyring(let text), .other(let text), .notFound(let text), .conflict(let text),
            .unreadablePlan(let text):
            text
        case .store(let error): error.message
        case .log(let error): error.message
        case .manifest(let diagnostics, _): "the manifest has \(diagnostics.count) errors; `signet validate` shows them"
        case .busy(let lease): "another apply is running: \(lease.holder)"
        case .unfinished(let id, let reason): "message \(id) was not sent: \(reason)"
        case .leaseLost, .stalePlan, .planOfAnotherManifest, .needsConsent, .needsConsentForAgents, .staleAgents,
            .unusableApproval:
            "a plan could not be applied"
        case .request(let field, _): "the request's \(field) is wrong"
        case .idempotencyConflict: "an idempotency key was used twice"
        case .notAllowed: "not allowed"
        }
    }
}
