import DNS
import HTTPTypes
import Hummingbird
import NIOCore
import Operations

/// One request on its way through the server.
struct DoorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel
    private var remoteAddress: SocketAddress? { channel.remoteAddress }
    /// Known once the token has been looked at.
    var caller = Caller.anonymous

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// A part of the path, percent-decoded (RFC 3986 §2.1). Throws where it is not decodable: then it names nothing.
    func parameter(_ name: String) throws -> String {
        guard let text = PercentEncoding.decoded(try parameters.require(name).utf8) else {
            throw Problem(.malformedRequest, "the path is not percent-encoded UTF-8")
        }
        return text
    }

    /// Tells a client that waits with its body (`Expect: 100-continue`) to send it.
    func wantBody() { channel.triggerUserOutboundEvent(BodyExpectation.Event.bodyWanted, promise: nil) }

    /// Whom limits are counted for: the address, or of an IPv6 one its /64, which one client has all of.
    var client: String {
        guard let text = remoteAddress?.ipAddress, let address = IPAddress(text) else { return "local" }
        let octets = address.octets
        // RFC 4291 §2.5.5.2: an IPv4 client of a socket that takes both.
        if octets.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
            return IPAddress(octets: octets.suffix(4))?.description ?? text
        }
        return octets.count == 4 ? text : octets.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }
}
