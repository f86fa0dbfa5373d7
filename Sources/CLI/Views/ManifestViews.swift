import Diagnostics
import Manifest
import Operations

/// The answer of `validate`.
struct ValidateView: View {
    var report: ValidateReport
    private var shown: DiagnosticReport { DiagnosticReport(report.diagnostics, files: report.files) }
    private var isValid: Bool { report.manifest != nil && !shown.hasErrors }

    /// The diagnostics themselves go to standard error.
    func human(_ style: Style) -> String {
        guard isValid, let manifest = report.manifest else { return "" }
        let counts = [
            String.counted(report.files.count, "file"), String.counted(manifest.domains.count, "domain"),
            String.counted(manifest.agents.count, "agent"),
        ]
        return style.paint("Valid: \(counts.joined(separator: ", "))", .good) + "\n"
    }

    func json() -> JSONValue {
        [
            "valid": .bool(isValid), "files": .array(report.files.map { .string($0.path) }),
            "domains": .number(report.manifest?.domains.count ?? 0),
            "agents": .number(report.manifest?.agents.count ?? 0),
            "diagnostics": DiagnosticText.json(shown), "omitted": .number(shown.omitted),
        ]
    }

    func markdown() -> String {
        "### Signet validate\n\n**\(isValid ? "The manifest is valid." : "The manifest has \(String.counted(shown.errorCount, "error")).")**\n"
            + (shown.diagnostics.isEmpty ? "" : "\n" + DiagnosticText.markdown(shown))
    }
}

/// The answer of `fmt`.
struct FormatView: View {
    var report: FormatReport
    var isCheck: Bool

    func human(_ style: Style) -> String {
        report.changed.map { style.safe($0) + "\n" }.joined()
    }

    func json() -> JSONValue {
        [
            "check": .bool(isCheck), "changed": .array(report.changed.map { .string($0) }),
            "diagnostics": DiagnosticText.json(DiagnosticReport(report.diagnostics, files: report.files)),
        ]
    }

    func markdown() -> String {
        let diagnostics = DiagnosticText.markdown(DiagnosticReport(report.diagnostics, files: report.files))
        let title = isCheck ? "Files that `signet fmt` would rewrite" : "Files that were rewritten"
        return "### \(title)\n\n"
            + (report.changed.isEmpty
                ? "None.\n" : MarkdownText.table(["file"], report.changed.map { [MarkdownText.code($0)] }))
            + (diagnostics.isEmpty ? "" : "\n" + diagnostics)
    }
}

/// The answer of `init`.
struct InitView: View {
    var report: InitReport
    var invocation = Invocation()

    func human(_ style: Style) -> String {
        var page = Page()
        for path in report.written { page.line("wrote \(style.safe(path))") }
        if !style.isQuiet { page.line("Next: \(style.safe(invocation.commandLine("plan")))") }
        return page.text
    }

    func json() -> JSONValue { ["written": .array(report.written.map { .string($0) })] }

    func markdown() -> String {
        MarkdownText.table(["written"], report.written.map { [MarkdownText.code($0)] })
    }
}

/// The answer of `explain`.
struct ExplainView: View {
    var entry: CatalogueEntry

    func human(_ style: Style) -> String {
        "\(style.paint(entry.code.rawValue, .strong)): \(entry.summary)\n\n\(entry.explanation)\n"
    }

    static func json(_ entry: CatalogueEntry) -> JSONValue {
        [
            "code": .string(entry.code.rawValue), "summary": .string(entry.summary),
            "explanation": .string(entry.explanation),
        ]
    }

    func json() -> JSONValue { Self.json(entry) }

    /// The explanations are our own, and written as Markdown.
    func markdown() -> String { "### \(entry.code.rawValue): \(entry.summary)\n\n\(entry.explanation)\n" }
}

/// The answer of `explain --list`.
struct CatalogueView: View {
    var entries: [CatalogueEntry]

    func human(_ style: Style) -> String {
        entries.map { "\(style.paint($0.code.rawValue, .strong))  \($0.summary)\n" }.joined()
    }

    func json() -> JSONValue { ["codes": .array(entries.map(ExplainView.json))] }

    func markdown() -> String {
        MarkdownText.table(
            ["code", "what"],
            entries.map { [MarkdownText.code($0.code.rawValue), MarkdownText.code($0.summary)] })
    }
}
