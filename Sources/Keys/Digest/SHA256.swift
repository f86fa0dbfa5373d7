import COpenSSL

/// SHA-256 over bytes that arrive in pieces.
///
///     var hash = SHA256()
///     hash.update(firstPiece)
///     hash.update(secondPiece)
///     let digest = hash.finish()
public struct SHA256: ~Copyable {
    // Fetched once: OpenSSL 3 otherwise looks the algorithm up, under a lock, at every initialisation.
    nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)!

    private let context: OpaquePointer

    public init() {
        context = EVP_MD_CTX_new()!
        OpenSSL.mustSucceed(EVP_DigestInit_ex2(context, Self.algorithm, nil))
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        OpenSSL.mustSucceed(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// What the digest would be if nothing followed; more may be added afterwards.
    public func digestSoFar() -> SHA256Digest {
        let copy = EVP_MD_CTX_new()!
        defer { EVP_MD_CTX_free(copy) }
        OpenSSL.mustSucceed(EVP_MD_CTX_copy_ex(copy, context))
        return Self.digest(of: copy)
    }

    public consuming func finish() -> SHA256Digest {
        Self.digest(of: context)
    }

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    public static func hash(_ bytes: [UInt8]) -> SHA256Digest {
        bytes.withUnsafeBytes { hash($0) }
    }

    private static func digest(of context: OpaquePointer) -> SHA256Digest {
        let octets = [UInt8](unsafeUninitializedCapacity: SHA256Digest.octetCount) { buffer, count in
            OpenSSL.mustSucceed(EVP_DigestFinal_ex(context, buffer.baseAddress, nil))
            count = SHA256Digest.octetCount
        }
        return SHA256Digest(octets: octets)!
    }
}
