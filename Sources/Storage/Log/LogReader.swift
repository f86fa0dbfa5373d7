import Audit
import Keys
import Reconcile

/// Reads the log on one connection, inside one transaction of its caller's.
struct LogReader {
    let connection: SQLiteConnection

    private func wrapping<Value>(_ body: () throws(StoreError) -> Value) throws(AuditError) -> Value {
        try LogFailure.wrapping(connection.path, body)
    }

    private func tree() -> TreeReader {
        let connection = connection
        return TreeReader { (id) throws(AuditError) in try TileTable.tile(connection, id) }
    }

    func head() throws(AuditError) -> LogHead {
        try wrapping { () throws(StoreError) in
            let row = try HeadTable.read(connection)
            return LogHead(size: row.size, root: row.root, checkpoint: row.checkpoint, key: row.key)
        }
    }

    func record(at index: LogIndex) throws(AuditError) -> LogRecord {
        let (leaf, openings) = try wrapping { () throws(StoreError) in
            (try EntryTable.leaf(connection, index), try PersonalTable.openings(connection, of: index))
        }
        guard let leaf else {
            let size = try head().size
            throw AuditError(
                .notFound,
                "the log has no entry \(index): it has \(size) entries" + (size > 0 ? ", 0 to \(size - 1)" : ""))
        }
        return try LogRecord(index: index, leaf: leaf, openings: openings)
    }

    func records(_ query: LogQuery) throws(AuditError) -> LogPage {
        guard (1...LogQuery.limitMax).contains(query.limit) else {
            throw AuditError(.other, "a query's limit is 1 to \(LogQuery.limitMax), not \(query.limit)")
        }
        let found = try wrapping { () throws(StoreError) in try EntryTable.find(connection, query) }
        var records: [LogRecord] = []
        for index in found.suffix(query.limit) { records.append(try record(at: index)) }
        return LogPage(records: records, hasOlder: found.count > query.limit)
    }

    func records(
        _ query: LogQuery, from index: LogIndex, below size: Int64
    ) throws(AuditError) -> [LogRecord] {
        let found = try wrapping { () throws(StoreError) in
            try EntryTable.scan(connection, query, from: index, below: size)
        }
        var records: [LogRecord] = []
        records.reserveCapacity(found.count)
        for index in found { records.append(try record(at: index)) }
        return records
    }

    private func checkSize(_ size: Int64) throws(AuditError) {
        let now = try head().size
        guard size >= 0, size <= now else {
            throw AuditError(.notFound, "the log has \(now) entries: it has never had \(size)")
        }
    }

    func inclusionProof(of index: LogIndex, size: Int64) throws(AuditError) -> [TreeHash] {
        try checkSize(size)
        var tree = tree()
        return try tree.inclusionProof(index: index.rawValue, size: size)
    }

    func consistencyProof(from older: Int64, to newer: Int64) throws(AuditError) -> [TreeHash] {
        try checkSize(newer)
        var tree = tree()
        return try tree.consistencyProof(from: older, to: newer)
    }

    func root(size: Int64) throws(AuditError) -> TreeHash {
        try checkSize(size)
        var tree = tree()
        return try tree.root(size: size)
    }

    /// What can be seen at once, without reading the log again: docs/spec/audit-log.md §6.
    func edge() throws(AuditError) -> TreeEdge {
        let head = try head()
        let count = try wrapping { () throws(StoreError) in try EntryTable.count(connection) }
        guard count == head.size else {
            throw damaged("its head counts \(head.size) entries and \(count) are there: it was cut or damaged")
        }
        let edge = try TreeEdge(size: head.size) { (id) throws(AuditError) in try TileTable.tile(connection, id) }
        guard edge.root == head.root else { throw damaged("its tree does not have the root that its head names") }
        var tree = tree()
        if head.size > 0 {
            let last = LogIndex(head.size - 1)
            let leaf = try wrapping { () throws(StoreError) in try EntryTable.leaf(connection, last) }
            guard let leaf, MerkleTree.leafHash(leaf) == (try tree.leafHash(last.rawValue)) else {
                throw damaged("its last entry is not the one that its tree has")
            }
        }
        if let note = head.checkpoint {
            guard let key = head.key else { throw damaged("it has a signed checkpoint, and its key is gone") }
            let checkpoint = try Checkpoint(note: Array(note.utf8), key: key)
            guard checkpoint.size <= head.size, checkpoint.root == (try tree.root(size: checkpoint.size)) else {
                throw damaged(
                    "it does not continue its own signed checkpoint of \(checkpoint.size) entries: it was cut, or "
                        + "another history was put in its place")
            }
        }
        return edge
    }

    /// Reads everything again. `progress` hears how many entries are done, every now and then.
    func check(progress: (Int64) -> Void) throws(AuditError) -> LogCheck {
        _ = try edge()
        let head = try head()
        var whole = TreeEdge()
        var check = LogCheck(head: head, openings: 0, erased: 0, lost: [])
        var missing: Set<PersonalPlace> = []
        var named: Set<PersonalPlace> = []
        var tree = tree()
        while whole.size < head.size {
            let index = LogIndex(whole.size)
            let record: LogRecord
            do { record = try self.record(at: index) } catch {
                guard error.code == .notFound else { throw error }
                throw damaged("entry \(index) is missing")
            }
            let hash = MerkleTree.leafHash(record.leaf)
            guard hash == (try tree.leafHash(index.rawValue)) else {
                throw damaged("entry \(index) is not the one that the tree has: it was changed")
            }
            whole.append(hash)
            for (number, commitment) in record.content.commitments.enumerated() {
                guard let opening = record.openings[number] else {
                    missing.insert(PersonalPlace(index: index, number: number))
                    continue
                }
                guard opening.commitment == commitment.digest else {
                    throw damaged("the personal value at \(commitment.pointer) of entry \(index) was changed")
                }
                check.openings += 1
            }
            named.formUnion(ErasureEntry.places(record.content))
            if whole.size % Self.progressEvery == 0 {
                try checkTiles(of: &whole)
                progress(whole.size)
            }
        }
        guard whole.root == head.root else { throw damaged("its entries do not have the root that its head names") }
        try checkTiles(of: &whole)
        check.erased = Int64(missing.intersection(named).count)
        check.lost = missing.subtracting(named).sorted()
        return check
    }

    private static let progressEvery: Int64 = 10_000

    /// Proofs are made from stored tiles, so those have to be right too. Looked at now and then, so that they need not all be
    /// kept; one that is still growing has more in store, and is looked at again when it has grown.
    private func checkTiles(of whole: inout TreeEdge) throws(AuditError) {
        let isAll = try whole.size == head().size
        for (id, made) in whole.takeChangedTiles() {
            let stored = try TileTable.tile(connection, id)
            guard isAll ? stored == made : stored.octets.starts(with: made.octets) else {
                throw damaged("tile \(id.number) of level \(id.level) of its tree is not what its entries give")
            }
        }
    }

    private func damaged(_ reason: String) -> AuditError {
        AuditError(
            .damaged, "the log in \(connection.path) cannot be trusted: \(reason); \(StateFile.restoring)")
    }
}
