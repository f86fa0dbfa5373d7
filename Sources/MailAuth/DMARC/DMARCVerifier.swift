public import DNS

/// What DMARC says of a message (RFC 9989 §5.3), in the words of RFC 8601 §2.7.7.
public enum DMARCVerdict: Sendable, Hashable {
    /// An authenticated domain is aligned with the author's.
    case pass
    /// The policy that the author domain asks for, with `sp`, `np` and `t` taken into account.
    case fail(DMARCRecord.Policy)
    /// DMARC does not apply.
    case none(DMARCDiscovery.Absence)
    case temperror(String)
    /// There is not exactly one author domain.
    case permerror(DMARCAuthorError)

    public var name: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .none: "none"
        case .temperror: "temperror"
        case .permerror: "permerror"
        }
    }
}

/// Why a message has no author domain that DMARC could ask about (RFC 9989 §5.3.1): attackers make such messages so
/// that one domain is checked and another one shown.
public enum DMARCAuthorError: Error, Sendable, Hashable, CustomStringConvertible {
    case noFrom
    /// More than one From field (RFC 5322 §3.6 allows one).
    case severalFromFields
    case malformedFrom
    /// More header fields than are read: there may be another From among them.
    case tooManyFields
    /// One From field with addresses of several domains.
    case severalDomains([DomainName])

    public var description: String {
        switch self {
        case .noFrom: "there is no From field"
        case .severalFromFields: "there is more than one From field"
        case .malformedFrom: "the From field is malformed"
        case .tooManyFields: "there are more than \(Message.fieldsMax) header fields"
        case .severalDomains(let domains):
            "the From field names several domains: " + domains.map(\.text).joined(separator: ", ")
        }
    }
}

public struct DMARCResult: Sendable, Equatable {
    public struct Identifier: Sendable, Equatable {
        public let domain: DomainName
        public let alignment: DMARCAlignment
    }

    public let verdict: DMARCVerdict
    /// nil if there is none.
    public let author: DomainName?
    /// The record that applies, and where it stands.
    public let record: DMARCRecord?
    public let recordDomain: DomainName?
    /// What a failing message gets; nil where DMARC does not apply.
    public let policy: DMARCRecord.Policy?
    /// The domain that SPF passed for.
    public let spf: Identifier?
    /// The domains of the signatures that passed, each once.
    public let dkim: [Identifier]
}

/// Decides whether a message is from the domain that it says it is from.
public struct DMARCVerifier: Sendable {
    /// A domain that SPF or a signature may speak for, or not: a look-up failed.
    public struct Unvalidated: Sendable, Hashable {
        public enum Method: String, Sendable, Hashable {
            case spf, dkim
        }

        public let method: Method
        /// As for one that passed: the MAIL FROM identity's, or `d=`.
        public let domain: DomainName
        public let reason: String

        public init(_ method: Method, _ domain: DomainName, reason: String) {
            self.method = method
            self.domain = domain
            self.reason = reason
        }
    }

    private let resolver: any Resolver

    public init(resolver: any Resolver) {
        self.resolver = resolver
    }

    /// The domain of the one From field.
    public static func author(of message: Message) -> Result<DomainName, DMARCAuthorError> {
        if message.hasTooManyFields { return .failure(.tooManyFields) }
        let fields = message.fields(named: "from")
        guard let field = fields.first else { return .failure(.noFrom) }
        guard fields.count == 1 else { return .failure(.severalFromFields) }
        guard let list = AddressList(field.body), let first = list.mailboxes.first else {
            return .failure(.malformedFrom)
        }
        let domains = Set(list.mailboxes.map(\.domain))
        guard domains.count == 1 else { return .failure(.severalDomains(domains.sorted())) }
        return .success(first.domain)
    }

    /// - Parameters:
    ///   - spf: the MAIL FROM identity's domain, if SPF passed for it; of an empty path it is the HELO name
    ///     (RFC 9989 §3.2.4, SPF Domain; RFC 7208 §2.4).
    ///   - dkim: `d=` of every signature that passed.
    ///   - unvalidated: those whose look-ups failed. They never make a message pass, but keep it from failing.
    public func verify(
        _ message: Message, spf: DomainName?, dkim: [DomainName], unvalidated: [Unvalidated] = []
    ) async -> DMARCResult {
        switch Self.author(of: message) {
        case .success(let author):
            return await verify(author: author, spf: spf, dkim: dkim, unvalidated: unvalidated)
        case .failure(let error):
            return DMARCResult(
                verdict: .permerror(error), author: nil, record: nil, recordDomain: nil, policy: nil,
                spf: nil, dkim: [])
        }
    }

    public func verify(
        author: DomainName, spf: DomainName?, dkim: [DomainName], unvalidated: [Unvalidated] = []
    ) async -> DMARCResult {
        let record: DMARCRecord
        let place: DomainName
        let policy: DMARCRecord.Policy
        switch await DMARCDiscovery(for: author, resolver: resolver) {
        case .found(let found, let domain, let applied): (record, place, policy) = (found, domain, applied)
        case .none(let absence): return Self.unapplied(.none(absence), author: author)
        case .temperror(let reason): return Self.unapplied(.temperror(reason), author: author)
        }
        var spfIdentifier: DMARCResult.Identifier?
        if let spf {
            spfIdentifier = DMARCResult.Identifier(
                domain: spf,
                alignment: await DMARCAlignment(of: spf, with: author, mode: record.spfAlignment, resolver: resolver))
        }
        var dkimIdentifiers: [DMARCResult.Identifier] = []
        for domain in dkim where !dkimIdentifiers.contains(where: { $0.domain == domain }) {
            dkimIdentifiers.append(
                DMARCResult.Identifier(
                    domain: domain,
                    alignment: await DMARCAlignment(
                        of: domain, with: author, mode: record.dkimAlignment, resolver: resolver)))
        }
        let alignments = dkimIdentifiers.map(\.alignment) + (spfIdentifier.map { [$0.alignment] } ?? [])
        return DMARCResult(
            verdict: await verdict(alignments, unvalidated, author: author, record: record, policy: policy),
            author: author, record: record, recordDomain: place, policy: policy, spf: spfIdentifier,
            dkim: dkimIdentifiers)
    }

    /// RFC 9989 §5.3.5, and §5.3.6: where a query failed that might have made it pass, neither pass nor fail.
    private func verdict(
        _ alignments: [DMARCAlignment], _ unvalidated: [Unvalidated], author: DomainName, record: DMARCRecord,
        policy: DMARCRecord.Policy
    ) async -> DMARCVerdict {
        if alignments.contains(.aligned) { return .pass }
        for case .temperror(let reason) in alignments { return .temperror(reason) }
        for identifier in unvalidated {
            let mode = identifier.method == .spf ? record.spfAlignment : record.dkimAlignment
            switch await DMARCAlignment(of: identifier.domain, with: author, mode: mode, resolver: resolver) {
            case .aligned: return .temperror("\(identifier.method) of \(identifier.domain): \(identifier.reason)")
            case .temperror(let reason): return .temperror(reason)
            case .notAligned: continue
            }
        }
        return .fail(policy)
    }

    private static func unapplied(_ verdict: DMARCVerdict, author: DomainName) -> DMARCResult {
        DMARCResult(
            verdict: verdict, author: author, record: nil, recordDomain: nil, policy: nil, spf: nil, dkim: [])
    }
}
