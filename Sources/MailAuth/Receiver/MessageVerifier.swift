public import DNS

/// All that a receiver's border server does about a message's authentication, in one call: SPF, every DKIM signature,
/// the ARC chain, and DMARC over what passed or could not be looked up.
///
///     let verifier = MessageVerifier(resolver: resolver, receiver: "mx.example")
///     let verdict = await verifier.verify(message, envelope: envelope, unixTime: now)
///     if verdict.dmarc.verdict == .pass { … }
public struct MessageVerifier: Sendable {
    /// What came with the message and does not stand in it.
    public struct Envelope: Sendable, Hashable {
        /// Where the connection came from; nil: not known, and SPF is not evaluated.
        public var address: IPAddress?
        public var helo: String?
        /// Without angle brackets; empty for a bounce; nil: not known, and SPF is not evaluated.
        public var mailFrom: String?

        public init(address: IPAddress? = nil, helo: String? = nil, mailFrom: String? = nil) {
            self.address = address
            self.helo = helo
            self.mailFrom = mailFrom
        }
    }

    private let resolver: any Resolver
    private let receiver: String
    private let acceptsUnsignedBody: Bool

    /// - Parameters:
    ///   - receiver: the host that checks, for SPF's `%{r}` macro.
    ///   - acceptsUnsignedBody: whether a DKIM signature whose `l=` leaves a part of the body unsigned may pass.
    public init(resolver: any Resolver, receiver: String = "unknown", acceptsUnsignedBody: Bool = false) {
        self.resolver = resolver
        self.receiver = receiver
        self.acceptsUnsignedBody = acceptsUnsignedBody
    }

    /// - Parameter unixTime: now, in seconds.
    public func verify(_ message: Message, envelope: Envelope, unixTime: Int64) async -> MessageVerdict {
        async let spf = self.spf(envelope, unixTime: unixTime)
        async let dkim = DKIMVerifier(resolver: resolver, acceptsUnsignedBody: acceptsUnsignedBody)
            .verify(message, unixTime: unixTime)
        async let arc = ARCVerifier(resolver: resolver, acceptsUnsignedBody: acceptsUnsignedBody)
            .verify(message, unixTime: unixTime)
        let signatures = await dkim
        let sender = await spf
        let dmarc = await DMARCVerifier(resolver: resolver).verify(
            message, spf: sender?.authenticatedDomain,
            dkim: signatures.compactMap { $0.verdict == .pass ? $0.signature?.domain : nil },
            unvalidated: signatures.compactMap(\.unvalidated) + (sender?.unvalidated.map { [$0] } ?? []))
        return MessageVerdict(envelope: envelope, spf: sender, dkim: signatures, arc: await arc, dmarc: dmarc)
    }

    private func spf(_ envelope: Envelope, unixTime: Int64) async -> SPFResult? {
        guard let address = envelope.address, let mailFrom = envelope.mailFrom,
            !mailFrom.isEmpty || envelope.helo?.isEmpty == false
        else { return nil }
        return await SPFVerifier(resolver: resolver, receiver: receiver).check(
            address: address, mailFrom: mailFrom, helo: envelope.helo ?? "unknown", unixTime: unixTime)
    }
}

extension SPFResult {
    /// What DMARC takes from SPF: the MAIL FROM identity's domain. With an empty path that is `postmaster` at the HELO
    /// name (RFC 9989 §3.2.4, SPF Domain; RFC 7208 §2.4).
    fileprivate var authenticatedDomain: DomainName? { verdict == .pass ? try? DomainName(domain) : nil }

    var unvalidated: DMARCVerifier.Unvalidated? {
        guard case .temperror(let reason) = verdict, let domain = try? DomainName(domain) else { return nil }
        return DMARCVerifier.Unvalidated(.spf, domain, reason: reason)
    }
}

extension DKIMResult {
    var unvalidated: DMARCVerifier.Unvalidated? {
        guard case .temperror(let reason) = verdict, let signature else { return nil }
        return DMARCVerifier.Unvalidated(.dkim, signature.domain, reason: reason)
    }
}
