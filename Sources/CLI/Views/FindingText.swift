import DNS
import Diagnostics
import Reconcile

/// Findings in each of the three forms.
enum FindingText {
    static func ink(_ severity: Finding.Severity) -> Style.Ink {
        switch severity {
        case .misaligned: .bad
        case .pending, .unknown, .warning: .caution
        case .note: .strong
        }
    }

    static func lines(_ finding: Finding, _ style: Style) -> [String] {
        var lines = [
            style.paint("\(finding.severity.rawValue)[\(style.safe(finding.code.rawValue))]", ink(finding.severity))
                + ": \(style.safe(finding.summary))"
        ]
        // The detail tells what was asked of whom, one server after the other.
        lines += finding.detail.split(separator: "\n").map { "  " + style.safe(String($0)) }
        if let help = finding.help { lines.append("  help: \(style.safe(help))") }
        return lines
    }

    /// All of them, under a heading, by domain.
    static func write(_ findings: [Finding], to page: inout Page, _ style: Style) {
        guard !findings.isEmpty else { return }
        page.gap()
        page.line(style.paint("Findings", .strong))
        var domain: DomainName?
        for finding in findings {
            if finding.domain != domain {
                domain = finding.domain
                page.line()
                page.line(style.paint(finding.domain.description, .strong), indent: 2)
            }
            for line in lines(finding, style) { page.line(line, indent: 4) }
        }
    }

    static func json(_ finding: Finding) -> JSONValue {
        [
            "domain": .string(finding.domain.description), "code": .string(finding.code.rawValue),
            "severity": .string(finding.severity.rawValue), "summary": .string(finding.summary),
            "detail": .string(finding.detail), "help": JSONValue(finding.help),
        ]
    }

    static func markdown(_ findings: [Finding]) -> String {
        MarkdownText.table(
            ["finding", "domain", "what", "detail"],
            findings.map { finding in
                [
                    "**\(finding.severity.rawValue)** \(MarkdownText.code(finding.code.rawValue))",
                    MarkdownText.code(finding.domain.description), MarkdownText.code(finding.summary),
                    MarkdownText.code(finding.detail)
                        + (finding.help.map { "<br>help: \(MarkdownText.code($0))" } ?? ""),
                ]
            })
    }
}

/// Diagnostics of a manifest in the two forms that Diagnostics does not render itself.
enum DiagnosticText {
    static func json(_ report: DiagnosticReport) -> JSONValue {
        .array(
            report.records.map { record in
                [
                    "code": .string(record.code), "severity": .string(record.severity),
                    "summary": .string(record.summary), "path": JSONValue(record.path), "line": number(record.line),
                    "column": number(record.column), "end_line": number(record.endLine),
                    "end_column": number(record.endColumn), "label": JSONValue(record.label),
                    "related": .array(
                        record.related.map {
                            [
                                "path": .string($0.path), "line": .number($0.line), "column": .number($0.column),
                                "end_line": .number($0.endLine), "end_column": .number($0.endColumn),
                                "label": .string($0.label),
                            ]
                        }),
                    "notes": .array(record.notes.map { .string($0) }),
                    "helps": .array(record.helps.map { .string($0) }),
                ]
            })
    }

    static func markdown(_ report: DiagnosticReport) -> String {
        report.diagnostics.isEmpty
            ? ""
            : MarkdownText.fenced(
                report.text().split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init))
    }

    private static func number(_ value: Int?) -> JSONValue { value.map { .number($0) } ?? .null }
}
