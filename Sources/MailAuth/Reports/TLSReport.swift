/// An SMTP TLS report (RFC 8460 §4): how one sender's connections to a domain's mail servers went.
///
/// Everything in it is a stranger's claim; texts are as they were sent, and may hold anything.
public struct TLSReport: Sendable, Equatable {
    /// What the sender found under one policy.
    public struct Policy: Sendable, Equatable {
        /// `sts`, `tlsa` or `no-policy-found`.
        public let type: String
        /// The policy's lines.
        public let strings: [String]
        public let domain: String
        public let mxHosts: [String]
        public let successfulSessions: Int
        public let failedSessions: Int
        public let failures: [Failure]
    }

    public struct Failure: Sendable, Equatable {
        /// Of RFC 8460 §4.3, such as `certificate-expired`.
        public let resultType: String
        public let sendingAddress: String?
        public let receivingHost: String?
        public let receivingHELO: String?
        public let receivingAddress: String?
        public let failedSessions: Int
        public let additionalInformation: String?
        public let reasonCode: String?
    }

    public let organization: String
    public let contact: String?
    public let reportID: String
    /// As they were sent (RFC 3339).
    public let begin: String
    public let end: String
    public let policies: [Policy]
}

extension TLSReport {
    /// - Parameter json: the document itself, no archive; `MailReport` takes those.
    public init(json: [UInt8]) throws(ReportError) {
        try self.init(try JSONReader.read(json))
    }

    init(_ value: JSONValue) throws(ReportError) {
        func text(_ value: JSONValue?, _ path: String) throws(ReportError) -> String {
            guard let value else { throw .missing(path) }
            guard let text = value.text else { throw .unreadable(path) }
            return text
        }
        let range = value["date-range"]
        guard let policies = value["policies"] else { throw .missing("policies") }
        organization = value["organization-name"]?.text ?? ""
        contact = value["contact-info"]?.text
        reportID = try text(value["report-id"], "report-id")
        begin = try text(range?["start-datetime"], "date-range/start-datetime")
        end = try text(range?["end-datetime"], "date-range/end-datetime")
        var read: [Policy] = []
        for policy in policies.elements { read.append(try Policy(policy)) }
        self.policies = read
    }
}

extension TLSReport.Policy {
    fileprivate init(_ value: JSONValue) throws(ReportError) {
        guard let policy = value["policy"] else { throw .missing("policies/policy") }
        guard let type = policy["policy-type"]?.text else { throw .missing("policies/policy/policy-type") }
        let summary = value["summary"]
        func count(_ name: String) throws(ReportError) -> Int {
            // Some generators leave out what is zero.
            guard let value = summary?[name] else { return 0 }
            guard let count = value.integer, count >= 0 else { throw .unreadable("policies/summary/\(name)") }
            return count
        }
        self.init(
            type: type, strings: policy["policy-string"]?.elements.compactMap(\.text) ?? [],
            domain: policy["policy-domain"]?.text ?? "",
            // RFC 8460 §4.4 has a string in its example and an array in its text.
            mxHosts: policy["mx-host"]?.elements.compactMap(\.text) ?? [],
            successfulSessions: try count("total-successful-session-count"),
            failedSessions: try count("total-failure-session-count"),
            failures: (value["failure-details"]?.elements ?? []).compactMap(TLSReport.Failure.init))
    }
}

extension TLSReport.Failure {
    fileprivate init?(_ value: JSONValue) {
        guard let resultType = value["result-type"]?.text else { return nil }
        self.init(
            resultType: resultType, sendingAddress: value["sending-mta-ip"]?.text,
            receivingHost: value["receiving-mx-hostname"]?.text, receivingHELO: value["receiving-mx-helo"]?.text,
            receivingAddress: value["receiving-ip"]?.text, failedSessions: value["failed-session-count"]?.integer ?? 0,
            additionalInformation: value["additional-information"]?.text,
            reasonCode: value["failure-reason-code"]?.text)
    }
}
