import Glibc
import TestSupport

/// A port of 127.0.0.1 that takes questions, over UDP, and answers none.
final class SilentNameServer {
    let port = Lab.freePort()
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let status = LoopbackAddress(port: port).withPointer { bind(descriptor, $0, $1) }
        guard status == 0 else { throw Lab.Failure(description: "the port \(port) cannot be taken") }
    }

    deinit { close(descriptor) }
}
