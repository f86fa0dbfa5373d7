/// Diagnostics made ready to be shown: in the order of their places, each once, and no more than can be read.
package struct DiagnosticReport: Sendable {
    /// More than this nobody reads; the rest is counted.
    package static let shownMax = 100

    package let diagnostics: [Diagnostic]
    /// How many more there are than `diagnostics` holds.
    package let omitted: Int
    /// Of all that were given, shown or not.
    package let errorCount: Int
    package let warningCount: Int
    package let files: [SourceFile]

    /// Errors are kept before warnings where not all can be shown. `omitted` counts those that the finder itself
    /// did not keep.
    package init(
        _ found: [Diagnostic], files: [SourceFile], omitted: Int = 0, shownMax: Int = DiagnosticReport.shownMax
    ) {
        let sorted = found.sorted(by: Self.precedes)
        var unique: [Diagnostic] = []
        unique.reserveCapacity(sorted.count)
        for diagnostic in sorted where !Self.repeats(diagnostic, in: unique) {
            unique.append(diagnostic)
        }
        errorCount = unique.count { $0.severity == .error }
        warningCount = unique.count { $0.severity == .warning }
        if unique.count > shownMax {
            let ranked = unique.enumerated().sorted {
                (Self.rank($0.element.severity), $0.offset) < (Self.rank($1.element.severity), $1.offset)
            }
            diagnostics = ranked.prefix(shownMax).sorted { $0.offset < $1.offset }.map(\.element)
        } else {
            diagnostics = unique
        }
        self.omitted = omitted + unique.count - diagnostics.count
        self.files = files
    }

    package var hasErrors: Bool { errorCount > 0 }

    /// Every diagnostic as text, a blank line between two, and a last line that counts; empty if there are none.
    package func text(colour: Bool = false) -> String {
        guard !diagnostics.isEmpty else { return "" }
        let renderer = TextRenderer(files: files, diagnostics: diagnostics, colour: colour)
        var blocks = diagnostics.map(renderer.render)
        if let counts { blocks.append(counts + "\n") }
        return blocks.joined(separator: "\n")
    }

    /// `2 errors, 1 warning; 40 more are not shown`. Nil where there is nothing to count.
    private var counts: String? {
        var parts: [String] = []
        if errorCount > 0 { parts.append(errorCount == 1 ? "1 error" : "\(errorCount) errors") }
        if warningCount > 0 { parts.append(warningCount == 1 ? "1 warning" : "\(warningCount) warnings") }
        if omitted > 0 {
            return (parts.isEmpty ? "" : parts.joined(separator: ", ") + "; ") + "\(omitted) more not shown"
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static func rank(_ severity: Diagnostic.Severity) -> Int {
        switch severity {
        case .error: 0
        case .warning: 1
        case .note: 2
        }
    }

    /// What has no place comes first; then by place, severity and code.
    private static func precedes(_ left: Diagnostic, _ right: Diagnostic) -> Bool {
        guard let leftSpan = left.span else {
            return right.span != nil || left.code.rawValue < right.code.rawValue
        }
        guard let rightSpan = right.span else { return false }
        let leftPlace = (leftSpan.file, leftSpan.startLine, leftSpan.startColumn, leftSpan.endLine, leftSpan.endColumn)
        let rightPlace = (
            rightSpan.file, rightSpan.startLine, rightSpan.startColumn, rightSpan.endLine, rightSpan.endColumn
        )
        if leftPlace != rightPlace { return leftPlace < rightPlace }
        return (rank(left.severity), left.code.rawValue, left.label ?? "")
            < (rank(right.severity), right.code.rawValue, right.label ?? "")
    }

    /// Equal ones are neighbours after sorting, but for those of one code and place with differing notes.
    private static func repeats(_ diagnostic: Diagnostic, in earlier: [Diagnostic]) -> Bool {
        for other in earlier.reversed() {
            if other == diagnostic { return true }
            guard other.span == diagnostic.span, other.code == diagnostic.code else { return false }
        }
        return false
    }
}
