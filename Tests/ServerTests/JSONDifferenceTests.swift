import Foundation
import TestSupport
import Testing

@testable import Server

/// Our reader of JSON beside Foundation's, on what is almost JSON.
@Suite struct JSONDifferenceTests {
    static let seeds = [
        #"{"to":["ada@x.example","Bob <bob@y.example>"],"subject":"Grüße \u00e9\ud83d\ude00","text":"a\r\nb\t\"c\"\\","dry_run":true}"#,
        #"{"jsonrpc":"2.0","id":-12,"method":"tools/call","params":{"arguments":{"a":[1,2.5,-3e2,0,1E+2,null,false,[]],"b":{}}}}"#,
        #" [ "\/\b\f" , 18446744073709551616 , 0.1 , 9007199254740993 , -0 , {"" : ""} ] "#,
    ]
    static let pieces: [String] = [
        "\"", "\\", "\\u", "\\ud800", "\\udc00", "\\u0000", "{", "}", "[", "]", ",", ":", "0", "-", "1", ".", "e", "E+",
        "true", "nul",
        "null", " ", "\n", "\u{1}", "é", "\u{FEFF}", "//", "NaN", "\"to\":1,", "\u{2028}",
    ]

    /// What Foundation reads, as a tree of ours; nil: it refuses.
    struct Reference: Decodable {
        var tree: JSONTree

        init(from decoder: any Decoder) throws {
            if let object = try? decoder.container(keyedBy: Name.self) {
                tree = .object(
                    try Dictionary(
                        uniqueKeysWithValues: object.allKeys.map {
                            ($0.stringValue, try object.decode(Reference.self, forKey: $0).tree)
                        }))
                return
            }
            if var list = try? decoder.unkeyedContainer() {
                var values: [JSONTree] = []
                while !list.isAtEnd { values.append(try list.decode(Reference.self).tree) }
                tree = .list(values)
                return
            }
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                tree = .null
            } else if let bool = try? value.decode(Bool.self) {
                tree = .bool(bool)
            } else if let integer = try? value.decode(Int64.self) {
                tree = .integer(integer)
            } else if let number = try? value.decode(Double.self) {
                tree = .number(number)
            } else {
                tree = .text(try value.decode(String.self))
            }
        }

        struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
    }

    /// Numbers as what they measure: which of them is an integer, each reader decides for itself.
    static func measured(_ tree: JSONTree) -> JSONTree {
        switch tree {
        case .integer(let value): .number(Double(value))
        case .list(let values): .list(values.map(measured))
        case .object(let members): .object(members.mapValues(measured))
        case .null, .bool, .number, .text: tree
        }
    }

    @Test(
        "what we read, Foundation reads as the same; what it reads and we do not, we have a reason for",
        arguments: 0..<20)
    func differences(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var read = 0
        for _ in 0..<1_000 {
            var octets = Array(Self.seeds.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0...octets.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0 where place < octets.count: octets.remove(at: place)
                case 1 where place < octets.count: octets[place] = .random(in: 0...255, using: &random)
                default: octets.insert(contentsOf: Self.pieces.randomElement(using: &random)!.utf8, at: place)
                }
            }
            let data = Data(octets)
            let reference = try? JSONDecoder().decode(Reference.self, from: data).tree
            do {
                let ours = try JSONTreeReader.read(data)
                read += 1
                #expect(
                    reference.map(Self.measured) == Self.measured(ours), "\(String(decoding: octets, as: UTF8.self))")
                // And what we write of it.
                let written = Data(ours.octets)
                let again = try? JSONDecoder().decode(Reference.self, from: written).tree
                #expect(again.map(Self.measured) == Self.measured(ours), "\(String(decoding: written, as: UTF8.self))")
            } catch JSONTreeFault.malformed {
                let text = String(decoding: octets, as: UTF8.self)
                // RFC 8259 §4 and §5 have no comma behind the last; Foundation overlooks one.
                let hasLastComma = text.contains(#/,[ \t\r\n]*[}\]]/#)
                #expect(reference == nil || hasLastComma, "\(text)")
            } catch {
                // A member twice, or beyond a bound: Foundation has neither rule.
            }
        }
        #expect(read > 200)
    }
}
