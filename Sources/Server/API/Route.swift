import HTTPTypes
import Operations

/// Every route of the HTTP API, once: the router, the authorisation and the contract's test go by it.
enum Route: CaseIterable, Sendable {
    case health, readiness, metrics
    case sendEmail

    var method: HTTPRequest.Method {
        switch self {
        case .health, .readiness, .metrics: .get
        case .sendEmail: .post
        }
    }

    /// As OpenAPI writes it: `/v1/messages/{id}`.
    var path: String {
        switch self {
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        case .sendEmail: "/v1/send_email"
        }
    }

    /// What the caller must be allowed to do.
    var action: DoorAction {
        switch self {
        case .health: .checkHealth
        case .readiness: .checkReadiness
        case .metrics: .readMetrics
        case .sendEmail: .send
        }
    }
}
