import DNS
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Keys
import MailAuth
import Manifest
import Operations
import Reconcile

/// `/v1/identity/…`: keys for whoever checks an identity header without DNS, and a check for whoever will not do it
/// themselves.
struct IdentityEndpoint {
    let api: API

    private struct Keys: Encodable {
        struct Key: Encodable {
            var name: String
            var state: String
            var publicKeyDER: String

            enum CodingKeys: String, CodingKey {
                case name, state
                case publicKeyDER = "public_key_der"
            }

            init(_ key: AgentPublicKeys.Key) {
                name = key.name
                state = key.state.rawValue
                publicKeyDER = Data(key.publicKey).base64EncodedString()
            }
        }

        var agentID: String
        var domain: String
        var state: String
        var algorithm = "ed25519"
        /// The key that verifies `sig` of what is sent now; left out while none signs.
        var publicKeyDER: String?
        var domainKeys: [Key]
        var agentKeys: [Key]

        enum CodingKeys: String, CodingKey {
            case domain, state, algorithm
            case agentID = "agent_id"
            case publicKeyDER = "public_key_der"
            case domainKeys = "domain_keys"
            case agentKeys = "agent_keys"
        }

        init(_ keys: AgentPublicKeys) {
            agentID = keys.agent.rawValue
            domain = keys.domain
            state = keys.state.rawValue
            domainKeys = keys.domainKeys.map { Key($0) }
            agentKeys = keys.agentKeys.map { Key($0) }
            if keys.domainKeys.first?.state == .active { publicKeyDER = domainKeys.first?.publicKeyDER }
        }
    }

    /// For how long an answer may be taken from a cache: no longer than a revocation takes to reach DNS' own caches.
    private static let cacheControl = "public, max-age=300"

    func publicKey(_ request: Request, _ context: DoorContext) async throws -> Response {
        try api.gatekeeper.countPublic(client: context.client)
        let id = AgentID(rawValue: try context.parameter("id"))
        let keys = Keys(try await api.desk.publicKeys(of: id, by: context.caller))
        return EntityTag.answer(.json(keys), for: keys, request, cacheControl: Self.cacheControl)
    }

    /// The log's checkpoint: what it vouches for is signed, and changes with every entry.
    func checkpoint(_ context: DoorContext) async throws -> Response {
        try api.gatekeeper.countPublic(client: context.client)
        let note = try await api.desk.checkpoint(by: context.caller)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "public, max-age=5"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: note)))
    }

    // MARK: verifying

    private struct Verdict: Encodable {
        struct Claims: Encodable {
            var agentID: String
            var oversight: String
            var approvalReference: String?
            var domain: String?
            var key: String?
            var model: String?
            var declaration: String?
            var signedAt: String?
            var expiresAt: String?

            enum CodingKeys: String, CodingKey {
                case oversight, domain, key, model, declaration
                case agentID = "agent_id"
                case approvalReference = "approval_ref"
                case signedAt = "signed_at"
                case expiresAt = "expires_at"
            }

            init(_ header: AgentIdentityHeader) {
                agentID = header.agent
                oversight = header.oversight.rawValue
                approvalReference = header.approvalReference
                guard let binding = header.binding else { return }
                domain = binding.domain.text
                key = binding.keyName.name.text
                model = binding.model
                declaration = binding.declaration.description
                signedAt = Self.time(binding.signedAt)
                expiresAt = Self.time(binding.expiresAt)
            }

            private static func time(_ seconds: Int64) -> String {
                Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            }
        }

        var verdict: String
        var isValid: Bool
        var explanation: String
        /// To be believed only as far as the verdict goes.
        var claims: Claims?

        enum CodingKeys: String, CodingKey {
            case verdict, explanation, claims
            case isValid = "valid"
        }
    }

    /// The body has the whole message: `message` as text, or `message_base64` where it is not UTF-8.
    func verify(_ request: Request, _ context: DoorContext) async throws -> Response {
        let result = try await api.bodies.json(request, context, octetsMax: ServerLimits.messageBodyOctetsMax) { body in
            let octets = try RequestObject.read(body, known: ["message", "message_base64"]) { $0.message("message") }
            return try await api.desk.verifyIdentity(of: octets, by: context.caller)
        }
        guard let result else {
            return .json(
                Verdict(verdict: "none", isValid: false, explanation: "the message has no identity header"))
        }
        return .json(
            Verdict(
                verdict: result.verdict.name, isValid: result.verdict == .valid,
                explanation: result.verdict.explanation, claims: result.header.map { Verdict.Claims($0) }))
    }
}
