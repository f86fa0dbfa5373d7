import Hummingbird
import Operations
import SendGate

/// `POST /v1/reply_email` and `/v1/forward_email`: a message that came in, answered or sent on. Statuses are those of
/// `SendEndpoint`.
struct ReplyEndpoint {
    let api: API

    func reply(_ request: Request, _ context: DoorContext) async throws -> Response {
        try await answer(request, context, known: ReplyInput.members) { object, key in
            let reply = ReplyInput.request(object, headerKey: key, context.caller)
            return { try await api.desk.reply(reply, by: context.caller) }
        }
    }

    func forward(_ request: Request, _ context: DoorContext) async throws -> Response {
        try await answer(request, context, known: ForwardInput.members) { object, key in
            let forward = ForwardInput.request(object, headerKey: key, context.caller)
            return { try await api.desk.forward(forward, by: context.caller) }
        }
    }

    private func answer(
        _ request: Request, _ context: DoorContext, known: Set<String>,
        _ read: (RequestObject, _ headerKey: String?) -> () async throws -> SendReport
    ) async throws -> Response {
        let key = try SendEndpoint.headerKey(request)
        let report = try await api.bodies.json(request, context, octetsMax: ServerLimits.messageBodyOctetsMax) { body in
            let send = try RequestObject.read(body, known: known) { read($0, key) }
            return try await send()
        }
        api.metrics.messageReported(report)
        return try MessageAnswer.response(report)
    }
}
