import DNS

/// Fetches the key that a signature names, and checks that it may be used for it (RFC 6376 §6.1.2).
enum DKIMKeyLookUp {
    enum Stop: Error {
        case temperror(String)
        case permerror(DKIMPermanentError)

        var verdict: DKIMVerdict {
            switch self {
            case .temperror(let reason): .temperror(reason)
            case .permerror(let error): .permerror(error)
            }
        }
    }

    /// `S._domainkey.D`.
    static func name(domain: DomainName, selector: String) throws(DKIMSignatureError) -> DomainName {
        // Nearly every selector is letters, digits and hyphens in lower case: then the name is canonical as it stands.
        let isPlain = selector.utf8.allSatisfy { $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 &- 0x61 < 26 }
        if isPlain, (1...DomainName.labelOctetsMax).contains(selector.utf8.count),
            selector.utf8.count + domain.text.utf8.count + 14 <= DomainName.wireOctetsMax - 2
        {
            return DomainName(canonical: selector + "._domainkey." + domain.text)
        }
        guard let name = try? domain.prepending("_domainkey").prepending(selector) else { throw .malformed("s") }
        return name
    }

    static func record(
        at name: DomainName, keyType: DKIMRecord.KeyType, resolver: any Resolver, cache: DKIMKeyCache
    ) async -> Result<DKIMRecord, Stop> {
        switch await resolver.look(up: name, .txt) {
        case .failed(let reason): return .failure(.temperror("TXT of \(name): \(reason)"))
        case .noData, .noSuchName: return .failure(.permerror(.noKey(name)))
        case .found(let data, _):
            // RFC 6376 §3.6.2.2 leaves several records undefined: the first that is a key record is taken.
            var failure: DKIMRecordError?
            for case .txt(let value) in data {
                do {
                    let record = try cache.record(value.joined)
                    return check(record, keyType: keyType).map { .failure(.permerror($0)) } ?? .success(record)
                } catch {
                    failure = failure ?? error
                }
            }
            return .failure(.permerror(failure.map(DKIMPermanentError.key) ?? .noKey(name)))
        }
    }

    private static func check(_ record: DKIMRecord, keyType: DKIMRecord.KeyType) -> DKIMPermanentError? {
        if record.publicKey == nil { return .revoked }
        if record.keyType != keyType { return .keyType(record.keyType) }
        // Every algorithm of ours hashes with SHA-256.
        if let allowed = record.hashAlgorithms, !allowed.contains("sha256") { return .hashNotAllowed }
        if !record.services.contains("*"), !record.services.contains("email") { return .serviceNotAllowed }
        return nil
    }
}
