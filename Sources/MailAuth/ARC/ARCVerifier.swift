public import DNS
import Keys

/// Validates a message's ARC chain (RFC 8617 §5.2).
public struct ARCVerifier: Sendable {
    /// RFC 8617 §5.2 step 1.
    public static let setsMax = 50

    private let resolver: any Resolver
    private let acceptsUnsignedBody: Bool
    private let keys = DKIMKeyCache()

    /// - Parameter acceptsUnsignedBody: whether a message signature whose `l=` leaves a part of the body unsigned may
    ///   pass.
    public init(resolver: any Resolver, acceptsUnsignedBody: Bool = false) {
        self.resolver = resolver
        self.acceptsUnsignedBody = acceptsUnsignedBody
    }

    /// - Parameter unixTime: now, in seconds, for `x=`.
    public func verify(_ message: Message, unixTime: Int64) async -> ARCResult {
        guard !message.hasTooManyFields, let sets = ARCSet.sets(of: message) else {
            return ARCResult(verdict: .fail(.structure), sealers: [], instance: 0)
        }
        guard let newest = sets.last else { return ARCResult(verdict: .none, sealers: [], instance: 0) }
        var seals: [ARCSeal] = []
        func result(_ verdict: ARCVerdict) -> ARCResult {
            ARCResult(verdict: verdict, sealers: seals.map(\.domain), instance: newest.instance)
        }
        if sets.count > Self.setsMax { return result(.fail(.tooManySets)) }
        for set in sets {
            do {
                seals.append(try Self.seal(set.seal))
            } catch {
                return result(.fail(.seal(set.instance, error.description)))
            }
        }
        // Steps 2 and 3: a chain that failed once stays failed.
        if seals.last?.chainValue == .fail { return result(.fail(.failedBefore)) }
        for (set, seal) in zip(sets, seals) where seal.chainValue != (set.instance == 1 ? .none : .pass) {
            return result(.fail(.chainValue(set.instance)))
        }
        // Step 4: the newest message signature.
        if let stop = await check(signatureOf: newest, message: message, unixTime: unixTime) { return result(stop) }
        // Step 6: every seal, the newest first.
        for (set, seal) in zip(sets, seals).reversed() {
            if let stop = await check(seal, of: set, sets: Array(sets.prefix(set.instance))) { return result(stop) }
        }
        return result(.pass)
    }

    private static func seal(_ field: HeaderField) throws(DKIMSignatureError) -> ARCSeal {
        let tags: TagList
        do { tags = try TagList(field.body) } catch { throw .syntax(error) }
        return try ARCSeal(tags)
    }

    /// nil if it is good. It means what a DKIM-Signature means (RFC 8617 §4.1.2), `l=` and `x=` too.
    private func check(signatureOf set: ARCSet, message: Message, unixTime: Int64) async -> ARCVerdict? {
        let signature: DKIMSignature
        do {
            let tags: TagList
            do { tags = try TagList(set.messageSignature.body) } catch { throw DKIMSignatureError.syntax(error) }
            signature = try DKIMSignature(tags, of: .arc)
        } catch {
            return .fail(.messageSignature(set.instance, (error as? DKIMSignatureError)?.description ?? "malformed"))
        }
        func fail(_ reason: some CustomStringConvertible) -> ARCVerdict {
            .fail(.messageSignature(set.instance, reason.description))
        }
        switch await key(signature.keyName, signature.algorithm) {
        case .failure(let stop):
            return stop.verdict { fail($0) }
        case .success(let key):
            let hash = DKIMBodyHash(signature.bodyCanonicalization, limit: signature.bodyLength)
            hash.update(message.body)
            let digest = hash.finish()
            let length = signature.bodyLength ?? hash.canonicalCount
            if length > hash.canonicalCount { return fail(DKIMFailure.bodyShorterThanSigned) }
            guard digest.octets == signature.bodyHash else { return fail(DKIMFailure.bodyHash) }
            var octets: [UInt8] = []
            DKIMHeaderHash.append(
                signedHeaders: signature.signedHeaderList, of: message, except: set.messageSignature,
                signature.headerCanonicalization, to: &octets)
            DKIMHeaderHash.append(
                signatureField: set.messageSignature.raw, signature.headerCanonicalization, to: &octets)
            guard key.verify(signature.signature, of: SHA256.hash(octets)) else { return fail(DKIMFailure.signature) }
            if let expiration = signature.expiration, expiration < unixTime { return fail(DKIMFailure.expired) }
            if length < hash.canonicalCount, !acceptsUnsignedBody {
                return fail(DKIMPolicyReason.unsignedBody(octets: hash.canonicalCount - length))
            }
            return nil
        }
    }

    /// nil if it is good.
    private func check(_ seal: ARCSeal, of set: ARCSet, sets: [ARCSet]) async -> ARCVerdict? {
        switch await key(seal.keyName, seal.algorithm) {
        case .failure(let stop):
            return stop.verdict { .fail(.seal(set.instance, $0)) }
        case .success(let key):
            var octets: [UInt8] = []
            ARCSet.append(sets, sealedBy: set.seal.raw, to: &octets)
            guard key.verify(seal.signature, of: SHA256.hash(octets)) else {
                return .fail(.seal(set.instance, "the signature does not match"))
            }
            return nil
        }
    }

    private enum KeyStop: Error {
        case temporary(String)
        case permanent(String)

        func verdict(_ fail: (String) -> ARCVerdict) -> ARCVerdict {
            switch self {
            case .temporary(let reason): .temperror(reason)
            case .permanent(let reason): fail(reason)
            }
        }
    }

    private func key(
        _ name: DomainName, _ algorithm: DKIMSignature.Algorithm
    ) async -> Result<PublicKey, KeyStop> {
        let found = await DKIMKeyLookUp.record(
            at: name, keyType: algorithm.keyType, resolver: resolver, cache: keys)
        switch found {
        case .failure(.temperror(let reason)): return .failure(.temporary(reason))
        case .failure(.permerror(let error)): return .failure(.permanent(error.description))
        case .success(let record):
            guard let key = record.publicKey else {
                return .failure(.permanent(DKIMPermanentError.revoked.description))
            }
            if let bits = key.modulusBits, bits < DKIMVerifier.modulusBitsMin {
                return .failure(.permanent(DKIMPolicyReason.weakKey(bits: bits).description))
            }
            return .success(key)
        }
    }
}
