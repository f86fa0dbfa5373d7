import Audit
import Foundation
import Keys
import TestSupport
import Testing

/// docs/spec/audit-log.md §7: what an auditor checks with nothing but the file.
@Suite("Bundle")
struct BundleTests {
    private static let size = 20
    private static let leaves: [Leaf] = {
        var encoder = LeafEncoder(random: LogSamples.random(seed: 3))
        return (0..<size).map { try! encoder.leaf(LogSamples.entry($0)) }
    }()

    private func reader() -> TreeReader {
        var edge = TreeEdge()
        for leaf in Self.leaves { edge.append(leaf.hash) }
        let tiles = Dictionary(uniqueKeysWithValues: edge.takeChangedTiles())
        return TreeReader { (id) throws(AuditError) in try stored(tiles, id) }
    }

    /// - Parameter olderSize: of the checkpoint that the log is shown to continue.
    private func bundle(_ indices: [Int], olderSize: Int64? = nil, showsPersonal: Bool = true) throws -> AuditBundle {
        var reader = reader()
        func note(_ size: Int64) throws -> String {
            try Checkpoint(origin: LogSamples.key.name, size: size, root: try reader.root(size: size))
                .signed(as: LogSamples.key, with: LogSamples.signer)
        }
        let entries = try indices.map { index in
            let leaf = Self.leaves[index]
            let record = try LogRecord(
                index: LogIndex(Int64(index)), leaf: leaf.octets,
                openings: Dictionary(uniqueKeysWithValues: leaf.openings.enumerated().map { ($0, $1) }))
            let proof = try reader.inclusionProof(index: Int64(index), size: Int64(Self.size))
            return AuditBundle.Entry(
                record, proof: indices.count == Self.size ? nil : proof, showsPersonal: showsPersonal)
        }
        var consistency: AuditBundle.Consistency?
        if let olderSize {
            consistency = AuditBundle.Consistency(
                checkpoint: try note(olderSize),
                proof: try reader.consistencyProof(from: olderSize, to: Int64(Self.size)))
        }
        return AuditBundle(
            key: LogSamples.key, checkpoint: try note(Int64(Self.size)), entries: entries, consistency: consistency)
    }

    private func verify(_ bundle: AuditBundle) throws -> BundleVerifier.Result {
        // By way of its octets, as an auditor gets it.
        try BundleVerifier.verify(try AuditBundle(octets: bundle.octets), expected: LogSamples.key)
    }

    @Test("some entries, with their proofs and openings")
    func some() throws {
        let result = try verify(try bundle([0, 7, 19], olderSize: 13))
        #expect(result.checkpoint.size == 20)
        #expect(result.records.map(\.index.rawValue) == [0, 7, 19])
        #expect(result.records[1].openings[0]?.value == "person7@example.test")
        #expect(!result.isWhole)
        #expect(result.continues?.size == 13)
        #expect(result.isKeyKnown)
        #expect(try !BundleVerifier.verify(try bundle([1]), expected: nil).isKeyKnown)
    }

    @Test("the whole log needs no proofs")
    func whole() throws {
        let bundle = try bundle(Array(0..<Self.size))
        #expect(bundle.entries.allSatisfy { $0.proof == nil })
        #expect(try verify(bundle).isWhole)
        var cut = bundle
        cut.entries.removeLast()
        #expect(throws: AuditError.self) { try verify(cut) }
    }

    @Test("a bundle without personal values holds as well, and shows none")
    func withheld() throws {
        let bundle = try bundle([7], showsPersonal: false)
        #expect(try verify(bundle).records[0].openings.isEmpty)
        #expect(!String(decoding: bundle.octets, as: UTF8.self).contains("person7@"))
    }

    @Test("every octet of a bundle that is flipped is noticed, but for those of the instructions")
    func flipped() throws {
        let bundle = try bundle([4, 7], olderSize: 5)
        let octets = bundle.octets
        let expected = try BundleVerifier.verify(try AuditBundle(octets: octets), expected: LogSamples.key)
        let instructions = try #require(
            String(decoding: octets, as: UTF8.self).range(of: "\"how_to_check\":\"")?.upperBound)
        let start = String(decoding: octets, as: UTF8.self)[..<instructions].utf8.count
        let end = start + AuditBundle.howToCheck.utf8.count
        var noticed = 0
        for place in octets.indices where !(start..<end).contains(place) && place != octets.count - 1 {
            for bit in [0, 3, 5] {
                var changed = octets
                changed[place] ^= 1 << UInt8(bit)
                do {
                    let read = try AuditBundle(octets: changed)
                    let result = try BundleVerifier.verify(read, expected: LogSamples.key)
                    // Base64 and JSON have one text each here, so nothing may read the same.
                    Issue.record("octet \(place), bit \(bit) was not noticed: \(result == expected)")
                } catch { noticed += 1 }
            }
        }
        #expect(noticed > 3_000)
    }

    @Test("entries dropped, swapped, doubled, moved, or of another log")
    func forged() throws {
        let good = try bundle([3, 7, 12])
        var bad: [AuditBundle] = []
        func change(_ body: (inout AuditBundle) throws -> Void) rethrows {
            var changed = good
            try body(&changed)
            bad.append(changed)
        }
        change { $0.entries.swapAt(0, 1) }
        change { $0.entries.append($0.entries[2]) }
        change { $0.entries[0].index = LogIndex(4) }
        change { $0.entries[0].leaf = $0.entries[1].leaf }
        change { $0.entries[0].proof = $0.entries[1].proof }
        change { $0.entries[0].proof = nil }
        change { $0.entries[0].proof?.removeLast() }
        change { $0.entries[0].openings = $0.entries[1].openings }
        change { $0.entries[0].openings += $0.entries[0].openings }
        change {
            $0.entries[0].openings[0].opening = Opening(
                salt: $0.entries[0].openings[0].opening.salt, value: "someone.else@example.test")!
        }
        change { $0.entries[0].openings[0].pointer = "/details/number" }
        // Another key signs another history, and calls itself by its own name.
        try change {
            let key = VerifierKey(logKey: LogSamples.otherSigner.publicKey)!
            $0.key = key
            $0.checkpoint = try Checkpoint(origin: key.name, size: 20, root: Self.leaves[0].hash)
                .signed(as: key, with: LogSamples.otherSigner)
        }
        try change {
            $0.checkpoint = try Checkpoint(origin: $0.key.name, size: 20, root: Self.leaves[0].hash)
                .signed(as: $0.key, with: LogSamples.signer)
        }
        try change {
            $0.consistency = AuditBundle.Consistency(
                checkpoint: try Checkpoint(origin: $0.key.name, size: 9, root: Self.leaves[0].hash)
                    .signed(as: $0.key, with: LogSamples.signer), proof: [])
        }
        #expect(throws: Never.self) { try verify(good) }
        for (number, bundle) in bad.enumerated() {
            #expect(throws: AuditError.self, "forgery \(number)") { try verify(bundle) }
        }
    }

    @Test("only exactly this form is read")
    func form() throws {
        let text = String(decoding: try bundle([4], olderSize: 5).octets, as: UTF8.self)
        let changes = [
            ("bundle/1", "bundle/2"), ("\"format\"", "\"formats\""), ("\"at\"", "\"to\""),
            ("\"index\":4", "\"index\":\"4\""),
            ("\"index\":4", "\"index\":4,\"x\":1"), ("\"entries\":[", "\"entries\":[1,"),
            ("{\"checkpoint\"", "{\"a\":1,\"checkpoint\""),
            ("\"openings\":[", "\"openings\":[{},"), ("\"proof\":[", "\"proof\":[\"AAAA\","),
            ("\"salt\":\"", "\"salt\":\"AAAA"),
        ]
        for (old, new) in changes {
            #expect(text.contains(old))
            #expect(throws: AuditError.self, "\(new)") {
                try AuditBundle(octets: Array(text.replacing(old, with: new).utf8))
            }
        }
        for octets in [[], Array("{}".utf8), Array("[]".utf8), Array(text.utf8.dropLast(2))] {
            #expect(throws: AuditError.self) { try AuditBundle(octets: octets) }
        }
        // Layout is the reader's own affair.
        let spaced = text.replacing("{\"at\":", with: "{ \"at\" :\n")
        #expect(throws: Never.self) { try AuditBundle(octets: Array(spaced.utf8)) }
    }
}
