import Audit
import Keys
import TestSupport
import Testing

/// docs/spec/audit-log.md §7, "In lines": what an auditor checks line by line.
@Suite("Bundle in lines")
struct BundleLinesTests {
    private static let size = 20
    private static let leaves: [Leaf] = {
        var encoder = LeafEncoder(random: LogSamples.random(seed: 5))
        return (0..<size).map { try! encoder.leaf(LogSamples.entry($0)) }
    }()

    /// Header, an entry for each index, and the last line.
    private func lines(_ indices: [Int], olderSize: Int64? = nil) throws -> [[UInt8]] {
        var edge = TreeEdge()
        for leaf in Self.leaves { edge.append(leaf.hash) }
        let tiles = Dictionary(uniqueKeysWithValues: edge.takeChangedTiles())
        var reader = TreeReader { (id) throws(AuditError) in try stored(tiles, id) }
        func note(_ size: Int64) throws -> String {
            try Checkpoint(origin: LogSamples.key.name, size: size, root: try reader.root(size: size))
                .signed(as: LogSamples.key, with: LogSamples.signer)
        }
        let consistency = try olderSize.map {
            AuditBundle.Consistency(
                checkpoint: try note($0), proof: try reader.consistencyProof(from: $0, to: Int64(Self.size)))
        }
        let header = AuditLines.header(
            key: LogSamples.key, checkpoint: try note(Int64(Self.size)), consistency: consistency)
        let entries = try indices.map { index in
            let leaf = Self.leaves[index]
            let record = try LogRecord(
                index: LogIndex(Int64(index)), leaf: leaf.octets,
                openings: Dictionary(uniqueKeysWithValues: leaf.openings.enumerated().map { ($0, $1) }))
            let proof =
                indices.count == Self.size
                ? nil : try reader.inclusionProof(index: Int64(index), size: Int64(Self.size))
            return AuditLines.line(AuditBundle.Entry(record, proof: proof, showsPersonal: true))
        }
        return [header] + entries + [AuditLines.end(count: Int64(indices.count))]
    }

    private func verify(
        _ lines: [[UInt8]], expected: VerifierKey? = LogSamples.key
    ) throws -> AuditLinesVerifier.Result {
        var verifier = try AuditLinesVerifier(header: lines[0], expected: expected)
        for line in lines.dropFirst() { try verifier.take(line) }
        return try verifier.finish()
    }

    @Test("the whole log, without a proof, and the checkpoint that it continues")
    func whole() throws {
        let result = try verify(try lines(Array(0..<Self.size), olderSize: 13))
        #expect(result.isWhole)
        #expect(result.entries == 20)
        #expect(result.openings == 20)
        #expect(result.continues?.size == 13)
        #expect(result.isKeyKnown)
    }

    @Test("some entries, each with its proof")
    func some() throws {
        let result = try verify(try lines([0, 7, 19]), expected: nil)
        #expect(!result.isWhole)
        #expect(result.entries == 3)
        #expect(!result.isKeyKnown)
    }

    @Test("none")
    func none() throws { #expect(try verify(try lines([])).entries == 0) }

    @Test("a header is told from other files")
    func header() throws {
        let lines = try lines([1])
        #expect(AuditLines.isHeader(lines[0]))
        #expect(!AuditLines.isHeader(lines[1]))
        #expect(!AuditLines.isHeader(Array("{\"format\":\"signet-audit-bundle/1\"}".utf8)))
    }

    @Test("another key than the expected one", arguments: [Array(0..<20), [3]])
    func foreignKey(_ indices: [Int]) throws {
        let other = try #require(VerifierKey(logKey: LogSamples.otherSigner.publicKey))
        #expect(throws: AuditError.self) { try verify(try lines(indices), expected: other) }
    }

    /// What somebody may do to the lines between header and end, and to the end.
    enum Attack: CaseIterable {
        case dropEnd, dropEntry, dropEntryAndCount, repeatEntry, swapEntries, addLine, changeLeaf, changeValue,
            addMember
    }

    @Test("whatever is done to it shows", arguments: Attack.allCases, [true, false])
    func attacks(_ attack: Attack, isWhole: Bool) throws {
        let indices = isWhole ? Array(0..<Self.size) : [2, 5, 9]
        var lines = try lines(indices)
        switch attack {
        case .dropEnd: lines.removeLast()
        case .dropEntry: lines.remove(at: 2)
        case .dropEntryAndCount:
            lines.remove(at: 2)
            lines[lines.count - 1] = AuditLines.end(count: Int64(indices.count - 1))
        case .repeatEntry: lines.insert(lines[2], at: 2)
        case .swapEntries: lines.swapAt(1, 2)
        case .addLine: lines.append(lines[1])
        case .changeLeaf: lines[2] = replacing(lines[2], "kind", "kimd")
        case .changeValue: lines[2] = replacing(lines[2], "person", "nosrep")
        case .addMember: lines[2] = Array("{\"x\":1,".utf8) + lines[2].dropFirst()
        }
        // Whoever leaves an entry with a proof out, and counts anew, only shows less.
        if attack == .dropEntryAndCount, !isWhole {
            #expect(try verify(lines).entries == 2)
        } else {
            #expect(throws: AuditError.self) { try verify(lines) }
        }
    }

    @Test("entries without proofs do not pass beside one that has its proof", arguments: [0, 1])
    func mixed(_ place: Int) throws {
        var lines = try lines([7])
        var encoder = LeafEncoder(random: LogSamples.random(seed: 6))
        let invented = try encoder.leaf(LogSamples.entry(0))
        let index = place == 0 ? Int64(0) : 8
        let record = try LogRecord(
            index: LogIndex(index), leaf: invented.octets,
            openings: Dictionary(uniqueKeysWithValues: invented.openings.enumerated().map { ($0, $1) }))
        lines.insert(
            AuditLines.line(AuditBundle.Entry(record, proof: nil, showsPersonal: true)), at: 1 + place)
        lines[lines.count - 1] = AuditLines.end(count: 2)
        #expect(throws: AuditError.self) { try verify(lines) }
    }

    private func replacing(_ line: [UInt8], _ old: String, _ new: String) -> [UInt8] {
        var text = String(decoding: line, as: UTF8.self)
        text.replaceSubrange(text.firstRange(of: old)!, with: new)
        return Array(text.utf8)
    }
}
