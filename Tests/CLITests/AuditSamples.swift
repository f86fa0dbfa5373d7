import Audit
import Keys
import Operations
import TestSupport

@testable import CLI

/// Answers of `signet audit`, over three entries: one with all that it can have and hostile text, one erased, one bare.
extension Samples {
    private static let leaves: [Leaf] = {
        var encoder = LeafEncoder { [UInt8](repeating: 5, count: $0) }
        let entries = [
            LogEntry(
                .gateRefused, timeMilliseconds: 1_795_492_800_123, domain: "mail.example.test", agent: "writer",
                message: hostile,
                details: [
                    "summary": .personal(hostile), "findings": ["blocked", .text(hostile)], "size": 3,
                    "proof": ["path": .personal("ada@example.test"), "check": true],
                ]),
            LogEntry(
                .deliverySent, timeMilliseconds: 1_795_492_801_000, message: "m-1",
                details: ["places": [.personal("grace@example.test")]]),
            LogEntry(.agentRevoked, timeMilliseconds: 1_795_492_802_000, agent: "writer"),
        ]
        return entries.map { try! encoder.leaf($0) }
    }()

    private static let logRecords: [LogRecord] = leaves.enumerated().map { number, leaf in
        let openings = Dictionary(uniqueKeysWithValues: leaf.openings.enumerated().map { ($0, $1) })
        return try! LogRecord(index: LogIndex(Int64(number)), leaf: leaf.octets, openings: number == 1 ? [:] : openings)
    }

    private static let checkpoint = Checkpoint(
        origin: LogSamples.key.name, size: 3, root: MerkleTree.root(leaves.map(\.hash)))
    private static let note = try! checkpoint.signed(as: LogSamples.key, with: LogSamples.signer)
    private static let head = LogHead(size: 3, root: checkpoint.root, checkpoint: note, key: LogSamples.key)
    private static let older = Checkpoint(origin: LogSamples.key.name, size: 1, root: leaves[0].hash)

    static let auditViews: [(name: String, command: String, view: any View)] = [
        ("audit-query", "audit query", AuditQueryView(page: LogPage(records: logRecords, hasOlder: true))),
        ("audit-query-none", "audit query", AuditQueryView(page: LogPage(records: [], hasOlder: false))),
        (
            "audit-verify", "audit verify",
            AuditCheckView(
                report: AuditCheckReport(
                    check: LogCheck(head: head, openings: 2, erased: 1, lost: []), continues: older))
        ),
        (
            "audit-verify-lost", "audit verify",
            AuditCheckView(
                report: AuditCheckReport(
                    check: LogCheck(
                        head: LogHead(size: 3, root: checkpoint.root, checkpoint: nil, key: nil), openings: 2,
                        erased: 0,
                        lost: [PersonalPlace(index: LogIndex(1), number: 0)])))
        ),
        ("audit-verify-bundle", "audit verify", AuditBundleView(result: bundle(Array(logRecords.prefix(2)), key: nil))),
        ("audit-verify-whole", "audit verify", AuditBundleView(result: bundle(logRecords, key: LogSamples.key))),
        (
            "audit-verify-lines", "audit verify",
            AuditLinesView(
                result: AuditLinesVerifier.Result(
                    checkpoint: checkpoint, entries: 3, openings: 2, isWhole: true, continues: older, isKeyKnown: false)
            )
        ),
        (
            "audit-prove", "audit prove",
            AuditProofView(
                proof: AuditProof(
                    record: logRecords[2], checkpoint: checkpoint, note: note, key: LogSamples.key,
                    hashes: [MerkleTree.nodeHash(leaves[0].hash, leaves[1].hash)]))
        ),
        (
            "audit-export", "audit export",
            AuditExportView(
                report: AuditExportReport(
                    path: "bundle.json", entries: 3, hasOlder: true, checkpoint: checkpoint, key: LogSamples.key))
        ),
        (
            "audit-erase", "audit erase",
            AuditErasureView(
                erasure: Erasure(places: [PersonalPlace(index: LogIndex(1), number: 0)], entries: [LogIndex(3)]))
        ),
        (
            "audit-erase-unfinished", "audit erase",
            AuditErasureView(
                erasure: Erasure(places: [], entries: [], unfinished: (1...22).map { "msg_\($0)" }))
        ),
        ("audit-erase-none", "audit erase", AuditErasureView(erasure: Erasure(places: [], entries: []))),
    ]

    private static func bundle(_ records: [LogRecord], key: VerifierKey?) -> BundleVerifier.Result {
        var edge = TreeEdge()
        for leaf in leaves { edge.append(leaf.hash) }
        let tile = edge.takeChangedTiles()[0].1
        var reader = TreeReader { (_) throws(AuditError) in tile }
        let entries = records.map { record in
            AuditBundle.Entry(
                record, proof: try! reader.inclusionProof(index: record.index.rawValue, size: 3), showsPersonal: true)
        }
        let older = try! older.signed(as: LogSamples.key, with: LogSamples.signer)
        return try! BundleVerifier.verify(
            AuditBundle(
                key: LogSamples.key, checkpoint: note, entries: entries,
                consistency: key == nil
                    ? nil
                    : AuditBundle.Consistency(
                        checkpoint: older, proof: try! reader.consistencyProof(from: 1, to: 3))),
            expected: key)
    }
}
