import HTTPTypes
import Hummingbird
import Operations

/// `GET /.well-known/mta-sts.txt`: the MTA-STS policy of the domain whose host `mta-sts.DOMAIN` is asked (RFC 8461 §3.3).
struct TransportPolicyEndpoint {
    let api: API

    func respond(_ request: Request, _ context: DoorContext) async throws -> Response {
        try api.gatekeeper.countPublic(client: context.client)
        let host = (request.head.authority ?? "").prefix { $0 != ":" }
        return API.text(try await api.desk.mtaSTSPolicy(host: String(host), by: context.caller))
    }
}
