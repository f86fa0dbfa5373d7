public import DNS
import Keys

/// Verifies a message's identity field with DNS alone (spec §8).
public struct AgentIdentityVerifier: Sendable {
    /// How far `t` may lie ahead of the verifier's clock, in seconds.
    public static let skewSecondsMax: Int64 = 300

    private let keys: AgentIdentityKeyLookUp
    private let memory: (any AgentNonceMemory)?

    /// - Parameter memory: remembers nonces; nil: `replay-suspected` is never the verdict.
    public init(resolver: any Resolver, memory: (any AgentNonceMemory)? = nil) {
        keys = AgentIdentityKeyLookUp(resolver: resolver)
        self.memory = memory
    }

    /// Nil for a message without such a field: it claims nothing.
    ///
    /// - Parameter unixTime: now, in seconds.
    public func verify(_ message: Message, unixTime: Int64) async -> AgentIdentityResult? {
        let fields = message.fields(named: "x-multimail-identity")
        guard let field = fields.first else {
            return message.hasTooManyFields
                ? AgentIdentityResult(verdict: .fail(.tooManyFields), header: nil) : nil
        }
        func unreadable(_ failure: AgentIdentityFailure) -> AgentIdentityResult {
            AgentIdentityResult(verdict: .fail(failure), header: nil)
        }
        if message.hasTooManyFields { return unreadable(.tooManyFields) }
        guard fields.count == 1 else { return unreadable(.repeated(fields.count)) }
        let header: AgentIdentityHeader
        do {
            header = try AgentIdentityHeader(field.body)
        } catch {
            return unreadable(.header(error))
        }
        let verdict: AgentIdentityVerdict
        if let author = AgentIdentityHash.author(of: message) {
            if let binding = header.binding {
                verdict = await bound(header, binding, field, author.domain, message, unixTime)
            } else {
                verdict =
                    await claimProblem(header, domain: author.domain, selector: nil, message) ?? .legacyOnly
            }
        } else {
            verdict = .fail(.author)
        }
        return AgentIdentityResult(verdict: verdict, header: header)
    }

    private func bound(
        _ header: AgentIdentityHeader, _ binding: AgentIdentityBinding, _ field: HeaderField, _ author: DomainName,
        _ message: Message, _ unixTime: Int64
    ) async -> AgentIdentityVerdict {
        guard author == binding.domain else { return .fail(.authorOutsideDomain(author)) }
        if let name = Self.unsigned(binding, message) { return .fail(.notSigned(name)) }
        guard binding.signedAt <= unixTime + Self.skewSecondsMax else { return .fail(.signedInFuture) }
        switch await keys.agentKey(at: binding.keyName.name) {
        case .stop(let verdict): return verdict
        case .key(let key):
            let digest = AgentIdentityHash.digest(
                of: message, signedHeaders: binding.signedHeaderList, except: field, field: field.raw)
            guard key.verify(binding.signature, of: digest) else { return .fail(.signature) }
        }
        if let problem = await claimProblem(
            header, domain: binding.domain, selector: binding.domainSelector, message)
        {
            return problem
        }
        if binding.expiresAt < unixTime { return .expired }
        guard AgentIdentitySigner.hash(ofBody: message) == binding.bodyHash else { return .claimsValidBodyAltered }
        if let memory {
            let nonce = AgentNonce(
                domain: binding.domain, agent: header.agent, text: binding.nonce, expiresAt: binding.expiresAt)
            if await !memory.isFirst(nonce) { return .replaySuspected }
        }
        return .valid
    }

    /// A field that `h` does not name once more than the message has it (spec §3).
    private static func unsigned(_ binding: AgentIdentityBinding, _ message: Message) -> String? {
        AgentIdentityHeader.requiredHeaders.first { name in
            var name = name
            return name.withUTF8 { name in
                let present = message.fields.count { $0.isNamed(name) }
                var named = 0
                DKIMHeaderHash.forEachName(in: binding.signedHeaderList) { other in
                    guard other.count == name.count else { return }
                    if zip(other, name).allSatisfy({ $0.asciiLowercased == $1.asciiLowercased }) { named += 1 }
                }
                return named <= present
            }
        }
    }

    /// Spec §4; nil: one of the domain's keys made `sig`.
    private func claimProblem(
        _ header: AgentIdentityHeader, domain: DomainName, selector: String?, _ message: Message
    ) async -> AgentIdentityVerdict? {
        let names = AgentIdentityKeyLookUp.domainKeyNames(domain: domain, selector: selector, message: message)
        if names.isEmpty { return .fail(.noDomainKey(domain)) }
        let octets = AgentIdentityHeader.claimOctets(agent: header.agent, oversight: header.oversight)
        var problems: [AgentIdentityVerdict] = []
        for name in names {
            switch await keys.domainKey(at: name) {
            case .stop(let verdict): problems.append(verdict)
            case .key(let key):
                if key.verify(header.claimSignature, of: octets) { return nil }
                problems.append(.fail(.claimSignature))
            }
        }
        let isRevoked = problems.allSatisfy { if case .revoked = $0 { true } else { false } }
        return problems.first { if case .temperror = $0 { true } else { false } }
            ?? (isRevoked ? problems[0] : problems.first { if case .fail = $0 { true } else { false } }!)
    }
}

/// One use of a nonce, and until when it is worth remembering.
public struct AgentNonce: Hashable, Sendable {
    public let domain: DomainName
    public let agent: String
    /// 32 hexadecimal digits.
    public let text: String
    /// Unix seconds: afterwards the field is `expired` anyway.
    public let expiresAt: Int64
}

/// Remembers which nonces were met. Implemented by whoever receives mail; a set in tests.
public protocol AgentNonceMemory: Sendable {
    /// Remembers the nonce, and says whether it is met for the first time. Asked of good signatures only.
    func isFirst(_ nonce: AgentNonce) async -> Bool
}
