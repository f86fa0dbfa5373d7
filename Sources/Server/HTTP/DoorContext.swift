import DNS
import HTTPTypes
import Hummingbird
import NIOCore
import Operations

/// One request on its way through the server.
struct DoorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let remoteAddress: SocketAddress?
    /// Known once the token has been looked at.
    var caller = Caller.anonymous

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }

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
