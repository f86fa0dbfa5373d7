import Audit
import Keys
import Reconcile

/// Appends on one connection: keeps the tree's edge between transactions, and notices when another process has appended.
final class LogWriter {
    private let connection: SQLiteConnection
    private let names = LogNames()
    private var edge: TreeEdge?

    init(_ connection: SQLiteConnection) { self.connection = connection }

    /// Call inside an immediate transaction, and `forget` if that fails.
    func append(
        _ entries: [(LogEntry, Leaf)], signer: Signer?, key: VerifierKey?
    ) throws(AuditError) -> [LogIndex] {
        var edge = try current()
        let first = edge.size
        try LogFailure.wrapping(connection.path) { () throws(StoreError) in
            let row = try EntryTable.insertion(connection)
            let opening = try PersonalTable.insertion(connection)
            for (entry, leaf) in entries {
                let index = LogIndex(edge.size)
                try EntryTable.insert(connection, row, entry, leaf, at: index, names: names)
                try PersonalTable.insert(opening, leaf.openings, of: index)
                edge.append(leaf.hash)
            }
            try TileTable.put(connection, edge.takeChangedTiles())
        }
        let root = edge.root
        var note: String?
        if let signer, let key {
            note = try Checkpoint(origin: key.name, size: edge.size, root: root).signed(as: key, with: signer)
        }
        try LogFailure.wrapping(connection.path) { () throws(StoreError) in
            try HeadTable.write(connection, HeadTable.Row(size: edge.size, root: root, key: key, checkpoint: note))
        }
        self.edge = edge
        return (first..<edge.size).map { LogIndex($0) }
    }

    /// Signs what is there. Call inside an immediate transaction.
    func sign(with signer: Signer, key: VerifierKey) throws(AuditError) -> String {
        let edge = try current()
        let head = try LogReader(connection: connection).head()
        if let note = head.checkpoint, try Checkpoint(note: Array(note.utf8), key: key).size == edge.size {
            return note
        }
        let note = try Checkpoint(origin: key.name, size: edge.size, root: edge.root).signed(as: key, with: signer)
        try LogFailure.wrapping(connection.path) { () throws(StoreError) in
            try HeadTable.write(
                connection, HeadTable.Row(size: edge.size, root: edge.root, key: key, checkpoint: note))
        }
        return note
    }

    /// After a transaction that failed: what it made is not there.
    func forget(keeping edge: TreeEdge?) {
        names.forget()
        self.edge = edge
    }

    /// The edge as this process knows it, to come back to.
    var known: TreeEdge? { edge }

    /// The edge of the log as it is now; checked whenever it is not the one that we left.
    private func current() throws(AuditError) -> TreeEdge {
        let head = try LogFailure.wrapping(connection.path) { () throws(StoreError) in try HeadTable.read(connection) }
        if let edge, edge.size == head.size, edge.root == head.root { return edge }
        let reader = LogReader(connection: connection)
        let now = try reader.edge()
        if let edge {
            guard edge.size <= now.size, try reader.root(size: edge.size) == edge.root else {
                throw AuditError(
                    .damaged,
                    "the log in \(connection.path) cannot be trusted: it no longer continues the \(edge.size) entries "
                        + "that this process has seen; \(StateFile.restoring)")
            }
        }
        edge = now
        return now
    }
}
