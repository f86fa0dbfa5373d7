import Glibc
import TestSupport

/// A port of 127.0.0.1 that takes questions, over UDP, and answers none.
final class SilentNameServer {
    let port = Lab.freePort()
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Lab.Failure(description: "the port \(port) cannot be taken") }
    }

    deinit { close(descriptor) }
}
