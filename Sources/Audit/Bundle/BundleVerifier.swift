/// Checks a bundle with nothing but itself, and a key if the auditor has one: docs/spec/audit-log.md §7, "To check it".
package enum BundleVerifier {
    /// What holds, once everything has been checked.
    package struct Result: Sendable, Equatable {
        package var checkpoint: Checkpoint
        package var records: [LogRecord]
        /// Whether these are all entries of the log at the checkpoint.
        package var isWhole: Bool
        /// The older checkpoint that this log was shown to continue.
        package var continues: Checkpoint?
        /// Whether the key came from elsewhere, or is only what the bundle says of itself.
        package var isKeyKnown: Bool
    }

    /// - Parameter expected: the key that the auditor trusts; nil takes the bundle's own.
    package static func verify(_ bundle: AuditBundle, expected: VerifierKey?) throws(AuditError) -> Result {
        if let expected, expected != bundle.key {
            throw failure("its key is \(bundle.key), and not the one that is expected, \(expected)")
        }
        let checkpoint = try Checkpoint(note: Array(bundle.checkpoint.utf8), key: bundle.key)
        var records: [LogRecord] = []
        var leaves: [TreeHash] = []
        var previous: LogIndex?
        for entry in bundle.entries {
            if let previous, entry.index <= previous { throw failure("its entries are not in ascending order") }
            previous = entry.index
            leaves.append(MerkleTree.leafHash(Array(entry.leaf.utf8)))
            records.append(try record(entry))
        }
        let isWhole = try inclusion(bundle.entries, leaves, checkpoint)
        let continues = try bundle.consistency.map { (consistency) throws(AuditError) in
            try older(consistency, of: checkpoint, key: bundle.key)
        }
        return Result(
            checkpoint: checkpoint, records: records, isWhole: isWhole, continues: continues,
            isKeyKnown: expected != nil)
    }

    /// The older checkpoint, shown to be the beginning of the newer one's log.
    static func older(
        _ consistency: AuditBundle.Consistency, of checkpoint: Checkpoint, key: VerifierKey
    ) throws(AuditError) -> Checkpoint {
        let older = try Checkpoint(note: Array(consistency.checkpoint.utf8), key: key)
        guard
            ProofVerifier.isConsistent(
                from: older.size, older.root, to: checkpoint.size, checkpoint.root, proof: consistency.proof)
        else { throw failure("the log of its checkpoint does not continue the older checkpoint") }
        return older
    }

    /// Whether the entries are the whole log; each is shown to be in it either way.
    private static func inclusion(
        _ entries: [AuditBundle.Entry], _ leaves: [TreeHash], _ checkpoint: Checkpoint
    ) throws(AuditError) -> Bool {
        let isWhole =
            Int64(entries.count) == checkpoint.size
            && entries.enumerated().allSatisfy { Int64($0) == $1.index.rawValue }
        if isWhole {
            guard MerkleTree.root(leaves) == checkpoint.root else {
                throw failure("its entries do not have the root that the checkpoint signs: one was changed or replaced")
            }
        }
        for (entry, leaf) in zip(entries, leaves) {
            guard let proof = entry.proof else {
                if isWhole { continue }
                throw failure("entry \(entry.index) has no proof, and the bundle does not hold the whole log")
            }
            guard
                ProofVerifier.isIncluded(
                    leaf, at: entry.index.rawValue, size: checkpoint.size, root: checkpoint.root, proof: proof)
            else { throw failure("entry \(entry.index) is not in the log that the checkpoint signs") }
        }
        return isWhole
    }

    static func record(_ entry: AuditBundle.Entry) throws(AuditError) -> LogRecord {
        let content = try LeafContent(leaf: Array(entry.leaf.utf8))
        let numbers = Dictionary(
            content.commitments.enumerated().map { ($1.pointer, $0) }, uniquingKeysWith: { first, _ in first })
        var openings: [Int: Opening] = [:]
        for opening in entry.openings {
            guard let number = numbers[opening.pointer] else {
                throw failure("entry \(entry.index) has no commitment at \(opening.pointer)")
            }
            guard opening.opening.commitment == content.commitments[number].digest else {
                throw failure(
                    "the personal value at \(opening.pointer) of entry \(entry.index) is not the one that was recorded")
            }
            guard openings.updateValue(opening.opening, forKey: number) == nil else {
                throw failure("entry \(entry.index) opens \(opening.pointer) twice")
            }
        }
        return try LogRecord(index: entry.index, leaf: Array(entry.leaf.utf8), openings: openings)
    }

    static func failure(_ reason: String) -> AuditError {
        AuditError(.damaged, "the bundle does not hold: \(reason)")
    }
}
