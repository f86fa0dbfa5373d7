import CLinux
import DNS
import Glibc

/// A server's address in the form that the socket calls take.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private let length: socklen_t
    let family: Int32

    init(_ server: ServerAddress) {
        let octets = server.address.octets
        switch server.address {
        case .v4:
            family = AF_INET
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { raw in
                raw.withMemoryRebound(to: sockaddr_in.self) { bound in
                    bound[0].sin_family = sa_family_t(AF_INET)
                    bound[0].sin_port = server.port.bigEndian
                    withUnsafeMutableBytes(of: &bound[0].sin_addr) { $0.copyBytes(from: octets) }
                }
            }
        case .v6:
            family = AF_INET6
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { raw in
                raw.withMemoryRebound(to: sockaddr_in6.self) { bound in
                    bound[0].sin6_family = sa_family_t(AF_INET6)
                    bound[0].sin6_port = server.port.bigEndian
                    withUnsafeMutableBytes(of: &bound[0].sin6_addr) { $0.copyBytes(from: octets) }
                }
            }
        }
    }

    /// Nil for another family than IPv4 and IPv6.
    init?(storage: sockaddr_storage) {
        self.storage = storage
        family = Int32(storage.ss_family)
        switch family {
        case AF_INET: length = socklen_t(MemoryLayout<sockaddr_in>.size)
        case AF_INET6: length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        default: return nil
        }
    }

    func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        withUnsafeBytes(of: storage) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { body($0.baseAddress!, length) }
        }
    }

    /// The address as `getsockname` fills it in; nil if the descriptor is no IP socket.
    static func local(of descriptor: Int32) -> ServerAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutableBytes(of: &storage) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { getsockname(descriptor, $0.baseAddress!, &length) }
        }
        guard code == 0 else { return nil }
        return withUnsafeBytes(of: storage) { raw in
            switch Int32(storage.ss_family) {
            case AF_INET:
                raw.withMemoryRebound(to: sockaddr_in.self) { bound in
                    withUnsafeBytes(of: bound[0].sin_addr) { IPAddress(octets: Array($0)) }
                        .map { ServerAddress(address: $0, port: UInt16(bigEndian: bound[0].sin_port)) }
                }
            case AF_INET6:
                raw.withMemoryRebound(to: sockaddr_in6.self) { bound in
                    withUnsafeBytes(of: bound[0].sin6_addr) { IPAddress(octets: Array($0)) }
                        .map { ServerAddress(address: $0, port: UInt16(bigEndian: bound[0].sin6_port)) }
                }
            default: nil
            }
        }
    }
}

/// The kernel's words for an error number.
func systemErrorText(_ code: Int32) -> String { String(cString: strerror(code)) }
