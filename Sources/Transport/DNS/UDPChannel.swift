import CLinux
import DNS
import Glibc

/// One UDP socket connected to one server, on a port of the kernel's random choice.
///
/// Being connected, it delivers only what comes from that address and port, and tells of ICMP errors.
final class UDPChannel {
    let descriptor: Int32
    unowned let server: DNSServer
    /// What is in flight: id to slot.
    var slots: [UInt16: Int] = [:]
    /// Questions sent since it was opened.
    var asked = 0

    var isWorn: Bool { asked >= DNSLimits.questionsPerSocketMax }

    /// Fails with the error number: no route, no descriptors.
    init(server: DNSServer) throws(SystemError) {
        self.server = server
        let target = SocketAddress(server.address)
        descriptor = socket(
            target.family,
            Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        var size: Int32 = 1 << 20
        _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        let code = target.withPointer { connect(descriptor, $0, $1) }
        if code != 0 {
            let failure = SystemError(code: errno)
            close(descriptor)
            throw failure
        }
    }

    func shut() { _ = close(descriptor) }
}

struct SystemError: Error {
    let code: Int32
    var text: String { systemErrorText(code) }
}
