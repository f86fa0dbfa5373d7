import FoundationEssentials
import HTTPTypes
import Hummingbird
import MailAuth
import Manifest
import Operations

/// `/v1/domains…`: domains that are declared, here or in the manifest, what to publish for them, and whether they are aligned.
struct DomainsEndpoint {
    let api: API

    static let parameters = PageRequest.parameters
    static let members: Set<String> = ["domain", "dkim_key_type", "dmarc_policy", "dmarc_rua"]
    /// The answer may change with every look, so a cache asks each time; what it holds, it need not be sent again.
    private static let cacheControl = "private, no-cache"

    private struct Page: Encodable {
        var domains: [DomainAnswer]
        var nextCursor: String?

        enum CodingKeys: String, CodingKey {
            case domains
            case nextCursor = "next_cursor"
        }
    }

    /// 201 where the domain is new, 200 where it was declared so before.
    func add(_ request: Request, _ context: DoorContext) async throws -> Response {
        let (domain, isNew) = try await api.bodies.json(request, context, octetsMax: ServerLimits.bodyOctetsMax) {
            body in
            let wanted = try RequestObject.read(body, known: Self.members, Self.request)
            return try await api.desk.addDomain(wanted, by: context.caller)
        }
        let answer = DomainAnswer(domain)
        var headers: HTTPFields = [.eTag: EntityTag.tag(of: answer)]
        if isNew { headers[.location] = "/v1/domains/\(answer.id)" }
        return .json(answer, status: isNew ? .created : .ok, headers: headers)
    }

    static func request(_ object: RequestObject) -> DomainRequest {
        DomainRequest(
            domain: object.needed("domain"),
            keyType: choice(object, "dkim_key_type", DKIMDeclaration.KeyType.self),
            policy: choice(object, "dmarc_policy", DMARCRecord.Policy.self),
            aggregateReports: object.has("dmarc_rua")
                ? object.texts("dmarc_rua", countMax: DomainInput.aggregateReportsMax) : nil)
    }

    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ object: RequestObject, _ name: String, _: Value.Type
    ) -> Value? {
        guard let text = object.text(name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        object.wrong(name, "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
        return nil
    }

    func list(_ request: Request, _ context: DoorContext) async throws -> Response {
        let page = try PageRequest(try QueryParameters(request, known: Self.parameters), cursorParts: 1)
        let found = try await api.desk.domains(
            after: page.cursor.map { $0[0] }, countMax: page.limit, by: context.caller)
        let answers = found.domains.map { DomainAnswer($0) }
        return .json(
            Page(
                domains: answers, nextCursor: found.hasMore ? answers.last.map { PageRequest.cursor($0.id) } : nil))
    }

    func show(_ request: Request, _ context: DoorContext) async throws -> Response {
        let id = try context.parameter("id")
        let answer = DomainAnswer(try await api.desk.domain(named: id, by: context.caller))
        return EntityTag.answer(.json(answer), for: answer, request, cacheControl: Self.cacheControl)
    }

    /// Takes no body: what is checked is what was declared.
    func verify(_ context: DoorContext) async throws -> Response {
        let id = try context.parameter("id")
        return .json(DomainStateAnswer(try await api.desk.verifyDomain(id, by: context.caller)))
    }
}
