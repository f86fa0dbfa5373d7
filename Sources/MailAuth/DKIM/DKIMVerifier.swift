public import DNS
import Keys

/// Verifies every DKIM signature of a message, in one pass over its body (RFC 6376 §6, RFC 8301, RFC 8463).
public struct DKIMVerifier: Sendable {
    /// RFC 6376 §6.1 lets a verifier limit how many it tries; more than this only an attacker adds.
    public static let signaturesMax = 10
    /// RFC 8301 §3.2.
    public static let modulusBitsMin = 1024

    private let resolver: any Resolver
    private let acceptsUnsignedBody: Bool
    private let keys = DKIMKeyCache()

    /// - Parameter acceptsUnsignedBody: whether a signature whose `l=` leaves a part of the body unsigned may pass.
    public init(resolver: any Resolver, acceptsUnsignedBody: Bool = false) {
        self.resolver = resolver
        self.acceptsUnsignedBody = acceptsUnsignedBody
    }

    /// One result for each DKIM-Signature field, from the top down; none for an unsigned message.
    ///
    /// - Parameter unixTime: now, in seconds, for `x=`.
    public func verify(_ message: Message, unixTime: Int64) async -> [DKIMResult] {
        let fields = message.fields(named: "dkim-signature")
        if message.hasTooManyFields { return fields.map { _ in Self.unusable(.tooManyFields) } }
        let signatures = fields.prefix(Self.signaturesMax).map { field in
            Result { () throws(DKIMSignatureError) in try DKIMSignature(field.body) }
        }
        let bodies = DKIMBodyHashes(signatures.compactMap { try? $0.get() }, body: message.body)
        var results: [DKIMResult] = []
        for (field, signature) in zip(fields, signatures) {
            switch signature {
            case .failure(let error):
                results.append(Self.unusable(.signature(error)))
            case .success(let signature):
                results.append(
                    await verify(signature, field: field, message: message, bodies: bodies, unixTime: unixTime))
            }
        }
        for _ in fields.dropFirst(Self.signaturesMax) {
            results.append(Self.unusable(.tooManySignatures))
        }
        return results
    }

    private static func unusable(_ error: DKIMPermanentError) -> DKIMResult {
        DKIMResult(verdict: .permerror(error), signature: nil, isTesting: false, keyBits: nil)
    }

    private func verify(
        _ signature: DKIMSignature, field: HeaderField, message: Message, bodies: DKIMBodyHashes, unixTime: Int64
    ) async -> DKIMResult {
        let found = await DKIMKeyLookUp.record(
            at: signature.keyName, keyType: signature.algorithm.keyType, resolver: resolver, cache: keys)
        let record: DKIMRecord
        switch found {
        case .failure(let stop):
            return DKIMResult(verdict: stop.verdict, signature: signature, isTesting: false, keyBits: nil)
        case .success(let usable): record = usable
        }
        return DKIMResult(
            verdict: verdict(
                signature, record: record, field: field, message: message, bodies: bodies, unixTime: unixTime),
            signature: signature, isTesting: record.isTesting, keyBits: record.publicKey?.modulusBits)
    }

    private func verdict(
        _ signature: DKIMSignature, record: DKIMRecord, field: HeaderField, message: Message, bodies: DKIMBodyHashes,
        unixTime: Int64
    ) -> DKIMVerdict {
        // RFC 6376 §3.6.1: t=s.
        if record.isStrict, signature.identityDomain != signature.domain { return .permerror(.subdomainNotAllowed) }
        guard let key = record.publicKey else { return .permerror(.revoked) }
        let body = bodies.result(for: signature)
        if let length = signature.bodyLength, length > body.canonicalCount { return .fail(.bodyShorterThanSigned) }
        guard body.digest.octets == signature.bodyHash else { return .fail(.bodyHash) }
        var octets: [UInt8] = []
        octets.reserveCapacity(4096)
        DKIMHeaderHash.append(
            signedHeaders: signature.signedHeaderList, of: message, except: field, signature.headerCanonicalization,
            to: &octets)
        DKIMHeaderHash.append(signatureField: field.raw, signature.headerCanonicalization, to: &octets)
        guard key.verify(signature.signature, of: SHA256.hash(octets)) else { return .fail(.signature) }
        if let expiration = signature.expiration, expiration < unixTime { return .fail(.expired) }
        if let bits = key.modulusBits, bits < Self.modulusBitsMin { return .policy(.weakKey(bits: bits)) }
        if let length = signature.bodyLength, length < body.canonicalCount, !acceptsUnsignedBody {
            return .policy(.unsignedBody(octets: body.canonicalCount - length))
        }
        return .pass
    }
}

/// The body's hash for every canonicalisation and length that a message's signatures ask for, each made once.
struct DKIMBodyHashes {
    private struct Kind: Hashable {
        let canonicalization: DKIMCanonicalization
        let limit: Int?
    }

    private var results: [Kind: (digest: SHA256Digest, canonicalCount: Int)] = [:]

    init(_ signatures: [DKIMSignature], body: ArraySlice<UInt8>) {
        for signature in signatures {
            let kind = Kind(canonicalization: signature.bodyCanonicalization, limit: signature.bodyLength)
            if results[kind] != nil { continue }
            let hash = DKIMBodyHash(kind.canonicalization, limit: kind.limit)
            hash.update(body)
            results[kind] = (hash.finish(), hash.canonicalCount)
        }
    }

    func result(for signature: DKIMSignature) -> (digest: SHA256Digest, canonicalCount: Int) {
        results[Kind(canonicalization: signature.bodyCanonicalization, limit: signature.bodyLength)]!
    }
}
