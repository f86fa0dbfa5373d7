import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Operations

/// `POST /mcp`: streamable HTTP. Each message is answered by itself with JSON; there is no session and no stream, so
/// nothing answers to GET and DELETE.
struct MCPEndpoint {
    let api: API

    private static let origin = HTTPField.Name("origin")!

    func respond(_ request: Request, _ context: DoorContext) async throws -> Response {
        let reply = try await api.bodies.json(request, context, octetsMax: ServerLimits.messageBodyOctetsMax) { body in
            await MCPDoor(desk: api.desk, metrics: api.metrics).answer(
                MCPMessage(body), headers: MCPHeaders(request.headers), caller: context.caller, logger: context.logger)
        }
        guard let reply else { return Response(status: .accepted) }
        return .json(reply.body, status: reply.status)
    }

    /// Before a token is looked at: what a browser sends from another site's page is refused, also where that site has
    /// given its name this server's address (DNS rebinding). MCP, Streamable HTTP, "Security Warning".
    static func checkOrigin(_ fields: HTTPFields) throws {
        for origin in fields[values: Self.origin] where !isLoopback(origin) {
            throw Problem(
                .foreignOrigin,
                "requests from pages are answered only if the page is of this machine: ask from a program")
        }
    }

    /// RFC 6454 §7.1: scheme, host, and a port or none.
    private static func isLoopback(_ origin: String) -> Bool {
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            let place = origin.dropFirst(scheme.count)
            for host in ["localhost", "127.0.0.1", "[::1]"] where place.hasPrefix(host) {
                let port = place.dropFirst(host.count)
                return port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil
            }
        }
        return false
    }
}
