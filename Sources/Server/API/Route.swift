import HTTPTypes
import Operations

/// Every route of the HTTP API, once: the router, the authorisation and the contract's test go by it.
enum Route: PathTemplate, CaseIterable, Sendable {
    case health, readiness, metrics
    case addDomain, domains, domain, verifyDomain
    case sendEmail, replyEmail, forwardEmail, message
    case pendingApprovals, pendingApproval, decide
    case agents, agent
    case publicKey, verifyIdentity
    case audit
    case tools
    case wellKnownPublicKey, wellKnownCheckpoint, wellKnownMTASTS

    var method: HTTPRequest.Method {
        switch self {
        case .health, .readiness, .metrics, .domains, .domain, .message, .pendingApprovals, .pendingApproval, .agents,
            .agent, .publicKey, .audit, .wellKnownPublicKey, .wellKnownCheckpoint, .wellKnownMTASTS:
            .get
        case .addDomain, .verifyDomain, .sendEmail, .replyEmail, .forwardEmail, .decide, .verifyIdentity, .tools: .post
        }
    }

    var path: String {
        switch self {
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        case .addDomain, .domains: "/v1/domains"
        case .domain: "/v1/domains/{id}"
        case .verifyDomain: "/v1/domains/{id}/verify"
        case .sendEmail: "/v1/send_email"
        case .replyEmail: "/v1/reply_email"
        case .forwardEmail: "/v1/forward_email"
        case .message: "/v1/messages/{id}"
        case .pendingApprovals: "/v1/oversight/pending"
        case .pendingApproval: "/v1/oversight/pending/{id}"
        case .decide: "/v1/oversight/decide"
        case .agents: "/v1/agents"
        case .agent: "/v1/agents/{id}"
        case .publicKey: "/v1/identity/pubkey/{id}"
        case .verifyIdentity: "/v1/identity/verify"
        case .audit: "/v1/audit"
        case .tools: "/mcp"
        case .wellKnownPublicKey: "/.well-known/signet/pubkey/{id}"
        case .wellKnownCheckpoint: "/.well-known/signet/checkpoint"
        case .wellKnownMTASTS: "/.well-known/mta-sts.txt"
        }
    }

    /// What the caller must be allowed to do.
    var action: DoorAction {
        switch self {
        case .health: .checkHealth
        case .readiness: .checkReadiness
        case .metrics: .readMetrics
        case .addDomain: .addDomain
        case .domains, .domain: .readDomains
        case .verifyDomain: .verifyDomain
        case .sendEmail: .send
        case .replyEmail: .reply
        case .forwardEmail: .forward
        case .message: .readMessage
        case .pendingApprovals, .pendingApproval: .readPending
        case .decide: .decide
        case .agents, .agent: .readAgents
        case .publicKey, .wellKnownPublicKey: .readPublicKeys
        case .verifyIdentity: .verifyIdentity
        case .audit: .queryAudit
        case .tools: .listTools
        case .wellKnownCheckpoint: .readCheckpoint
        case .wellKnownMTASTS: .readTransportPolicy
        }
    }
}
