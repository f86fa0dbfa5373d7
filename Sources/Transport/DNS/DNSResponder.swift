import CLinux
package import DNS
import Glibc
import Synchronization

/// A small authoritative name server on loopback, UDP and TCP on one port.
///
/// It is for labs, tests and the `embedded` provider, behind a real server that transfers or forwards; it listens
/// nowhere but on this machine. One thread owns the sockets; the source is asked in tasks of Swift's pool.
package final class DNSResponder: Sendable {
    package struct StartError: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Where it listens; the port is the one the kernel chose if none was given.
    package let address: ServerAddress
    private let engine: ResponderEngine

    /// Port 0: any free one. Refuses an address that is not loopback.
    package init(
        listen: ServerAddress = ServerAddress(address: .v4(0x7F00_0001), port: 0), zones: any DNSZoneSource
    ) throws(StartError) {
        guard Self.isLoopback(listen.address) else {
            throw StartError(description: "\(listen.address) is not a loopback address")
        }
        let sockets = try Self.bind(listen)
        address = sockets.address
        engine = ResponderEngine(
            datagrams: sockets.datagrams, listener: sockets.listener, core: ResponderCore(zones))
        engine.start()
    }

    deinit { engine.stop() }

    /// Closes its sockets soon after; what is being answered goes unanswered.
    package func stop() { engine.stop() }

    private static func isLoopback(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// An ephemeral UDP port may be taken on TCP: another is tried, so many times.
    private static let bindAttemptsMax = 16

    private static func bind(
        _ listen: ServerAddress
    ) throws(StartError) -> (datagrams: Int32, listener: Int32, address: ServerAddress) {
        var failure = ""
        for _ in 0..<(listen.port == 0 ? bindAttemptsMax : 1) {
            do throws(SystemError) {
                let datagrams = try open(SOCK_DGRAM, listen)
                guard let bound = SocketAddress.local(of: datagrams) else { throw SystemError(code: errno) }
                do throws(SystemError) {
                    return (datagrams, try open(SOCK_STREAM, bound), bound)
                } catch {
                    close(datagrams)
                    throw error
                }
            } catch {
                failure = error.text
            }
        }
        throw StartError(description: "cannot listen on \(listen): \(failure)")
    }

    private static func open(_ kind: __socket_type, _ address: ServerAddress) throws(SystemError) -> Int32 {
        let target = SocketAddress(address)
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(target.family, Int32(kind.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        if kind == SOCK_STREAM {
            var one: Int32 = 1
            _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        let isBound = target.withPointer { Glibc.bind(descriptor, $0, $1) } == 0
        guard isBound, kind == SOCK_DGRAM || Glibc.listen(descriptor, 64) == 0 else {
            let failure = SystemError(code: errno)
            close(descriptor)
            throw failure
        }
        return descriptor
    }
}
