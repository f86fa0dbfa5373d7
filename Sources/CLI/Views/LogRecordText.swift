import Audit
import FoundationEssentials

/// An entry of the log, as people and machines read it.
enum LogRecordText {
    /// One line of who and what, then one of details.
    static func lines(_ record: LogRecord, _ style: Style) -> [String] {
        let content = record.content
        var line = "\(record.index)  \(content.timeText)  \(style.paint(content.kind.rawValue, .strong))"
        for (name, value) in [("domain", content.domain), ("agent", content.agent), ("message", content.message)] {
            if let value { line += "  \(name) \(style.safe(value))" }
        }
        guard !content.details.isEmpty else { return [line] }
        return [line, "    " + style.paint(details(record, style), .faint)]
    }

    static func details(_ record: LogRecord, _ style: Style) -> String {
        var number = 0
        return members(record.content.details, record, &number, style)
    }

    /// In the order of the leaf, so that commitments are met in theirs.
    private static func members(
        _ members: [String: CanonicalJSON], _ record: LogRecord, _ number: inout Int, _ style: Style
    ) -> String {
        var parts: [String] = []
        for name in sorted(members.keys) {
            parts.append("\(style.safe(name)): \(value(members[name]!, record, &number, style))")
        }
        return parts.joined(separator: ", ")
    }

    private static func value(
        _ value: CanonicalJSON, _ record: LogRecord, _ number: inout Int, _ style: Style
    ) -> String {
        switch value {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .text(let text): return style.safe(text)
        case .list(let values):
            var parts: [String] = []
            for element in values { parts.append(Self.value(element, record, &number, style)) }
            return "[\(parts.joined(separator: ", "))]"
        case .object(let members):
            guard members["$personal"] == nil else {
                defer { number += 1 }
                return record.openings[number].map { style.safe($0.value) } ?? "(erased)"
            }
            return "{\(Self.members(members, record, &number, style))}"
        }
    }

    static func json(_ record: LogRecord) -> JSONValue {
        var number = 0
        let content = record.content
        return [
            "index": .number(Int(record.index.rawValue)), "time": .string(content.timeText),
            "kind": .string(content.kind.rawValue), "domain": JSONValue(content.domain),
            "agent": JSONValue(content.agent),
            "message": JSONValue(content.message), "details": json(.object(content.details), record, &number),
        ]
    }

    private static func json(_ value: CanonicalJSON, _ record: LogRecord, _ number: inout Int) -> JSONValue {
        switch value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .number(Int(value))
        case .text(let text): return .string(text)
        case .list(let values):
            var elements: [JSONValue] = []
            for element in values { elements.append(json(element, record, &number)) }
            return .array(elements)
        case .object(let members):
            if case .text(let commitment)? = members["$personal"] {
                defer { number += 1 }
                return ["personal": JSONValue(record.openings[number]?.value), "commitment": .string(commitment)]
            }
            var object: [String: JSONValue] = [:]
            for name in sorted(members.keys) { object[name] = json(members[name]!, record, &number) }
            return .object(object)
        }
    }

    /// RFC 8785 §3.2.3.
    private static func sorted(_ names: some Collection<String>) -> [String] {
        names.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
    }

    static func markdown(_ records: [LogRecord]) -> String {
        MarkdownText.table(
            ["entry", "time", "kind", "domain", "agent", "message", "details"],
            records.map { record in
                let content = record.content
                return [
                    "\(record.index)", content.timeText, MarkdownText.code(content.kind.rawValue),
                    MarkdownText.code(content.domain ?? ""), MarkdownText.code(content.agent ?? ""),
                    MarkdownText.code(content.message ?? ""), MarkdownText.code(details(record, .plain)),
                ]
            })
    }
}
