import CLinux
import DNS
import Glibc

/// One TCP connection to one server, with several questions under way (RFC 7766).
final class TCPChannel {
    enum State {
        case connecting, open, closed
    }

    let descriptor: Int32
    unowned let server: DNSServer
    var state = State.connecting
    var slots: [UInt16: Int] = [:]
    /// Answers that came: a server may close after any of them (RFC 7766 §6.2.3).
    var answered = 0
    private var outgoing: [UInt8] = []
    private var incoming: [UInt8] = []

    init(server: DNSServer) throws(SystemError) {
        self.server = server
        let target = SocketAddress(server.address)
        descriptor = socket(
            target.family,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        var one: Int32 = 1
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let code = target.withPointer { connect(descriptor, $0, $1) }
        if code != 0, errno != EINPROGRESS {
            let failure = SystemError(code: errno)
            close(descriptor)
            throw failure
        }
    }

    var wantsToWrite: Bool { state == .connecting || !outgoing.isEmpty }

    func shut() {
        state = .closed
        _ = close(descriptor)
    }

    /// Puts one message in line, behind its length (RFC 1035 §4.2.2).
    func enqueue(_ message: UnsafeRawBufferPointer) {
        outgoing.append(UInt8(message.count >> 8))
        outgoing.append(UInt8(message.count & 0xFF))
        outgoing.append(contentsOf: message)
    }

    /// Writes what the kernel takes. The error number if the connection is over.
    func flush() -> Int32? {
        if state == .connecting {
            var code: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0, code == 0 else {
                return code == 0 ? errno : code
            }
            state = .open
        }
        while !outgoing.isEmpty {
            let count = outgoing.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                outgoing.removeFirst(count)
            } else {
                return errno == EAGAIN || errno == EINTR ? nil : errno
            }
        }
        return nil
    }

    enum Arrival {
        case nothingMore
        /// The connection ended; 0: in good order.
        case closed(Int32)
    }

    /// Reads what is there and passes on each whole message.
    func receive(_ buffer: UnsafeMutableRawBufferPointer, _ message: (UnsafeRawBufferPointer) -> Void) -> Arrival {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count == 0 { return .closed(0) }
            if count < 0 { return errno == EAGAIN || errno == EINTR ? .nothingMore : .closed(errno) }
            incoming.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            var start = 0
            while incoming.count - start >= 2 {
                let end = start + 2 + (Int(incoming[start]) << 8 | Int(incoming[start + 1]))
                guard end <= incoming.count else { break }
                incoming.withUnsafeBytes { message(UnsafeRawBufferPointer(rebasing: $0[start + 2..<end])) }
                if state == .closed { return .nothingMore }
                start = end
            }
            incoming.removeFirst(start)
        }
    }
}
