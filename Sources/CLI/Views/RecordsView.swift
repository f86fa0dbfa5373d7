import DNS
import Keys
import Operations
import Reconcile

/// What to publish. The human form is a fragment of a zone file (RFC 1035 §5.1), whole values and all, so that it can be
/// pasted or piped as it stands.
struct RecordsView: View {
    var report: RecordsReport

    func human(_ style: Style) -> String {
        var page = Page()
        var domain: DomainName?
        for entry in report.entries {
            if entry.domain != domain {
                domain = entry.domain
                page.gap()
                page.line(style.paint("; \(entry.domain)", .strong))
            }
            page.line(style.paint("; \(style.safe(entry.reason))", .faint))
            for value in entry.recordSet.values {
                switch value {
                case .known(let data):
                    page.line(
                        "\(entry.key.name.presentation) \(entry.recordSet.timeToLiveSeconds) IN \(entry.key.type) \(data.presentation)"
                    )
                case .futureKey(let id, let algorithm, _):
                    page.line(
                        "; \(entry.key.name.presentation) IN \(entry.key.type) is known once its key (\(algorithm.rawValue)) "
                            + "exists: signet keys generate, or apply (\(style.safe(id.selector)))")
                }
            }
        }
        if !report.policyFiles.isEmpty {
            page.gap()
            for file in report.policyFiles {
                page.line("; wrote \(style.safe(file.path)), for https://\(file.host) to serve")
            }
        }
        return page.text
    }

    func json() -> JSONValue {
        [
            "records": .array(
                report.entries.map { entry in
                    [
                        "domain": .string(entry.domain.description), "name": .string(entry.key.name.description),
                        "type": .string(entry.key.type.description),
                        "ttl": .number(Int(entry.recordSet.timeToLiveSeconds)),
                        "reason": .string(entry.reason),
                        "records": .array(entry.recordSet.values.map(Self.json)),
                    ]
                }),
            "policy_files": .array(
                report.policyFiles.map { file in
                    [
                        "domain": .string(file.domain.description), "host": .string(file.host.description),
                        "path": .string(file.path),
                    ]
                }),
        ]
    }

    static func json(_ value: PlannedRecordSet.Value) -> JSONValue {
        switch value {
        case .known(let data): ["value": .string(data.presentation)]
        case .futureKey(let id, let algorithm, let testing):
            [
                "known_after_apply": [
                    "domain": .string(id.domain), "selector": .string(id.selector),
                    "purpose": .string(id.purpose.rawValue), "algorithm": .string(algorithm.rawValue),
                    "testing": .bool(testing),
                ]
            ]
        }
    }

    func markdown() -> String {
        "### Records to publish\n\n"
            + MarkdownText.table(
                ["name", "TTL", "type", "value", "why"],
                report.entries.flatMap { entry in
                    entry.recordSet.values.map { value in
                        let text =
                            if case .known(let data) = value { data.presentation } else { RecordText.full(value) }
                        return [
                            MarkdownText.code(entry.key.name.presentation), String(entry.recordSet.timeToLiveSeconds),
                            entry.key.type.description, MarkdownText.code(text), MarkdownText.code(entry.reason),
                        ]
                    }
                })
    }
}
