import DNS
import Keys

/// What a receiver finds of a message.
public struct MessageVerdict: Sendable {
    public let envelope: MessageVerifier.Envelope
    /// nil: the envelope says too little to evaluate it.
    public let spf: SPFResult?
    /// One for each DKIM-Signature field, from the top down.
    public let dkim: [DKIMResult]
    public let arc: ARCResult
    public let dmarc: DMARCResult

    /// Why a look-up failed that could have decided otherwise: on DMARC, on the ARC chain, or on a signature of the author's own
    /// domain. Any other failure is a result like the rest, and `temperror` says so (RFC 8601 §2.7).
    public var failedLookUp: String? {
        if case .temperror(let reason) = dmarc.verdict { return reason }
        if case .temperror(let reason) = arc.verdict { return reason }
        for case .temperror(let reason) in authorSignatures.map(\.verdict) { return reason }
        return nil
    }

    /// Those that name the author's own domain.
    package var authorSignatures: [DKIMResult] {
        guard let author = dmarc.author else { return [] }
        return dkim.filter { $0.signature?.domain == author }
    }

    /// As Authentication-Results (RFC 8601) tell it to whoever reads the message next.
    ///
    /// - Parameter serverID: authserv-id, the name of the server that checked.
    public func authenticationResults(serverID: String) -> AuthenticationResults {
        var results: [AuthenticationResults.Result] = []
        if let spf { results.append(result(spf)) }
        results += dkim.isEmpty ? [AuthenticationResults.Result("dkim", "none")] : dkim.map(Self.result)
        if arc.instance > 0 || arc.verdict != .none { results.append(result(arc)) }
        results.append(Self.result(dmarc))
        return AuthenticationResults(serverID: serverID, results: results)
    }

    // RFC 8601 §2.7.2: smtp.mailfrom, or smtp.helo where MAIL FROM was empty.
    private func result(_ spf: SPFResult) -> AuthenticationResults.Result {
        let identity: AuthenticationResults.Result.Property =
            if let mailFrom = envelope.mailFrom, !mailFrom.isEmpty {
                .init("smtp", "mailfrom", mailFrom)
            } else {
                .init("smtp", "helo", envelope.helo ?? "")
            }
        return AuthenticationResults.Result("spf", spf.verdict.name, reason: spf.verdict.reason, properties: [identity])
    }

    // RFC 8601 §2.7.1; header.s and header.a by RFC 8601 §2.3, header.b by RFC 6008 §4.
    private static func result(_ dkim: DKIMResult) -> AuthenticationResults.Result {
        var properties: [AuthenticationResults.Result.Property] = []
        if let signature = dkim.signature {
            properties = [
                .init("header", "d", signature.domain.text), .init("header", "s", signature.selector),
                .init("header", "a", signature.algorithm.rawValue),
                .init("header", "b", String(Base64.encodeText(signature.signature).prefix(headerBOctets))),
            ]
            if let identity = signature.identity { properties.append(.init("header", "i", identity)) }
        }
        return AuthenticationResults.Result(
            "dkim", dkim.verdict.name, comments: dkim.keyBits.map { ["\($0)-bit key"] } ?? [],
            reason: dkim.verdict.reason, properties: properties)
    }

    /// RFC 6008 §4 asks for eight, or more where two signatures begin alike.
    private static let headerBOctets = 8

    // RFC 8617 §10.1 and §10.2.
    private func result(_ arc: ARCResult) -> AuthenticationResults.Result {
        AuthenticationResults.Result(
            "arc", arc.verdict.name, reason: arc.verdict.reason,
            properties: envelope.address.map { [.init("smtp", "remote-ip", $0.description)] } ?? [])
    }

    // RFC 8601 §2.7.7, RFC 9989 §5.3: header.from, and the policy that applied.
    private static func result(_ dmarc: DMARCResult) -> AuthenticationResults.Result {
        var properties: [AuthenticationResults.Result.Property] = []
        if let author = dmarc.author { properties.append(.init("header", "from", author.text)) }
        if let policy = dmarc.policy { properties.append(.init("policy", "dmarc", policy.rawValue)) }
        return AuthenticationResults.Result(
            "dmarc", dmarc.verdict.name, reason: dmarc.verdict.reason, properties: properties)
    }
}

extension SPFVerdict {
    /// Why, where the word alone does not say it.
    public var reason: String? {
        switch self {
        case .temperror(let reason): reason
        case .permerror(let error): error.description
        case .fail(let explanation): explanation
        case .none, .neutral, .pass, .softfail: nil
        }
    }
}

extension DKIMVerdict {
    /// Why, for everything but a pass.
    public var reason: String? {
        switch self {
        case .pass: nil
        case .fail(let failure): failure.description
        case .policy(let reason): reason.description
        case .temperror(let reason): reason
        case .permerror(let error): error.description
        }
    }
}

extension ARCVerdict {
    /// Why, where the word alone does not say it.
    public var reason: String? {
        switch self {
        case .none, .pass: nil
        case .fail(let failure): failure.description
        case .temperror(let reason): reason
        }
    }
}

extension DMARCVerdict {
    /// Why, where the word alone does not say it.
    public var reason: String? {
        switch self {
        case .pass: nil
        case .fail: "no authenticated domain is aligned with the author's"
        case .none(.noRecord): "the author's domain has no DMARC record"
        case .none(.severalRecords): "the author's domain has several DMARC records"
        case .none(.unusableRecord(let name)): "the DMARC record of \(name) has no valid policy"
        case .temperror(let reason): reason
        case .permerror(let error): error.description
        }
    }
}
