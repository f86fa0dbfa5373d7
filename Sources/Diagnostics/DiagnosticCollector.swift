/// Takes diagnostics in as they are found, and stops keeping them when a broken input yields too many to read.
package struct DiagnosticCollector: Sendable {
    /// Ten times what a report shows: enough for sorting to find the first ones, little enough to hold.
    package static let keptMax = 1_000

    package private(set) var diagnostics: [Diagnostic] = []
    /// How many were found beyond `keptMax`.
    package private(set) var omitted = 0
    package private(set) var hasErrors = false

    package init() {}

    /// False once further diagnostics are only counted: a caller can then spare itself the search for a suggestion.
    package var keepsMore: Bool { diagnostics.count < Self.keptMax }

    package mutating func add(_ diagnostic: Diagnostic) {
        if diagnostic.severity == .error { hasErrors = true }
        if keepsMore {
            diagnostics.append(diagnostic)
        } else {
            omitted += 1
        }
    }

    /// Counts one without building it; only for when `keepsMore` is false.
    package mutating func countOmitted(_ severity: Diagnostic.Severity) {
        if severity == .error { hasErrors = true }
        omitted += 1
    }
}
