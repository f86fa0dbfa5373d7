import DNS
import Glibc
import TestSupport

/// A UDP name server for one test: what it sends back is the test's to say. It listens on loopback, on a free port.
final class FakeNameServer: Sendable {
    let address: ServerAddress
    private let descriptor: Int32

    /// `answer` gets each datagram and returns those to send back, in order. It runs on the server's own thread.
    init(_ answer: @escaping @Sendable ([UInt8]) -> [[UInt8]]) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        local.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &local) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { bound in
                _ = bind(descriptor, bound.baseAddress!, length)
                _ = getsockname(descriptor, bound.baseAddress!, &length)
            }
        }
        address = ServerAddress(address: .v4(0x7F00_0001), port: UInt16(bigEndian: local.sin_port))
        Thread.run {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                var peer = sockaddr_storage()
                var peerLength = socklen_t(MemoryLayout<sockaddr_storage>.size)
                let count = withUnsafeMutableBytes(of: &peer) { raw in
                    raw.withMemoryRebound(to: sockaddr.self) {
                        recvfrom(descriptor, &buffer, buffer.count, 0, $0.baseAddress, &peerLength)
                    }
                }
                // An empty datagram ends it.
                guard count > 0 else { break }
                for octets in answer(Array(buffer[..<count])) {
                    withUnsafeBytes(of: peer) { raw in
                        raw.withMemoryRebound(to: sockaddr.self) {
                            _ = sendto(descriptor, octets, octets.count, 0, $0.baseAddress, peerLength)
                        }
                    }
                }
            }
            close(descriptor)
        }
    }

    deinit {
        _ = LoopbackAddress(port: address.port).withPointer { sendto(descriptor, "", 0, 0, $0, $1) }
    }
}

/// A detached thread.
enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func run(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(body)).toOpaque())
        pthread_detach(thread)
    }
}
