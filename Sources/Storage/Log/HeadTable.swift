import Audit
import Keys
import Reconcile

/// The log's size, root and newest signed checkpoint: one row.
enum HeadTable {
    struct Row: Equatable {
        var size: Int64
        var root: TreeHash
        var checkpoint: String?
    }

    static func read(_ connection: SQLiteConnection) throws(StoreError) -> Row {
        let select = try connection.prepared("SELECT size, root, checkpoint FROM log_head WHERE id = 1")
        defer { select.reset() }
        guard try select.step(), let root = TreeHash(octets: select.octets(1)) else {
            throw StoreError(
                .unusable, "\(connection.path) has lost the head of its log: restore the state file from a backup")
        }
        return Row(
            size: select.integer(0), root: root, checkpoint: select.isNull(2) ? nil : select.text(2))
    }

    static func write(_ connection: SQLiteConnection, _ row: Row) throws(StoreError) {
        let update = try connection.prepared(
            "UPDATE log_head SET size = ?1, root = ?2, checkpoint = coalesce(?3, checkpoint) WHERE id = 1")
        update.bind(1, row.size)
        update.bind(2, row.root.octets)
        if let checkpoint = row.checkpoint { update.bind(3, checkpoint) } else { update.bind(3, nil as [UInt8]?) }
        try update.run()
    }

    /// The log's public key; nil until it has been made.
    static func key(_ connection: SQLiteConnection) throws(StoreError) -> VerifierKey? {
        guard
            let record = try KeyTable.keys(connection, domains: [LogKey.id.domain]).first(where: { $0.id == LogKey.id })
        else { return nil }
        guard let publicKey = PublicKey(subjectPublicKeyInfo: record.publicKey),
            let key = VerifierKey(logKey: publicKey)
        else { throw StoreError(.unusable, "the public key of the log in \(connection.path) is not an Ed25519 key") }
        return key
    }
}
