import DNS
import Operations

/// A manifest that can be piped into a file as it stands; what it leaves out is told in a comment.
struct ExportView: View {
    var report: ExportReport

    private var text: String { String(decoding: report.octets, as: UTF8.self) }

    func human(_ style: Style) -> String {
        guard !report.leftOut.isEmpty else { return text }
        let names = report.leftOut.map(\.description).joined(separator: ", ")
        return "# Left out, because the manifest declares it too or says of none who may send: \(names)\n" + text
    }

    func json() -> JSONValue {
        [
            "domains": .array(report.domains.map { .string($0.description) }),
            "left_out": .array(report.leftOut.map { .string($0.description) }), "manifest": .string(text),
        ]
    }

    func markdown() -> String { "### Domains declared through the API\n\n```yaml\n\(text)```\n" }
}

/// The same of what stands in DNS; what could not be declared stands in its comments.
struct ImportView: View {
    var report: ImportReport

    private var text: String { String(decoding: report.octets, as: UTF8.self) }

    func human(_ style: Style) -> String { text }

    func json() -> JSONValue {
        [
            "domains": .array(
                report.domains.map { domain in
                    ["name": .string(domain.name.description), "notes": .array(domain.notes.map { .string($0) })]
                }), "manifest": .string(text),
        ]
    }

    func markdown() -> String { "### Domains as they stand in DNS\n\n```yaml\n\(text)```\n" }
}
