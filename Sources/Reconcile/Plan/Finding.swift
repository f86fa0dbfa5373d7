package import DNS
package import Diagnostics

/// Something about a domain that a reader should know, and that is no change of its own: two SPF records, a server
/// that does not answer, a zone that was never delegated.
package struct Finding: Sendable, Equatable {
    package enum Severity: String, Sendable, CaseIterable, Codable {
        /// A receiver would not pass mail.
        case misaligned
        /// Published and correct, and not everywhere yet.
        case pending
        /// Could not be observed: taken as "do not send".
        case unknown
        case warning
        case note
    }

    package var domain: DomainName
    package var code: Diagnostic.Code
    package var severity: Severity
    /// The same for every finding of a code.
    package var summary: String
    /// What was asked of whom, and what answered.
    package var detail: String
    package var help: String?

    package init(
        domain: DomainName, code: Diagnostic.Code, severity: Severity, summary: String, detail: String,
        help: String? = nil
    ) {
        self.domain = domain
        self.code = code
        self.severity = severity
        self.summary = summary
        self.detail = detail
        self.help = help
    }
}
