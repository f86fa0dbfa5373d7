/// What check_host says of a message's sender (RFC 7208 §2.6).
public enum SPFVerdict: Sendable, Hashable {
    /// No domain to check, or no SPF record.
    case none
    case neutral
    case pass
    /// With the domain's own explanation, if it has one.
    case fail(explanation: String?)
    case softfail
    /// A DNS query failed: trying again may help.
    case temperror(String)
    /// The domain's records are wrong: only their owner can help.
    case permerror(SPFPermanentError)

    /// The word of RFC 7208 and of Authentication-Results.
    public var name: String {
        switch self {
        case .none: "none"
        case .neutral: "neutral"
        case .pass: "pass"
        case .fail: "fail"
        case .softfail: "softfail"
        case .temperror: "temperror"
        case .permerror: "permerror"
        }
    }
}

/// Why a domain's records cannot be evaluated.
public enum SPFPermanentError: Error, Sendable, Hashable {
    case syntax(SPFSyntaxError, domain: String)
    /// RFC 7208 §4.5.
    case severalRecords(domain: String)
    /// RFC 7208 §4.6.4.
    case tooManyLookUps
    case tooManyVoidLookUps
    case tooManyMailExchangers(domain: String)
    /// RFC 7208 §5.2: what an `include` names has no record.
    case includeWithoutRecord(domain: String)
    /// RFC 7208 §6.1.
    case redirectWithoutRecord(domain: String)
}

extension SPFPermanentError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .syntax(let error, let domain): "the SPF record of \(domain) is malformed: \(error)"
        case .severalRecords(let domain): "\(domain) has more than one SPF record"
        case .tooManyLookUps: "more than \(SPFRecord.lookUpsMax) terms need DNS look-ups"
        case .tooManyVoidLookUps: "more than \(SPFRecord.voidLookUpsMax) look-ups found nothing"
        case .tooManyMailExchangers(let domain): "\(domain) has more than \(SPFVerifier.mailExchangersMax) MX records"
        case .includeWithoutRecord(let domain): "\(domain), which is included, has no SPF record"
        case .redirectWithoutRecord(let domain): "\(domain), which is redirected to, has no SPF record"
        }
    }
}

/// What happened at one term of an evaluation, in the order in which it happened.
public struct SPFStep: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        case directive(SPFTerm)
        case redirect(String)
    }

    public enum Outcome: Sendable, Hashable {
        case matched
        case notMatched
        /// `redirect` was followed.
        case followed
        case temperror
        case permerror
    }

    /// The domain whose record the term stands in.
    public let domain: String
    /// 0 in the record of the domain being checked, 1 in one that it includes, and so on.
    public let depth: Int
    public let part: Part
    public let outcome: Outcome
    /// Look-ups counted up to and with this term.
    public let lookUpCount: Int
}

/// An evaluation's verdict, and how it came to it.
public struct SPFResult: Sendable, Hashable {
    public let verdict: SPFVerdict
    /// The domain that was checked, as it was given.
    public let domain: String
    /// At most `SPFVerifier.stepsMax`.
    public let steps: [SPFStep]
    public let lookUpCount: Int
    public let voidLookUpCount: Int
}
