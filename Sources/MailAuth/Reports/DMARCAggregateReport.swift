public import DNS

/// A DMARC aggregate report (RFC 9990, and RFC 7489's older form): what one receiver saw of a domain's mail.
///
/// Everything in it is a stranger's claim; texts are as they were sent, and may hold anything.
public struct DMARCAggregateReport: Sendable, Equatable {
    public struct Metadata: Sendable, Equatable {
        public let organization: String
        public let email: String?
        public let extraContact: String?
        public let reportID: String
        /// First and last second, since 1970.
        public let begin: Int64
        public let end: Int64
        public let errors: [String]
        /// The software.
        public let generator: String?
    }

    /// The record as the receiver saw it.
    public struct PublishedPolicy: Sendable, Equatable {
        public let domain: DomainName
        /// nil where the report has none, or one that is no policy.
        public let policy: DMARCRecord.Policy?
        public let subdomainPolicy: DMARCRecord.Policy?
        public let nonexistentPolicy: DMARCRecord.Policy?
        public let dkimAlignment: DMARCRecord.Alignment?
        public let spfAlignment: DMARCRecord.Alignment?
        public let isTesting: Bool
        /// `treewalk` or `psl`.
        public let discoveryMethod: String?
        public let failureOptions: String?
    }

    public struct Reason: Sendable, Equatable {
        /// In lower case, such as `mailing_list`.
        public let type: String
        public let comment: String?
    }

    /// One signature that the receiver looked at.
    public struct DKIMEvidence: Sendable, Equatable {
        public let domain: String
        public let selector: String?
        /// In lower case, in the words of RFC 8601 §2.7.1.
        public let result: String
        public let humanResult: String?
    }

    public struct SPFEvidence: Sendable, Equatable {
        public let domain: String
        /// `mfrom` or `helo`.
        public let scope: String?
        /// In lower case, in the words of RFC 8601 §2.7.2.
        public let result: String
        public let humanResult: String?
    }

    public struct Record: Sendable, Equatable {
        public let source: IPAddress
        /// How many messages.
        public let count: Int
        /// What was done: `none`, `quarantine`, `reject`, or RFC 9990's `pass`, in lower case.
        public let disposition: String
        /// Whether an aligned signature, or an aligned SPF domain, passed.
        public let isDKIMAligned: Bool
        public let isSPFAligned: Bool
        public let reasons: [Reason]
        /// As it was sent: a domain, as a rule.
        public let headerFrom: String
        public let envelopeFrom: String?
        public let envelopeTo: String?
        public let dkim: [DKIMEvidence]
        public let spf: [SPFEvidence]
    }

    public let version: String?
    public let metadata: Metadata
    public let policy: PublishedPolicy
    public let records: [Record]
    /// Records without a readable address, count or author, which are left out.
    public let unreadableRecords: Int
    /// The document ends before the report does: there were more records.
    public let isCutOff: Bool

    /// Ours: the largest reports in the wild have some 100,000.
    public static let recordsMax = 500_000
}
