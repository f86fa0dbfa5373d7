import Audit
import Keys
import Reconcile

/// The log's size, root and newest signed checkpoint: one row.
enum HeadTable {
    struct Row: Equatable {
        var size: Int64
        var root: TreeHash
        /// Of the key that has signed for this log; nil before the first signature.
        var key: VerifierKey?
        var checkpoint: String?
    }

    static func read(_ connection: SQLiteConnection) throws(StoreError) -> Row {
        let select = try connection.prepared("SELECT size, root, public_key, checkpoint FROM log_head WHERE id = 1")
        defer { select.reset() }
        guard try select.step(), let root = TreeHash(octets: select.octets(1)) else {
            throw StoreError(
                .unusable, "\(connection.path) has lost the head of its log: \(StateFile.restoring)")
        }
        var key: VerifierKey?
        if !select.isNull(2) {
            key = PublicKey(rawEd25519: select.octets(2)).flatMap { VerifierKey(logKey: $0) }
            guard key != nil else {
                throw StoreError(.unusable, "the public key of the log in \(connection.path) is not an Ed25519 key")
            }
        }
        return Row(
            size: select.integer(0), root: root, key: key, checkpoint: select.isNull(3) ? nil : select.text(3))
    }

    /// Without a checkpoint, the one that stands there stays, and its key with it.
    static func write(_ connection: SQLiteConnection, _ row: Row) throws(StoreError) {
        let update = try connection.prepared(
            """
            UPDATE log_head SET size = ?1, root = ?2, public_key = coalesce(?3, public_key),
                checkpoint = coalesce(?4, checkpoint)
            WHERE id = 1
            """)
        update.bind(1, row.size)
        update.bind(2, row.root.octets)
        update.bind(3, row.checkpoint == nil ? nil : row.key?.publicKey.raw)
        if let checkpoint = row.checkpoint { update.bind(4, checkpoint) } else { update.bind(4, nil as [UInt8]?) }
        try update.run()
    }
}
