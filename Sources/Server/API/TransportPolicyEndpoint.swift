import HTTPTypes
import Hummingbird
import Operations

/// `GET /.well-known/mta-sts.txt`: the MTA-STS policy of the domain whose host `mta-sts.DOMAIN` is asked (RFC 8461 §3.3).
struct TransportPolicyEndpoint {
    let api: API

    func respond(_ request: Request, _ context: DoorContext) async throws -> Response {
        try api.gatekeeper.countPublic(client: context.client)
        let host = (request.head.authority ?? "").prefix { $0 != ":" }
        let policy = try await api.desk.mtaSTSPolicy(host: String(host), by: context.caller)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: policy)))
    }
}
