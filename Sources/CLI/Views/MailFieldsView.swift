import DNS
import MailAuth
import Operations

/// The fields that `mail sign` and `mail seal` made. The human answer is the message itself; this goes beside it.
struct MailFieldsView: View {
    var report: MailFieldsReport

    func human(_ style: Style) -> String {
        var page = Page()
        for signature in report.signatures {
            page.line(style.paint("signed by \(Self.text(signature))", .faint))
        }
        for note in report.notes { page.line(style.paint("warning", .caution) + ": \(style.safe(note))") }
        return page.text
    }

    private static func text(_ signature: MailFieldsReport.Signature) -> String {
        Style.plain.safe("d=\(signature.domain) s=\(signature.selector), \(signature.algorithm)")
    }

    /// In wire form; octets that are no UTF-8 occur only where the message's own results had them.
    private var fields: String { String(decoding: report.fields, as: UTF8.self) }

    func json() -> JSONValue {
        [
            "fields": .string(fields),
            "signatures": .array(
                report.signatures.map {
                    [
                        "domain": .string($0.domain.text), "selector": .string($0.selector),
                        "algorithm": .string($0.algorithm),
                    ]
                }),
            "notes": .array(report.notes.map { .string($0) }),
        ]
    }

    func markdown() -> String {
        let lines = fields.split(whereSeparator: { $0 == "\r\n" || $0 == "\n" }).map { Style.plain.safe(String($0)) }
        return "### Signet mail\n\n"
            + MarkdownText.table(
                ["signed by", "selector", "algorithm"],
                report.signatures.map {
                    [
                        MarkdownText.code($0.domain.text), MarkdownText.code($0.selector),
                        MarkdownText.code($0.algorithm),
                    ]
                }) + "\n" + MarkdownText.fenced(lines)
            + report.notes.map { "\nWarning: \(MarkdownText.code($0))\n" }.joined()
    }
}
