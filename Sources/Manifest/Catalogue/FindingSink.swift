import Diagnostics

/// Where the loader's parts put what they find: a code brings its summary and severity along, so that both stay
/// constant.
struct FindingSink {
    private(set) var collector = DiagnosticCollector()

    /// False once findings are only counted.
    var keepsMore: Bool { collector.keepsMore }

    mutating func report(
        _ code: ManifestCode, at span: SourceSpan?, label: String? = nil,
        related: [Diagnostic.Related] = [], notes: [String] = [],
        helps: [String] = []
    ) {
        guard collector.keepsMore else {
            collector.countOmitted(code.severity)
            return
        }
        collector.add(
            Diagnostic(
                Diagnostic.Code(rawValue: code.rawValue), code.severity, code.summary, at: span, label: label,
                related: related, notes: notes, helps: helps))
    }
}
