import DNS
import FoundationEssentials
import Hummingbird
import Keys
import Manifest
import Operations
import Reconcile

/// `GET /v1/agents` and `/v1/agents/{id}`: who is registered, and how they stand.
struct AgentsEndpoint {
    let api: API

    static let parameters = PageRequest.parameters

    struct Page: Encodable {
        var agents: [Agent]
        var nextCursor: String?

        enum CodingKeys: String, CodingKey {
            case agents
            case nextCursor = "next_cursor"
        }
    }

    struct Agent: Encodable {
        struct Key: Encodable {
            var name: String
            var algorithm: String
            var state: String
        }

        var agentID: String
        var domain: String?
        /// `registered`, `revoked`, or `declared`: no apply has registered it yet.
        var state: String
        /// Registered as declared, with a key that signs.
        var isReady: Bool
        var addresses: [String]
        var oversightMode: String?
        var declarationDigest: String?
        var since: String?
        var keys: [Key]

        enum CodingKeys: String, CodingKey {
            case domain, state, addresses, since, keys
            case agentID = "agent_id"
            case isReady = "ready"
            case oversightMode = "oversight_mode"
            case declarationDigest = "declaration_digest"
        }

        init(_ agent: AgentSummary) {
            let declaration = agent.registration?.declaration ?? agent.declared
            agentID = agent.id.rawValue
            domain = declaration?.domain.text
            state = agent.registration?.state.rawValue ?? "declared"
            isReady = agent.isReady
            addresses = declaration?.addresses ?? []
            oversightMode = declaration?.oversight.rawValue
            declarationDigest = (agent.registration?.digest ?? agent.declared?.digest)?.description
            since = agent.registration?.since.formatted(.iso8601)
            keys = agent.keys.map {
                Key(name: $0.id.description, algorithm: $0.algorithm.rawValue, state: $0.state.rawValue)
            }
        }
    }

    func list(_ request: Request, _ context: DoorContext) async throws -> Response {
        let query = try QueryParameters(request, known: Self.parameters)
        return .json(try await Self.page(query, api.desk, context.caller))
    }

    static func page(_ query: QueryParameters, _ desk: Desk, _ caller: Caller) async throws -> Page {
        let page = try PageRequest(query, cursorParts: 1)
        let after = page.cursor.map { $0[0] }
        let agents = try await desk.agents(by: caller).filter { agent in
            after.map { agent.id.rawValue > $0 } ?? true
        }
        let shown = agents.prefix(page.limit)
        return Page(
            agents: shown.map { Agent($0) },
            nextCursor: agents.count > shown.count ? shown.last.map { PageRequest.cursor($0.id.rawValue) } : nil)
    }

    func show(_ context: DoorContext) async throws -> Response {
        let id = AgentID(rawValue: try context.parameter("id"))
        return .json(Agent(try await api.desk.agent(id, by: context.caller)))
    }
}
