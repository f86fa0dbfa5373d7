import Audit
import FoundationEssentials

/// JSON whose members are not known beforehand: details of a log entry, messages of a protocol.
enum JSONTree: Codable, Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// What is no integer of 64 bits.
    case number(Double)
    case text(String)
    case list([JSONTree])
    case object([String: JSONTree])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let members = try? container.decode([String: JSONTree].self) {
            self = .object(members)
        } else if let values = try? container.decode([JSONTree].self) {
            self = .list(values)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if container.decodeNil() {
            self = .null
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no JSON value")
        }
    }

    /// As its own encoding reads.
    init(of value: some Encodable) throws {
        self = try JSONDecoder().decode(JSONTree.self, from: Self.encoder.encode(value))
    }

    /// Members in one order, so that the same value has the same octets.
    var octets: Data {
        guard let octets = try? Self.encoder.encode(self) else { preconditionFailure("a tree can be written as JSON") }
        return octets
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// nil: it is no object, or has no such member.
    subscript(_ name: String) -> JSONTree? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var text: String? {
        if case .text(let text) = self { text } else { nil }
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

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSONTree)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}
