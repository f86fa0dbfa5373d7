package import DNS
import Glibc

/// The caching resolvers that this machine is set up to ask (resolv.conf(5)).
package enum SystemResolvers {
    private static let fileOctetsMax = 64 << 10
    /// resolv.conf(5), MAXNS.
    private static let serversMax = 3

    /// Those of the file; the local one if it names none or cannot be read, as resolv.conf(5) says.
    package static func read(path: String = "/etc/resolv.conf") -> [ServerAddress] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var octets: [UInt8] = []
        if descriptor >= 0 {
            defer { close(descriptor) }
            octets = [UInt8](unsafeUninitializedCapacity: fileOctetsMax) { buffer, count in
                count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
            }
        }
        let found = servers(in: String(decoding: octets, as: UTF8.self))
        return found.isEmpty ? [ServerAddress(address: .v4(0x7F00_0001))] : found
    }

    /// The `nameserver` lines, first three; addresses with a zone (`fe80::1%eth0`) are passed over.
    static func servers(in text: String) -> [ServerAddress] {
        var servers: [ServerAddress] = []
        for line in text.split(whereSeparator: \.isNewline) where servers.count < serversMax {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver", let address = IPAddress(String(words[1])) else {
                continue
            }
            servers.append(ServerAddress(address: address))
        }
        return servers
    }
}
