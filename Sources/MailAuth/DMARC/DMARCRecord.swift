/// A DMARC policy record as RFC 9989 defines it: no `pct`, `rf` or `ri`.
public struct DMARCRecord: Sendable, Equatable {
    public enum Policy: String, Sendable, CaseIterable, Comparable {
        case none, quarantine, reject

        /// By strictness.
        public static func < (left: Self, right: Self) -> Bool {
            allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
        }
    }

    public enum Alignment: String, Sendable, CaseIterable {
        case relaxed = "r"
        case strict = "s"
    }

    /// `p`: a record without one is read as RFC 9989 says, with `none`.
    public var policy: Policy
    /// `sp`; nil: as `p`.
    public var subdomainPolicy: Policy?
    /// `np`, for names that do not exist; nil: as `sp`, else `p`.
    public var nonexistentPolicy: Policy?
    public var spfAlignment: Alignment
    public var dkimAlignment: Alignment
    /// `rua`, `mailto:` URIs.
    public var aggregateReports: [String]
    /// `ruf`.
    public var failureReports: [String]
    /// `fo`, a subset of `0 1 d s`; empty: the default, `0`.
    public var failureOptions: [String]
    /// `t=y`.
    public var isTesting: Bool
    /// `psd`: `y`, `n`, or nil for `u`.
    public var publicSuffix: Bool?

    public init(
        policy: Policy, subdomainPolicy: Policy? = nil, nonexistentPolicy: Policy? = nil,
        spfAlignment: Alignment = .relaxed, dkimAlignment: Alignment = .relaxed, aggregateReports: [String] = [],
        failureReports: [String] = [], failureOptions: [String] = [], isTesting: Bool = false,
        publicSuffix: Bool? = nil
    ) {
        self.policy = policy
        self.subdomainPolicy = subdomainPolicy
        self.nonexistentPolicy = nonexistentPolicy
        self.spfAlignment = spfAlignment
        self.dkimAlignment = dkimAlignment
        self.aggregateReports = aggregateReports
        self.failureReports = failureReports
        self.failureOptions = failureOptions
        self.isTesting = isTesting
        self.publicSuffix = publicSuffix
    }
}
