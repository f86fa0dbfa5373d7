import HTTPTypes
import Hummingbird
import Operations

/// The HTTP API: a skin over `Desk`. Each request's caller is known, and may do what its route is for, before anything
/// of it is read; whether it may do so for this very agent is the operation's to say.
struct API: Sendable {
    let desk: Desk
    let metrics: MetricsRegistry
    let gatekeeper: Gatekeeper
    let bodies: BodyReader

    init(desk: Desk, metrics: MetricsRegistry) {
        self.desk = desk
        self.metrics = metrics
        gatekeeper = Gatekeeper(desk: desk, metrics: metrics)
        bodies = BodyReader(metrics: metrics)
    }

    func router() -> Router<DoorContext> {
        let router = Router(context: DoorContext.self)
        router.add(middleware: DoorMiddleware(desk: desk, metrics: metrics))
        var methods: [String: [HTTPRequest.Method]] = [:]
        for route in Route.allCases {
            methods[route.path, default: []].append(route.method)
            router.on(RouterPath(stringLiteral: route.path), method: route.method) { request, context in
                try await respond(route, request, context)
            }
        }
        for (path, present) in methods { refuseOthers(path, present, router) }
        return router
    }

    /// RFC 9110 §15.5.6: a path that is there and a method that is not. The router by itself would say "not found".
    private func refuseOthers(_ path: String, _ present: [HTTPRequest.Method], _ router: Router<DoorContext>) {
        let all: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
        let allowed = present.map(\.rawValue).sorted().joined(separator: ", ")
        for method in all where !present.contains(method) {
            router.on(RouterPath(stringLiteral: path), method: method) { _, _ -> Response in
                var problem = Problem(.methodNotAllowed, "this path answers to \(allowed)")
                problem.headers[.allow] = allowed
                throw problem
            }
        }
    }

    private func respond(_ route: Route, _ request: Request, _ context: DoorContext) async throws -> Response {
        var context = context
        context.caller = try await gatekeeper.caller(request.headers, client: context.client)
        try context.caller.admitted(to: route.action)
        switch route {
        case .health: return Self.text("ok\n")
        case .readiness: return try await ReadinessEndpoint(api: self).respond()
        case .metrics: return Self.text(metrics.text, type: "text/plain; version=0.0.4; charset=utf-8")
        case .sendEmail: return try await SendEndpoint(api: self).respond(request, context)
        }
    }

    private static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
