/// Checks a bundle in lines as they come: docs/spec/audit-log.md §7, "In lines".
package struct AuditLinesVerifier {
    /// What holds, once everything has been checked.
    package struct Result: Sendable, Equatable {
        package var checkpoint: Checkpoint
        package var entries: Int64
        package var openings: Int64
        /// Whether these are all entries of the log at the checkpoint.
        package var isWhole: Bool
        /// The older checkpoint that this log was shown to continue.
        package var continues: Checkpoint?
        /// Whether the key came from elsewhere, or is only what the file says of itself.
        package var isKeyKnown: Bool

        package init(
            checkpoint: Checkpoint, entries: Int64, openings: Int64, isWhole: Bool, continues: Checkpoint?,
            isKeyKnown: Bool
        ) {
            self.checkpoint = checkpoint
            self.entries = entries
            self.openings = openings
            self.isWhole = isWhole
            self.continues = continues
            self.isKeyKnown = isKeyKnown
        }
    }

    private let checkpoint: Checkpoint
    private let continues: Checkpoint?
    private let isKeyKnown: Bool
    private var whole = TreeEdge()
    private var previous: LogIndex?
    private var entries: Int64 = 0
    private var openings: Int64 = 0
    private var hasProofs = false
    private var isEnded = false

    /// - Parameter expected: the key that the auditor trusts; nil takes the file's own.
    package init(header line: [UInt8], expected: VerifierKey?) throws(AuditError) {
        var members = try BundleReader(try Self.value(line), "the header")
        guard try members.text("format") == AuditLines.format else {
            throw BundleReader.error("its format is not \(AuditLines.format)")
        }
        _ = try members.text("how_to_check")
        guard let key = VerifierKey(try members.text("key")) else {
            throw BundleReader.error("`key` is not a verifier key")
        }
        if let expected, expected != key {
            throw BundleVerifier.failure("its key is \(key), and not the one that is expected, \(expected)")
        }
        let checkpoint = try Checkpoint(note: Array(try members.text("checkpoint").utf8), key: key)
        self.checkpoint = checkpoint
        continues = try members.optional("consistency").map { (value) throws(AuditError) in
            try BundleVerifier.older(AuditBundle.Consistency(value), of: checkpoint, key: key)
        }
        try members.finish()
        isKeyKnown = expected != nil
    }

    /// An entry, or the last line.
    package mutating func take(_ line: [UInt8]) throws(AuditError) {
        guard !isEnded else { throw BundleReader.error("something follows its last line") }
        let value = try Self.value(line)
        if value.object?["entries"] != nil { return try end(value) }
        let entry = try AuditBundle.Entry(value, "entry \(entries)")
        if let previous, entry.index <= previous {
            throw BundleVerifier.failure("its entries are not in ascending order")
        }
        previous = entry.index
        let leaf = MerkleTree.leafHash(Array(entry.leaf.utf8))
        if let proof = entry.proof {
            // Entries without proofs hold by the root of them all, and here they are not all.
            guard hasProofs || entries == 0 else {
                throw BundleVerifier.failure("entry \(entry.index) has a proof, and those before it have none")
            }
            hasProofs = true
            guard
                ProofVerifier.isIncluded(
                    leaf, at: entry.index.rawValue, size: checkpoint.size, root: checkpoint.root, proof: proof)
            else { throw BundleVerifier.failure("entry \(entry.index) is not in the log that the checkpoint signs") }
        } else {
            guard !hasProofs, entry.index.rawValue == whole.size else {
                throw BundleVerifier.failure("entry \(entry.index) has no proof, and those before it are not all there")
            }
            whole.append(leaf)
            // The tiles are somebody else's to keep.
            _ = whole.takeChangedTiles()
        }
        openings += Int64(try BundleVerifier.record(entry).openings.count)
        entries += 1
    }

    private mutating func end(_ value: CanonicalJSON) throws(AuditError) {
        var members = try BundleReader(value, "the last line")
        let count = try members.integer("entries")
        try members.finish()
        guard count == entries else {
            throw BundleVerifier.failure("it has \(entries) entries, and says that it has \(count)")
        }
        isEnded = true
    }

    /// After the last line.
    package func finish() throws(AuditError) -> Result {
        guard isEnded else { throw BundleVerifier.failure("its last line is missing: it was cut") }
        let isWhole = !hasProofs && entries == checkpoint.size
        if !hasProofs, entries > 0 || isWhole {
            guard isWhole, whole.root == checkpoint.root else {
                throw BundleVerifier.failure(
                    "its entries do not have the root that the checkpoint signs: one was changed, replaced or left out")
            }
        }
        return Result(
            checkpoint: checkpoint, entries: entries, openings: openings, isWhole: isWhole, continues: continues,
            isKeyKnown: isKeyKnown)
    }

    private static func value(_ line: [UInt8]) throws(AuditError) -> CanonicalJSON {
        do { return try CanonicalJSONReader.any(line) } catch { throw BundleReader.error("\(error)") }
    }
}
