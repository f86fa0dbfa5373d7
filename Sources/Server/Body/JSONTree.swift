import Audit

/// Details of a log entry as JSON: their members are not known beforehand.
enum JSONTree: Encodable {
    case null
    case bool(Bool)
    case integer(Int64)
    case text(String)
    case list([JSONTree])
    case object([String: JSONTree])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }

    /// Commitments are opened where they can be: `{"personal": …, "commitment": …}`, null once erased.
    init(details record: LogRecord) {
        var number = 0
        self = Self.tree(.object(record.content.details), record, &number)
    }

    private static func tree(_ value: CanonicalJSON, _ record: LogRecord, _ number: inout Int) -> JSONTree {
        switch value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .text(let text): return .text(text)
        case .list(let values):
            var elements: [JSONTree] = []
            for value in values { elements.append(tree(value, record, &number)) }
            return .list(elements)
        case .object(let members):
            if case .text(let commitment)? = members["$personal"] {
                defer { number += 1 }
                let opened = record.openings[number].map { JSONTree.text($0.value) } ?? .null
                return .object(["personal": opened, "commitment": .text(commitment)])
            }
            var object: [String: JSONTree] = [:]
            // RFC 8785 §3.2.3: in the leaf's order, in which commitments are counted.
            for name in members.keys.sorted(by: { $0.utf16.lexicographicallyPrecedes($1.utf16) }) {
                object[name] = tree(members[name]!, record, &number)
            }
            return .object(object)
        }
    }
}
