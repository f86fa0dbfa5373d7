import Audit
import FoundationEssentials

/// JSON whose members are not known beforehand: details of a log entry, messages of a protocol.
enum JSONTree: Encodable, Equatable, Sendable {
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

    /// As its own encoding reads, whatever texts of others stand in it.
    init(of value: some Encodable) throws {
        self = try JSONTreeReader.read(JSONEncoder().encode(value), bounds: .own)
    }

    /// Members in one order, so that the same value has the same octets.
    var octets: [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(512)
        write(to: &octets)
        return octets
    }

    private func write(to octets: inout [UInt8]) {
        switch self {
        case .null: octets += "null".utf8
        case .bool(let value): octets += (value ? "true" : "false").utf8
        case .integer(let value): octets += String(value).utf8
        case .number(let value):
            precondition(value.isFinite, "JSON has no number that is none, and none beyond all bounds")
            octets += value.description.utf8
        case .text(let value): CanonicalJSON.write(value, to: &octets)
        case .list(let values):
            octets.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { octets.append(UInt8(ascii: ",")) }
                value.write(to: &octets)
            }
            octets.append(UInt8(ascii: "]"))
        case .object(let members):
            octets.append(UInt8(ascii: "{"))
            for (index, (name, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { octets.append(UInt8(ascii: ",")) }
                CanonicalJSON.write(name, to: &octets)
                octets.append(UInt8(ascii: ":"))
                value.write(to: &octets)
            }
            octets.append(UInt8(ascii: "}"))
        }
    }

    /// nil: it is no object, or has no such member.
    subscript(_ name: String) -> JSONTree? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    var members: [String: JSONTree]? {
        if case .object(let members) = self { members } else { nil }
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
