package import Audit
import Reconcile

/// The log for those who only look: nothing is created or changed, and a file that is not there reads as an empty log.
package actor ReadOnlySQLiteLog: AuditTrail {
    private let path: String
    private let file: ReadOnlyFile
    private let thread = StoreThread()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Fails if the file is there and is not Signet's.
    package init(path: String) throws(AuditError) {
        self.path = path
        file = try LogFailure.wrapping(path) { () throws(StoreError) in try ReadOnlyFile(path: path) }
    }

    /// Nil if there is nothing to read.
    private func read<Value>(_ body: (LogReader) throws(AuditError) -> Value) throws(AuditError) -> Value? {
        var failure: AuditError?
        do throws(StoreError) {
            return try file.read { (connection) throws(StoreError) in
                failure = nil
                do throws(AuditError) { return try body(LogReader(connection: connection)) } catch {
                    failure = error
                    throw StoreError(.other, error.message)
                }
            }
        } catch {
            throw failure ?? LogFailure.error(error, path: path)
        }
    }

    private var nothing: AuditError {
        AuditError(.notFound, "there is no log in \(path) yet: nothing has been recorded")
    }

    package func head() throws(AuditError) -> LogHead {
        try read { (reader) throws(AuditError) in try reader.head() }
            ?? LogHead(size: 0, root: MerkleTree.emptyRoot, checkpoint: nil, key: nil)
    }

    package func records(_ query: LogQuery) throws(AuditError) -> LogPage {
        try read { (reader) throws(AuditError) in try reader.records(query) }
            ?? LogPage(records: [], hasOlder: false)
    }

    package func records(
        _ query: LogQuery, from index: LogIndex, below size: Int64
    ) throws(AuditError) -> [LogRecord] {
        try read { (reader) throws(AuditError) in try reader.records(query, from: index, below: size) } ?? []
    }

    package func record(at index: LogIndex) throws(AuditError) -> LogRecord {
        guard let record = try read({ (reader) throws(AuditError) in try reader.record(at: index) }) else {
            throw nothing
        }
        return record
    }

    package func inclusionProof(of index: LogIndex, size: Int64) throws(AuditError) -> [TreeHash] {
        guard
            let proof = try read({ (reader) throws(AuditError) in try reader.inclusionProof(of: index, size: size) })
        else { throw nothing }
        return proof
    }

    package func consistencyProof(from older: Int64, to newer: Int64) throws(AuditError) -> [TreeHash] {
        guard
            let proof = try read({ (reader) throws(AuditError) in try reader.consistencyProof(from: older, to: newer) })
        else { throw nothing }
        return proof
    }

    package func root(size: Int64) throws(AuditError) -> TreeHash {
        guard let root = try read({ (reader) throws(AuditError) in try reader.root(size: size) }) else { throw nothing }
        return root
    }

    package func check(progress: @escaping @Sendable (Int64) -> Void) throws(AuditError) -> LogCheck {
        try read { (reader) throws(AuditError) in try reader.check(progress: progress) }
            ?? LogCheck(
                head: LogHead(size: 0, root: MerkleTree.emptyRoot, checkpoint: nil, key: nil), openings: 0, erased: 0,
                lost: [])
    }
}
