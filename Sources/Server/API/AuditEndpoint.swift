import Audit
import DNS
import FoundationEssentials
import Hummingbird
import Operations

/// `GET /v1/audit`: entries of the log, newest first.
struct AuditEndpoint {
    let api: API

    static let parameters: Set<String> = PageRequest.parameters.union([
        "agent_id", "domain", "message_id", "kind", "from", "until",
    ])

    struct Page: Encodable {
        var entries: [Entry]
        var nextCursor: String?

        enum CodingKeys: String, CodingKey {
            case entries
            case nextCursor = "next_cursor"
        }
    }

    struct Entry: Encodable {
        var index: Int64
        var time: String
        var kind: String
        var domain: String?
        var agentID: String?
        var messageID: String?
        var details: JSONTree

        enum CodingKeys: String, CodingKey {
            case index, time, kind, domain, details
            case agentID = "agent_id"
            case messageID = "message_id"
        }

        init(_ record: LogRecord) {
            let content = record.content
            index = record.index.rawValue
            time = content.timeText
            kind = content.kind.rawValue
            domain = content.domain
            agentID = content.agent
            messageID = content.message
            details = JSONTree(details: record)
        }
    }

    func respond(_ request: Request, _ context: DoorContext) async throws -> Response {
        let query = try QueryParameters(request, known: Self.parameters)
        return .json(try await Self.page(query, api.desk, context.caller))
    }

    static func page(_ parameters: QueryParameters, _ desk: Desk, _ caller: Caller) async throws -> Page {
        let page = try PageRequest(parameters, cursorParts: 2)
        var query = LogQuery(
            domain: try domain(parameters), agent: parameters["agent_id"], message: parameters["message_id"],
            from: try time("from", parameters), until: try time("until", parameters), limit: page.limit)
        if let text = parameters["kind"] {
            // Several, separated by commas.
            for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let kind = LogKind(rawValue: String(word)) else {
                    throw Problem.field("kind", "it is none of the log's kinds (docs/spec/audit-log.md)")
                }
                query.kinds.insert(kind)
            }
        }
        if let cursor = page.cursor {
            guard let time = Int64(cursor[0]), let index = Int64(cursor[1]) else { throw PageRequest.badCursor }
            query.olderThan = LogQuery.Cursor(timeMilliseconds: time, index: LogIndex(rawValue: index))
        }
        let answer = try await desk.audit(query, by: caller)
        let next = answer.records.first.map {
            PageRequest.cursor("\($0.content.timeMilliseconds)", "\($0.index.rawValue)")
        }
        return Page(entries: answer.records.reversed().map { Entry($0) }, nextCursor: answer.hasOlder ? next : nil)
    }

    /// As the log has it.
    private static func domain(_ parameters: QueryParameters) throws -> String? {
        guard let text = parameters["domain"] else { return nil }
        guard let name = try? DomainName(text) else { throw Problem.field("domain", "it is no domain name") }
        return name.text
    }

    private static func time(_ name: String, _ parameters: QueryParameters) throws -> Int64? {
        guard let text = parameters[name] else { return nil }
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw Problem.field(name, "a time is wanted: 2026-11-24T12:00:00Z")
        }
        return Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
    }
}
