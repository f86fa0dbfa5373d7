/// What a user can act on: what is wrong, where, why, and how to mend it.
///
/// The summary is the same for every diagnostic of a code; what varies stands in `label`, `notes` and `helps`.
package struct Diagnostic: Sendable, Equatable {
    package enum Severity: String, Sendable, CaseIterable {
        case error, warning, note
    }

    /// A stable code, three letters and three digits (`MAN003`), which `signet explain` describes.
    package struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(stringLiteral value: String) { self.rawValue = value }
        package var description: String { rawValue }
    }

    /// A second place that the reader needs to see, such as the first of two equal keys.
    package struct Related: Sendable, Equatable {
        package let span: SourceSpan
        package let label: String
        package init(span: SourceSpan, label: String) {
            self.span = span
            self.label = label
        }
    }

    package var code: Code
    package var severity: Severity
    package var summary: String
    /// The smallest place that is wrong; nil where there is no file (a bad option, an unreadable folder).
    package var span: SourceSpan?
    /// What to say under the marked text: `brings the total to 12`.
    package var label: String?
    package var related: [Related]
    /// Why: one sentence each, citing the rule where there is one.
    package var notes: [String]
    /// How to mend it: one sentence each.
    package var helps: [String]

    package init(
        _ code: Code, _ severity: Severity = .error, _ summary: String, at span: SourceSpan? = nil,
        label: String? = nil, related: [Related] = [], notes: [String] = [], helps: [String] = []
    ) {
        self.code = code
        self.severity = severity
        self.summary = summary
        self.span = span
        self.label = label
        self.related = related
        self.notes = notes
        self.helps = helps
    }
}

/// What `signet explain CODE` prints of one code.
package struct CatalogueEntry: Sendable, Equatable {
    package let code: Diagnostic.Code
    /// The constant summary that every diagnostic of this code carries.
    package let summary: String
    /// A few paragraphs: what it means, why it matters, how to mend it, with an example.
    package let explanation: String

    package init(_ code: Diagnostic.Code, _ summary: String, _ explanation: String) {
        self.code = code
        self.summary = summary
        self.explanation = explanation
    }
}
