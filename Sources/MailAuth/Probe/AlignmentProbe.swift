public import DNS
import Keys

/// Asks what a receiver would find of a domain's mail now: a message is made, signed with the real keys and verified
/// through DNS, and SPF is evaluated for every address that mail leaves from. Nothing is sent.
///
/// The resolver decides whose view it is: run it once over each authoritative server to see that all agree.
public struct AlignmentProbe: Sendable {
    /// The From domain.
    public let domain: DomainName
    /// One for each key that signs now.
    public let signers: [DKIMSigner]
    /// The MAIL FROM domain; as a rule the From domain.
    public let mailFromDomain: DomainName
    /// Addresses that mail leaves from.
    public let egress: [IPAddress]
    /// What those hosts say in HELO, for SPF's macros.
    public let helo: String

    public init(
        domain: DomainName, signers: [DKIMSigner], mailFromDomain: DomainName? = nil, egress: [IPAddress],
        helo: String? = nil
    ) {
        self.domain = domain
        self.signers = signers
        self.mailFromDomain = mailFromDomain ?? domain
        self.egress = egress
        self.helo = helo ?? (mailFromDomain ?? domain).text
    }

    /// - Parameter unixTime: now, in seconds: when the message is signed and verified.
    public func run(resolver: any Resolver, unixTime: Int64) async throws(ProbeError) -> AlignmentReport {
        let message = try signedMessage(unixTime: unixTime)
        let results = await DKIMVerifier(resolver: resolver).verify(message, unixTime: unixTime)
        let dkim = zip(signers, results).map {
            AlignmentReport.Signature(selector: $0.selector, domain: $0.domain, result: $1)
        }
        let passing = dkim.filter { $0.result.verdict == .pass }.map(\.domain)
        let unvalidated = dkim.compactMap(\.result.unvalidated)
        let dmarc = DMARCVerifier(resolver: resolver)
        let spf = SPFVerifier(resolver: resolver)
        var paths: [AlignmentReport.Path] = []
        for address in egress {
            let result = await spf.check(
                address: address, mailFrom: "postmaster@" + mailFromDomain.text, helo: helo, unixTime: unixTime)
            let spfDomain = result.verdict == .pass ? mailFromDomain : nil
            paths.append(
                AlignmentReport.Path(
                    address: address, spf: result,
                    dmarc: await dmarc.verify(
                        author: domain, spf: spfDomain, dkim: passing,
                        unvalidated: unvalidated + (result.unvalidated.map { [$0] } ?? []))))
        }
        return AlignmentReport(
            domain: domain, dkim: dkim, paths: paths,
            dmarcByDKIMAlone: await dmarc.verify(author: domain, spf: nil, dkim: passing, unvalidated: unvalidated))
    }

    private func signedMessage(unixTime: Int64) throws(ProbeError) -> Message {
        let text = """
            From: postmaster@\(domain.text)\r\n\
            To: postmaster@\(domain.text)\r\n\
            Subject: Alignment probe\r\n\
            Date: \(InternetDate.text(unixTime: unixTime))\r\n\
            Message-ID: <probe.\(unixTime)@\(domain.text)>\r\n\
            MIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\
            \r\n\
            This message is verified where it was made, and goes nowhere.\r\n
            """
        let octets = Array(text.utf8)
        do {
            let fields = try DKIMSigner.sign(Message(octets), with: signers, unixTime: unixTime)
            return Message(fields.joined() + octets)
        } catch {
            throw ProbeError(reason: error.description)
        }
    }
}

/// A key could not be signed with: says nothing about DNS.
public struct ProbeError: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    public var description: String { "the probe could not be signed: \(reason)" }
}

/// What a receiver would find, for each key and for each address that mail leaves from.
public struct AlignmentReport: Sendable, Equatable {
    public struct Signature: Sendable, Equatable {
        public let selector: String
        public let domain: DomainName
        public let result: DKIMResult
    }

    public struct Path: Sendable, Equatable {
        public let address: IPAddress
        public let spf: SPFResult
        /// With what SPF found for this address, and all signatures.
        public let dmarc: DMARCResult
    }

    public let domain: DomainName
    public let dkim: [Signature]
    public let paths: [Path]
    /// As after a forward, where SPF no longer speaks for the domain.
    public let dmarcByDKIMAlone: DMARCResult

    /// SPF passes, aligned, from every address; false without any address.
    public var isSPFAligned: Bool {
        !paths.isEmpty && paths.allSatisfy { $0.spf.verdict == .pass && $0.dmarc.spf?.alignment == .aligned }
    }

    /// Every signature passes, and at least one is aligned.
    public var isDKIMAligned: Bool {
        !dkim.isEmpty && dkim.allSatisfy { $0.result.verdict == .pass }
            && dmarcByDKIMAlone.dkim.contains { $0.alignment == .aligned }
    }

    /// Why a look-up failed, if one did: what does not pass now may pass later.
    public var failedLookUp: String? {
        for case .temperror(let reason) in dkim.map(\.result.verdict) { return reason }
        for case .temperror(let reason) in paths.map(\.spf.verdict) { return reason }
        for case .temperror(let reason) in paths.map(\.dmarc.verdict) + [dmarcByDKIMAlone.verdict] { return reason }
        return nil
    }

    /// DMARC passes from every address, by whichever mechanism; without any address, by DKIM alone.
    public var isDMARCPassing: Bool {
        paths.isEmpty ? dmarcByDKIMAlone.verdict == .pass : paths.allSatisfy { $0.dmarc.verdict == .pass }
    }
}
