package import HTTPTypes

/// Why a request got no answer. Stable: programs branch on them. docs/api.md lists each with what to do about it.
package enum ProblemCode: String, Sendable, CaseIterable {
    // What the client can mend.
    case malformedRequest = "malformed_request"
    case invalidRequest = "invalid_request"
    case unsupportedMediaType = "unsupported_media_type"
    case bodyTooLarge = "body_too_large"
    case headersTooLarge = "headers_too_large"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case unauthenticated
    case scopeMissing = "scope_missing"
    case foreignAgent = "foreign_agent"
    /// Another site's page asked for a tool, or sent a form of the web page.
    case foreignOrigin = "foreign_origin"
    case tooManyFailures = "too_many_failures"
    case tooManyRequests = "too_many_requests"
    case idempotencyConflict = "idempotency_conflict"
    case conflict

    // What became of a message.
    case refused
    case bounced
    case unfinished

    // What the operator can mend.
    case manifestInvalid = "manifest_invalid"
    case keyringUnavailable = "keyring_unavailable"
    case logUnavailable = "log_unavailable"
    case storeUnavailable = "store_unavailable"
    case unavailable
    case busy
    case overloaded
    case internalError = "internal_error"

    package var status: HTTPResponse.Status {
        switch self {
        case .malformedRequest: .badRequest
        case .unauthenticated: .unauthorized
        case .scopeMissing, .foreignAgent, .foreignOrigin, .refused: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .idempotencyConflict, .conflict: .conflict
        case .bodyTooLarge: .contentTooLarge
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .invalidRequest: .unprocessableContent
        case .tooManyFailures, .tooManyRequests: .tooManyRequests
        case .internalError: .internalServerError
        case .bounced: .badGateway
        case .unfinished, .manifestInvalid, .keyringUnavailable, .logUnavailable, .storeUnavailable, .unavailable,
            .busy, .overloaded:
            .serviceUnavailable
        }
    }
}
