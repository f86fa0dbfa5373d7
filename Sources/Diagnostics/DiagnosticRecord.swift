import FoundationEssentials

/// A diagnostic for machines: one flat object whose keys are always all there, null where they do not apply.
///
/// Lines and columns count from one, columns in Unicode scalars; the end is the first place after the marked text.
/// No source text is quoted.
package struct DiagnosticRecord: Sendable, Equatable, Codable {
    package struct Place: Sendable, Equatable, Codable {
        package var path: String
        package var line: Int
        package var column: Int
        package var endLine: Int
        package var endColumn: Int
        package var label: String
    }

    package var code: String
    package var severity: String
    package var summary: String
    package var path: String?
    package var line: Int?
    package var column: Int?
    package var endLine: Int?
    package var endColumn: Int?
    package var label: String?
    package var related: [Place]
    package var notes: [String]
    package var helps: [String]

    package init(_ diagnostic: Diagnostic, files: [SourceFile]) {
        code = diagnostic.code.rawValue
        severity = diagnostic.severity.rawValue
        summary = diagnostic.summary
        label = diagnostic.label
        notes = diagnostic.notes
        helps = diagnostic.helps
        related = diagnostic.related.map { related in
            let span = related.span
            return Place(
                path: Self.path(of: span, files), line: Int(span.startLine) + 1, column: Int(span.startColumn) + 1,
                endLine: Int(span.endLine) + 1, endColumn: Int(span.endColumn) + 1, label: related.label)
        }
        if let span = diagnostic.span {
            path = Self.path(of: span, files)
            line = Int(span.startLine) + 1
            column = Int(span.startColumn) + 1
            endLine = Int(span.endLine) + 1
            endColumn = Int(span.endColumn) + 1
        }
    }

    private static func path(of span: SourceSpan, _ files: [SourceFile]) -> String {
        Int(span.file) < files.count ? files[Int(span.file)].path : ""
    }

    private enum CodingKeys: String, CodingKey {
        case code, severity, summary, path, line, column, endLine, endColumn, label, related, notes, helps
    }

    /// The synthesised one would leave absent keys out.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(severity, forKey: .severity)
        try container.encode(summary, forKey: .summary)
        try container.encode(path, forKey: .path)
        try container.encode(line, forKey: .line)
        try container.encode(column, forKey: .column)
        try container.encode(endLine, forKey: .endLine)
        try container.encode(endColumn, forKey: .endColumn)
        try container.encode(label, forKey: .label)
        try container.encode(related, forKey: .related)
        try container.encode(notes, forKey: .notes)
        try container.encode(helps, forKey: .helps)
    }
}

extension DiagnosticReport {
    package var records: [DiagnosticRecord] { diagnostics.map { DiagnosticRecord($0, files: files) } }

    private struct Document: Encodable {
        var diagnostics: [DiagnosticRecord]
        var omitted: Int
    }

    /// `{"diagnostics": […], "omitted": 0}`, keys sorted, ending in a line end. The same report gives the same bytes.
    package func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        // Strings and integers only: encoding cannot fail.
        let data = (try? encoder.encode(Document(diagnostics: records, omitted: omitted))) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
