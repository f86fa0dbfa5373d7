import Logging
import Operations
import SendGate

/// Runs the tools: the same operations, under the same authorisation, as the HTTP routes.
struct ToolDesk: Sendable {
    let desk: Desk
    let metrics: MetricsRegistry

    /// Whatever goes wrong is an answer too.
    func run(
        _ tool: Tool, _ arguments: [String: JSONTree], by caller: Caller, logger: Logger
    ) async -> ToolAnswer {
        do {
            try caller.admitted(to: tool.action)
            return ToolAnswer(try await answer(tool, arguments, caller))
        } catch {
            return ToolAnswer(DoorMiddleware.problem(error, logger))
        }
    }

    private func answer(_ tool: Tool, _ body: [String: JSONTree], _ caller: Caller) async throws -> JSONTree {
        switch tool {
        case .configureDomain:
            let request = try RequestObject.read(
                body, known: DomainsEndpoint.members, DomainsEndpoint.request)
            return try JSONTree(of: DomainAnswer(try await desk.addDomain(request, by: caller).domain))
        case .verifyDomainAlignment:
            let domain = try RequestObject.read(body, known: ["domain"]) { $0.needed("domain") }
            return try JSONTree(of: DomainStateAnswer(try await desk.verifyDomain(domain, by: caller)))
        case .sendEmail:
            let (request, isTrial) = try RequestObject.read(body, known: SendEndpoint.members) { object in
                (SendEndpoint.request(object, headerKey: nil, caller: caller), object.flag("dry_run") ?? false)
            }
            if isTrial { return MessageAnswer.tree(try await desk.trySend(request, by: caller)) }
            return try sent(try await desk.send(request, by: caller))
        case .replyEmail:
            let request = try RequestObject.read(body, known: ReplyInput.members) { object in
                ReplyInput.request(object, headerKey: nil, caller)
            }
            return try sent(try await desk.reply(request, by: caller))
        case .listDomains:
            try RequestObject.read(body, known: []) { _ in }
            return try JSONTree(of: DomainListAnswer(try await desk.domains(by: caller)))
        case .getMessage:
            let text = try RequestObject.read(body, known: ["message_id"]) { $0.needed("message_id") }
            guard let id = MessageID(rawValue: text) else { throw Problem(.notFound, "there is no such message") }
            return MessageAnswer.tree(try await desk.message(id, by: caller))
        case .listAgents:
            let query = try Self.query(body, AgentsEndpoint.parameters)
            return try JSONTree(of: try await AgentsEndpoint.page(query, desk, caller))
        case .queryAuditLog:
            let query = try Self.query(body, AuditEndpoint.parameters)
            return try JSONTree(of: try await AuditEndpoint.page(query, desk, caller))
        case .listPending:
            let query = try Self.query(body, OversightEndpoint.parameters)
            return try JSONTree(of: try await OversightEndpoint.page(query, desk, caller))
        }
    }

    private func sent(_ report: SendReport) throws -> JSONTree {
        metrics.messageReported(report)
        return try MessageAnswer.accepted(report)
    }

    /// Arguments as the query of the route that does the same.
    private static func query(_ body: [String: JSONTree], _ known: Set<String>) throws -> QueryParameters {
        try RequestObject.read(body, known: known) { object in
            var values: [String: String] = [:]
            for name in known.sorted() where name != "limit" { values[name] = object.text(name) }
            values["limit"] = object.integer("limit").map(String.init)
            return QueryParameters(values)
        }
    }
}
