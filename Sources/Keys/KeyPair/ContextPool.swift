import COpenSSL
import Synchronization

/// Contexts that OpenSSL has set up for one key and one operation, to be used again.
///
/// Setting one up costs 2 to 6 µs, up to a fifth of an RSA verification; a context serves one thread at a time, so that
/// each use takes one out. A context whose operation failed is not put back.
struct ContextPool: ~Copyable {
    /// What a key keeps when idle; more are made when more threads need them, and freed after use.
    static let idleMax = 4

    struct Operations: Sendable {
        let make: @Sendable (_ key: OpaquePointer) -> OpaquePointer?
        let free: @Sendable (_ context: OpaquePointer) -> Void
    }

    private let operations: Operations
    private let idle = Mutex<[Context]>([])

    /// Used by one thread at a time: who has it took it out of `idle`.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    init(_ operations: Operations) { self.operations = operations }

    deinit {
        let free = operations.free
        idle.withLock { $0.forEach { free($0.pointer) } }
    }

    /// The result of the work on a context for this key; 0 if OpenSSL cannot set one up. 1 is success.
    func withContext(for key: OpaquePointer, _ work: (OpaquePointer) -> Int32) -> Int32 {
        guard let context = idle.withLock({ $0.popLast() })?.pointer ?? operations.make(key) else { return 0 }
        let result = work(context)
        let isKept =
            result == 1
            && idle.withLock { idle in
                guard idle.count < Self.idleMax else { return false }
                idle.append(Context(pointer: context))
                return true
            }
        if !isKept { operations.free(context) }
        return result
    }
}

extension ContextPool.Operations {
    /// RSASSA-PKCS1-v1_5 with SHA-256 over a digest (RFC 8017 §8.2).
    static let signRSA = rsa { EVP_PKEY_sign_init($0) }
    static let verifyRSA = rsa { EVP_PKEY_verify_init($0) }

    /// PureEdDSA (RFC 8032 §5.1). The key is in the context already when it is used again.
    static let signEd25519 = pure { EVP_DigestSignInit($0, nil, nil, nil, $1) }
    static let verifyEd25519 = pure { EVP_DigestVerifyInit($0, nil, nil, nil, $1) }

    private static func rsa(_ start: @escaping @Sendable (OpaquePointer) -> Int32) -> Self {
        Self(
            make: { key in
                guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return nil }
                if start(context) == 1, EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
                    EVP_PKEY_CTX_set_signature_md(context, SHA256.algorithm) == 1
                {
                    return context
                }
                EVP_PKEY_CTX_free(context)
                return nil
            }, free: { EVP_PKEY_CTX_free($0) })
    }

    private static func pure(_ start: @escaping @Sendable (OpaquePointer, OpaquePointer) -> Int32) -> Self {
        Self(
            make: { key in
                guard let context = EVP_MD_CTX_new() else { return nil }
                if start(context, key) == 1 { return context }
                EVP_MD_CTX_free(context)
                return nil
            }, free: { EVP_MD_CTX_free($0) })
    }
}
