import HTTPTypes
import Hummingbird
import Operations

/// The HTTP API: a skin over `Desk`. Each request's caller is known, and may do what its route is for, before anything
/// of it is read; whether it may do so for this very agent is the operation's to say.
struct API: Sendable {
    let desk: Desk
    let metrics: MetricsRegistry
    let log: RequestLog
    let gatekeeper: Gatekeeper
    let bodies: BodyReader
    /// Whether this server speaks TLS itself, without a proxy.
    let hasTLS: Bool

    private let sessions: WebSessions

    /// - Parameter random: that many octets from the system's generator.
    init(
        desk: Desk, metrics: MetricsRegistry, log: RequestLog, hasTLS: Bool,
        random: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.desk = desk
        self.log = log
        self.hasTLS = hasTLS
        self.metrics = metrics
        gatekeeper = Gatekeeper(desk: desk, metrics: metrics)
        bodies = BodyReader(metrics: metrics)
        sessions = WebSessions(random: random, now: { desk.now })
    }

    func router() -> Router<DoorContext> {
        let router = Router(context: DoorContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: DoorMiddleware(metrics: metrics, log: log))
        for route in Route.allCases {
            router.on(RouterPath(stringLiteral: route.path), method: route.method) { request, context in
                try await respond(route, request, context)
            }
        }
        WebDoor(api: self, sessions: sessions).add(to: router)
        return router
    }

    private func respond(_ route: Route, _ request: Request, _ context: DoorContext) async throws -> Response {
        var context = context
        if route == .tools { try MCPEndpoint.checkOrigin(request.headers) }
        // Credentials for whatever stands before us are no reason to refuse what is for everybody.
        if route.action.need != .nothing {
            context.caller = try await gatekeeper.caller(request.headers, client: context.client)
        }
        try context.caller.admitted(to: route.action)
        switch route {
        case .health: return Self.text("ok\n")
        case .readiness: return try await ReadinessEndpoint(api: self).respond()
        case .metrics: return Self.text(metrics.text, type: "text/plain; version=0.0.4; charset=utf-8")
        case .addDomain: return try await DomainsEndpoint(api: self).add(request, context)
        case .domains: return try await DomainsEndpoint(api: self).list(request, context)
        case .domain: return try await DomainsEndpoint(api: self).show(request, context)
        case .verifyDomain: return try await DomainsEndpoint(api: self).verify(context)
        case .replyEmail: return try await ReplyEndpoint(api: self).reply(request, context)
        case .forwardEmail: return try await ReplyEndpoint(api: self).forward(request, context)
        case .sendEmail: return try await SendEndpoint(api: self).respond(request, context)
        case .message: return try await MessageEndpoint(api: self).respond(context)
        case .pendingApprovals: return try await OversightEndpoint(api: self).list(request, context)
        case .pendingApproval: return try await OversightEndpoint(api: self).show(context)
        case .decide: return try await OversightEndpoint(api: self).decide(request, context)
        case .agents: return try await AgentsEndpoint(api: self).list(request, context)
        case .agent: return try await AgentsEndpoint(api: self).show(context)
        case .publicKey, .wellKnownPublicKey:
            return try await IdentityEndpoint(api: self).publicKey(request, context)
        case .wellKnownCheckpoint: return try await IdentityEndpoint(api: self).checkpoint(context)
        case .wellKnownMTASTS: return try await TransportPolicyEndpoint(api: self).respond(request, context)
        case .verifyIdentity: return try await IdentityEndpoint(api: self).verify(request, context)
        case .audit: return try await AuditEndpoint(api: self).respond(request, context)
        case .tools: return try await MCPEndpoint(api: self).respond(request, context)
        }
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
