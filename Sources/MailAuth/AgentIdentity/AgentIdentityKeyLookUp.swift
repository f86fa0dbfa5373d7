import DNS
import Keys

/// Fetches the keys that an identity field is verified with: the agent's own, and the domain's (spec §2, §4).
struct AgentIdentityKeyLookUp: Sendable {
    enum Answer {
        case key(PublicKey)
        case stop(AgentIdentityVerdict)
    }

    let resolver: any Resolver
    private let domainKeys = DKIMKeyCache()

    init(resolver: any Resolver) { self.resolver = resolver }

    /// The agent's key at `K.A._agentid.D`.
    func agentKey(at name: DomainName) async -> Answer {
        switch await resolver.look(up: name, .txt) {
        case .failed(let reason): return .stop(.temperror("TXT of \(name): \(reason)"))
        case .noData, .noSuchName: return .stop(.fail(.noKey(name)))
        case .found(let data, _):
            var texts: [[UInt8]] = []
            for case .txt(let value) in data where AgentIdentityRecord.isRecord(value.joined) {
                texts.append(value.joined)
            }
            guard let text = texts.first else { return .stop(.fail(.noKey(name))) }
            guard texts.count == 1 else { return .stop(.fail(.severalKeys(name))) }
            do {
                return try AgentIdentityRecord(octets: text).publicKey.map(Answer.key) ?? .stop(.revoked(name))
            } catch {
                return .stop(.fail(.key(name, error)))
            }
        }
    }

    /// A DKIM key of the domain, by DKIM's own rules.
    func domainKey(at name: DomainName) async -> Answer {
        let found = await DKIMKeyLookUp.record(at: name, keyType: .ed25519, resolver: resolver, cache: domainKeys)
        switch found {
        case .failure(.temperror(let reason)): return .stop(.temperror(reason))
        case .failure(.permerror(.revoked)): return .stop(.revoked(name))
        case .failure(.permerror(let error)): return .stop(.fail(.domainKey(error)))
        case .success(let record): return record.publicKey.map(Answer.key) ?? .stop(.revoked(name))
        }
    }

    /// Where the key that made `sig` may stand: what `s` says, or else what the message's DKIM signatures say.
    static func domainKeyNames(domain: DomainName, selector: String?, message: Message) -> [DomainName] {
        if let selector { return (try? [DKIMKeyLookUp.name(domain: domain, selector: selector)]) ?? [] }
        var names: [DomainName] = []
        for field in message.fields(named: "dkim-signature").prefix(DKIMVerifier.signaturesMax) {
            guard let signature = try? DKIMSignature(field.body), signature.algorithm == .ed25519SHA256,
                signature.domain == domain, !names.contains(signature.keyName)
            else { continue }
            names.append(signature.keyName)
        }
        return names
    }
}
