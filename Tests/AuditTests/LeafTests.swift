import Audit
import Foundation
import Keys
import TestSupport
import Testing

/// docs/spec/audit-log.md §1 and §2.
@Suite("Leaf")
struct LeafTests {
    private func leaf(_ entry: LogEntry) throws -> Leaf {
        var encoder = LeafEncoder { [UInt8](repeating: 7, count: $0) }
        return try encoder.leaf(entry)
    }

    @Test("the octets of an entry with everything in it")
    func octets() throws {
        let entry = LogEntry(
            .gateHeld, timeMilliseconds: 1_790_000_000_123, domain: "mail.example.test", agent: "writer",
            message: "01J", details: ["z": [1, "two", true], "subject": .personal("Hello"), "a": ["b": -3]])
        let made = try leaf(entry)
        let digest = SHA256.hash([2] + [UInt8](repeating: 7, count: 32) + Array("Hello".utf8))
        let expected =
            #"{"agent":"writer","details":{"a":{"b":-3},"subject":{"$personal":""# + digest.description
            + #""},"z":[1,"two",true]},"domain":"mail.example.test","kind":"gate.held","message":"01J","#
            + #""time":1790000000123,"v":1}"#
        #expect(String(decoding: made.octets, as: UTF8.self) == expected)
        #expect(made.hash == SHA256.hash([0] + Array(expected.utf8)))
        #expect(made.openings.map(\.value) == ["Hello"])

        let content = try LeafContent(leaf: made.octets)
        #expect(content.kind == .gateHeld)
        #expect(content.timeMilliseconds == 1_790_000_000_123)
        #expect(content.domain == "mail.example.test")
        #expect(content.agent == "writer")
        #expect(content.message == "01J")
        #expect(content.commitments == [Commitment(pointer: "/details/subject", digest: digest)])
    }

    @Test("the smallest entry")
    func smallest() throws {
        let made = try leaf(LogEntry(.agentRevoked, timeMilliseconds: -1))
        #expect(String(decoding: made.octets, as: UTF8.self) == #"{"kind":"agent.revoked","time":-1,"v":1}"#)
        #expect(made.openings.isEmpty)
    }

    @Test("no personal value stands in the leaf; each has a salt of its own, in the order of the leaf")
    func personal() throws {
        var encoder = LeafEncoder(random: LogSamples.random(seed: 1))
        let entry = LogEntry(
            .deliveryQueued, timeMilliseconds: 0,
            details: [
                "to": [.personal("ada@example.test"), .personal("ada@example.test")], "a/b~c": .personal("Grace"),
                "é": ["x": .personal("")],
            ])
        let made = try encoder.leaf(entry)
        let text = String(decoding: made.octets, as: UTF8.self)
        #expect(!text.contains("ada") && !text.contains("Grace"))
        #expect(Set(made.openings.map(\.salt)).count == 4)
        let content = try LeafContent(leaf: made.octets)
        #expect(
            content.commitments.map(\.pointer) == [
                "/details/a~1b~0c", "/details/to/0", "/details/to/1", "/details/é/x",
            ])
        #expect(content.commitments.map(\.digest) == made.openings.map(\.commitment))
        #expect(made.openings.map(\.value) == ["Grace", "ada@example.test", "ada@example.test", ""])
        // Over many entries too: the generator is asked for many salts at once.
        var salts: Set<[UInt8]> = []
        for _ in 0..<200 { for opening in try encoder.leaf(entry).openings { salts.insert(opening.salt) } }
        #expect(salts.count == 800)
    }

    @Test("what cannot be a leaf is refused")
    func refused() {
        var deep: LogValue = .personal("x")
        for _ in 0..<LogValue.depthMax { deep = [deep] }
        let long = String(repeating: "x", count: 256)
        let entries = [
            LogEntry(.gateHeld, timeMilliseconds: LogValue.integerMax + 1),
            LogEntry(.gateHeld, timeMilliseconds: 0, details: ["a": .integer(-LogValue.integerMax - 1)]),
            LogEntry(.gateHeld, timeMilliseconds: 0, details: ["$personal": "x"]),
            LogEntry(.gateHeld, timeMilliseconds: 0, details: ["a": ["$x": 1]]),
            LogEntry(.gateHeld, timeMilliseconds: 0, details: ["a": deep]),
            LogEntry(.gateHeld, timeMilliseconds: 0, domain: ""),
            LogEntry(.gateHeld, timeMilliseconds: 0, agent: long),
            LogEntry(.gateHeld, timeMilliseconds: 0, message: long),
            LogEntry(.gateHeld, timeMilliseconds: 0, details: ["a": .text(String(repeating: "x", count: 65_536))]),
        ]
        for entry in entries {
            let error = #expect(throws: AuditError.self) { try leaf(entry) }
            #expect(error?.code == .invalidEntry)
        }
    }

    @Test("the deepest and the longest that fit are read again")
    func bounds() throws {
        var deep: LogValue = .personal("x")
        for _ in 0..<LogValue.depthMax - 2 { deep = [deep] }
        let made = try leaf(LogEntry(.gateHeld, timeMilliseconds: 0, details: ["a": deep]))
        #expect(try LeafContent(leaf: made.octets).commitments.count == 1)
        let empty = try leaf(LogEntry(.gateHeld, timeMilliseconds: 0, details: ["a": ""])).octets.count
        let text = String(repeating: "x", count: Leaf.octetsMax - empty)
        let longest = try leaf(LogEntry(.gateHeld, timeMilliseconds: 0, details: ["a": .text(text)]))
        #expect(longest.octets.count == Leaf.octetsMax)
        #expect(throws: Never.self) { try LeafContent(leaf: longest.octets) }
    }

    private static let digest = "sha256:" + String(repeating: "0", count: 64)

    @Test(
        "what is no leaf is not read as one",
        arguments: [
            #"[]"#, #"{"kind":"gate.held","time":0}"#, #"{"kind":"gate.held","time":0,"v":2}"#,
            #"{"kind":"gate.held","v":1}"#, #"{"kind":"gate.opened","time":0,"v":1}"#, #"{"time":0,"v":1}"#,
            #"{"kind":"gate.held","time":"0","v":1}"#, #"{"kind":"gate.held","time":0,"v":1,"x":1}"#,
            #"{"agent":1,"kind":"gate.held","time":0,"v":1}"#, #"{"agent":"","kind":"gate.held","time":0,"v":1}"#,
            #"{"details":{},"kind":"gate.held","time":0,"v":1}"#, #"{"details":[],"kind":"gate.held","time":0,"v":1}"#,
            #"{"details":{"a":null},"kind":"gate.held","time":0,"v":1}"#,
            #"{"details":{"a":{"$personal":"x"}},"kind":"gate.held","time":0,"v":1}"#,
            #"{"details":{"a":{"$personal":""# + digest + #"","b":1}},"kind":"gate.held","time":0,"v":1}"#,
            #"{"details":{"a":{"$other":1}},"kind":"gate.held","time":0,"v":1}"#,
            #"{"kind":"gate.held", "time":0,"v":1}"#, #"{"time":0,"kind":"gate.held","v":1}"#,
        ])
    func notALeaf(_ text: String) {
        let error = #expect(throws: AuditError.self) { try LeafContent(leaf: Array(text.utf8)) }
        #expect(error?.code == .damaged)
    }

    @Test("every kind stands in the specification, and the specification knows no other")
    func kinds() throws {
        let document = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("docs/spec/audit-log.md"), encoding: .utf8)
        let section = document.components(separatedBy: "## 8. Kinds")[1]
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(rows == LogKind.allCases.map(\.rawValue))
    }
}
