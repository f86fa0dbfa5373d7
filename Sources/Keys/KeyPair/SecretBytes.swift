import COpenSSL

/// Octets that are overwritten before their memory is given back, and that no description, dump or mirror shows.
///
/// Held outside Swift's arrays, which copy.
final class SecretBytes: @unchecked Sendable {
    // Written only while being made, before anybody else holds it.
    let bytes: UnsafeMutableRawBufferPointer

    /// Zeroed.
    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: 1)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    var pointer: UnsafeMutablePointer<UInt8>? { bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "(\(bytes.count) secret octets)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
