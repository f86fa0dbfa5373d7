import COpenSSL

/// Owns one EVP_PKEY.
///
/// Never changed after it was made, and OpenSSL lets many threads read one key, so it may be shared.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let isRSA: Bool
    private let signing: ContextPool
    private let verifying: ContextPool

    /// Takes ownership.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        isRSA = EVP_PKEY_get_base_id(pointer) == EVP_PKEY_RSA
        signing = ContextPool(isRSA ? .signRSA : .signEd25519)
        verifying = ContextPool(isRSA ? .verifyRSA : .verifyEd25519)
    }

    deinit { EVP_PKEY_free(pointer) }

    /// Signs these octets: for RSA a SHA-256 digest, for Ed25519 any. Writes the signature and its length; 1 if it did.
    func sign(
        _ octets: UnsafeBufferPointer<UInt8>, into signature: UnsafeMutablePointer<UInt8>?, count: inout Int
    ) -> Int32 {
        signing.withContext(for: pointer) { context in
            if isRSA { return EVP_PKEY_sign(context, signature, &count, octets.baseAddress, octets.count) }
            guard EVP_DigestSignInit(context, nil, nil, nil, nil) == 1 else { return 0 }
            return EVP_DigestSign(context, signature, &count, octets.baseAddress, octets.count)
        }
    }

    /// Whether this is a signature over these octets: for RSA a SHA-256 digest, for Ed25519 any.
    func verify(_ signature: UnsafeBufferPointer<UInt8>, of octets: UnsafeBufferPointer<UInt8>) -> Bool {
        let result = verifying.withContext(for: pointer) { context in
            if isRSA {
                return EVP_PKEY_verify(
                    context, signature.baseAddress, signature.count, octets.baseAddress, octets.count)
            }
            guard EVP_DigestVerifyInit(context, nil, nil, nil, nil) == 1 else { return 0 }
            return EVP_DigestVerify(
                context, signature.baseAddress, signature.count, octets.baseAddress, octets.count)
        }
        if result != 1 { ERR_clear_error() }
        return result == 1
    }

    /// An RSA public key from its numbers, big-endian.
    static func rsaPublic(modulus: ArraySlice<UInt8>, exponent: ArraySlice<UInt8>) -> KeyHandle? {
        let numbers = [modulus, exponent].map { $0.withUnsafeBytes { BN_bin2bn($0.baseAddress, Int32($0.count), nil) } }
        defer { numbers.forEach { BN_free($0) } }
        guard let builder = OSSL_PARAM_BLD_new() else { return nil }
        defer { OSSL_PARAM_BLD_free(builder) }
        guard signet_push_rsa_public(builder, numbers[0], numbers[1]) == 1,
            let parameters = OSSL_PARAM_BLD_to_param(builder)
        else { return nil }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, signet_pkey_public_key, parameters) == 1, let key
        else {
            ERR_clear_error()
            return nil
        }
        return KeyHandle(key)
    }

    static func ed25519Public(raw: some Collection<UInt8>) -> KeyHandle? {
        Array(raw).withUnsafeBufferPointer {
            EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count).map(KeyHandle.init)
        }
    }
}
