package import FoundationEssentials

/// One thing that happened, as it is to be recorded. It becomes the tree's next leaf: docs/spec/audit-log.md.
///
/// Domain, agent and message are what the log can be asked by; they are not personal data and stand in the leaf as they
/// are. Whatever is about a person goes into `details` as `.personal`.
package struct LogEntry: Sendable, Equatable {
    package var kind: LogKind
    /// Milliseconds since 1970-01-01 00:00:00 UTC, without leap seconds.
    package var timeMilliseconds: Int64
    /// Canonical text: lower case, A-labels, no final dot.
    package var domain: String?
    package var agent: String?
    /// Signet's own id of the message, which every entry about it shares.
    package var message: String?
    package var details: [String: LogValue]

    package init(
        _ kind: LogKind, timeMilliseconds: Int64, domain: String? = nil, agent: String? = nil, message: String? = nil,
        details: [String: LogValue] = [:]
    ) {
        self.kind = kind
        self.timeMilliseconds = timeMilliseconds
        self.domain = domain
        self.agent = agent
        self.message = message
        self.details = details
    }

    /// The time is rounded down to a millisecond.
    package init(
        _ kind: LogKind, at time: Date, domain: String? = nil, agent: String? = nil, message: String? = nil,
        details: [String: LogValue] = [:]
    ) {
        self.init(
            kind, timeMilliseconds: Int64((time.timeIntervalSince1970 * 1000).rounded(.down)), domain: domain,
            agent: agent, message: message, details: details)
    }
}
