package import Audit
package import Keys
import Reconcile
import Synchronization

/// The log in the state file, on a connection and a thread of its own.
///
/// Whoever appends while a commit is under way shares the next one, so many callers cost one wait for the disk. Several
/// processes may append to one file; each notices when what it saw before is no longer the beginning of what is there.
package actor SQLiteLog: AuditStore, ClosableState {
    /// Entries committed together; more callers' are left for the next commit.
    static let groupMax = 10_000
    /// Pages of cache, 32 MB: the newest pages of each index stay in memory at a million entries.
    private static let cacheKibibytes = 32_768
    /// Pages of write-ahead log, 64 MB, before SQLite copies them into the database.
    private static let checkpointPages = 16_384
    /// How often erasing tries to cut the write-ahead log while others read it, each time up to the busy limit.
    private static let cutAttemptsMax = 3

    private let path: String
    private let connection: SQLiteConnection
    private let writer: LogWriter
    private let random: @Sendable (Int) -> [UInt8]
    private let thread = StoreThread()
    private var signer: (Signer, VerifierKey)?

    private struct Request: Sendable {
        var entries: [(LogEntry, Leaf)]
        var answer: CheckedContinuation<Result<[LogIndex], AuditError>, Never>
    }
    private struct Line: Sendable {
        var requests: [Request] = []
        var isScheduled = false
    }
    /// Who waits for a commit. Standing in line takes no turn at the actor, which has the disk to wait for.
    private let line = Mutex(Line())

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens the file, makes it if it is not there, and checks the log's end against its head and signed checkpoint.
    ///
    /// - Parameters:
    ///   - signer: the log's key; nil leaves new entries to be covered by a later checkpoint.
    ///   - random: that many octets from the system's generator.
    package init(path: String, signer: Signer?, random: @escaping @Sendable (Int) -> [UInt8]) throws(AuditError) {
        self.path = path
        self.random = random
        connection = try LogFailure.wrapping(path) { () throws(StoreError) in
            try StateFile.prepare(path)
            let connection = try SQLiteConnection(path: path, .readWrite)
            _ = try Schema.inspect(connection)
            StateFile.tighten(path)
            try connection.startWriteAheadLog()
            try Schema.migrate(connection)
            try connection.execute(
                """
                PRAGMA cache_size = -\(Self.cacheKibibytes);
                PRAGMA wal_autocheckpoint = \(Self.checkpointPages)
                """)
            return connection
        }
        writer = LogWriter(connection)
        self.signer = nil
        let reader = LogReader(connection: connection)
        let head = try Self.transaction(connection, .deferred) { () throws(AuditError) in
            _ = try reader.edge()
            return try reader.head()
        }
        if let signer {
            guard let key = VerifierKey(logKey: signer.publicKey), head.key == nil || head.key == key else {
                throw AuditError(.noKey, "the key given for the log in \(path) is not the one that it was begun with")
            }
            self.signer = (signer, key)
        }
        OpenStates.add(self)
    }

    /// Appends what stands in line, and gives the file back. Whatever is asked afterwards fails.
    package func close() {
        while line.withLock({ !$0.requests.isEmpty }) { commitWaiting() }
        connection.close()
    }

    /// A transaction whose body fails with the log's errors.
    private static func transaction<Value>(
        _ connection: SQLiteConnection, _ kind: SQLiteConnection.TransactionKind,
        _ body: () throws(AuditError) -> Value
    ) throws(AuditError) -> Value {
        var failure: AuditError?
        do throws(StoreError) {
            return try connection.transaction(kind) { () throws(StoreError) in
                do throws(AuditError) { return try body() } catch {
                    failure = error
                    throw StoreError(.other, error.message)
                }
            }
        } catch {
            throw failure ?? LogFailure.error(error, path: connection.path)
        }
    }

    private func read<Value>(_ body: (LogReader) throws(AuditError) -> Value) throws(AuditError) -> Value {
        try Self.transaction(connection, .deferred) { () throws(AuditError) in
            try body(LogReader(connection: connection))
        }
    }

    private func write<Value>(_ body: () throws(AuditError) -> Value) throws(AuditError) -> Value {
        let known = writer.known
        do {
            return try Self.transaction(connection, .immediate, body)
        } catch {
            writer.forget(keeping: known)
            throw error
        }
    }

    // MARK: Appending

    package nonisolated func append(_ entries: [LogEntry]) async throws(AuditError) -> [LogIndex] {
        guard !entries.isEmpty else { return [] }
        // On the caller's thread: the log's own has the disk to wait for.
        var encoder = LeafEncoder(for: entries, random: random)
        var leaves: [(LogEntry, Leaf)] = []
        leaves.reserveCapacity(entries.count)
        for entry in entries { leaves.append((entry, try encoder.leaf(entry))) }
        let result = await withCheckedContinuation { answer in
            let isFirst = line.withLock { line in
                line.requests.append(Request(entries: leaves, answer: answer))
                defer { line.isScheduled = true }
                return !line.isScheduled
            }
            // Runs behind what the actor is at, and takes along all that have come by then.
            if isFirst { Task { await self.commitWaiting() } }
        }
        return try result.get()
    }

    private func commitWaiting() {
        let (group, isMoreWaiting) = line.withLock { line in
            var group: [Request] = []
            var count = 0
            for request in line.requests {
                guard group.isEmpty || count + request.entries.count <= Self.groupMax else { break }
                group.append(request)
                count += request.entries.count
            }
            line.requests.removeFirst(group.count)
            line.isScheduled = !line.requests.isEmpty
            return (group, line.isScheduled)
        }
        if isMoreWaiting { Task { self.commitWaiting() } }
        let result = Result { () throws(AuditError) in
            try write { () throws(AuditError) in
                try writer.append(group.flatMap(\.entries), signer: signer?.0, key: signer?.1)
            }
        }
        var start = 0
        for request in group {
            request.answer.resume(returning: result.map { Array($0[start..<start + request.entries.count]) })
            start += request.entries.count
        }
    }

    package func signedCheckpoint() throws(AuditError) -> String {
        guard let (signer, key) = signer else {
            throw AuditError(
                .noKey,
                "a checkpoint is to be signed, and the log's key is not at hand: name it in `settings: keyring:`")
        }
        return try write { () throws(AuditError) in try writer.sign(with: signer, key: key) }
    }

    // MARK: Erasing

    package func erase(_ request: ErasureRequest) throws(AuditError) -> Erasure {
        let erasure = try write { () throws(AuditError) in
            let (places, outbox) = try LogFailure.wrapping(path) { () throws(StoreError) in
                let places = try PersonalTable.places(connection, request.target)
                try PersonalTable.erase(connection, places)
                return (places, try FinishedMessages.erase(connection, request.target))
            }
            var encoder = LeafEncoder(random: random)
            var leaves: [(LogEntry, Leaf)] = []
            for entry in ErasureEntry.entries(places, outboxRows: outbox.rows, for: request) {
                leaves.append((entry, try encoder.leaf(entry)))
            }
            let entries = leaves.isEmpty ? [] : try writer.append(leaves, signer: signer?.0, key: signer?.1)
            return Erasure(
                places: places, entries: entries, outboxRows: outbox.rows, unfinished: outbox.unfinished.sorted())
        }
        try cutWriteAheadLog()
        return erasure
    }

    /// Older images of the erased pages stand in the write-ahead log until it is cut to nothing.
    private func cutWriteAheadLog() throws(AuditError) {
        for _ in 1...Self.cutAttemptsMax {
            let isBlocked = try LogFailure.wrapping(path) { () throws(StoreError) in
                // sqlite.org/pragma.html#pragma_wal_checkpoint: the first column is 1 if others were in the way.
                try connection.integer("PRAGMA wal_checkpoint(TRUNCATE)") != 0
            }
            if !isBlocked { return }
        }
        throw AuditError(
            .locked,
            "the values are erased in \(path), but its write-ahead log still holds older pages, because another process "
                + "is reading: end it, and erase once more")
    }

    // MARK: Reading

    package func head() throws(AuditError) -> LogHead {
        try read { (reader) throws(AuditError) in try reader.head() }
    }

    package func records(_ query: LogQuery) throws(AuditError) -> LogPage {
        try read { (reader) throws(AuditError) in try reader.records(query) }
    }

    package func records(
        _ query: LogQuery, from index: LogIndex, below size: Int64
    ) throws(AuditError) -> [LogRecord] {
        try read { (reader) throws(AuditError) in try reader.records(query, from: index, below: size) }
    }

    package func record(at index: LogIndex) throws(AuditError) -> LogRecord {
        try read { (reader) throws(AuditError) in try reader.record(at: index) }
    }

    package func inclusionProof(of index: LogIndex, size: Int64) throws(AuditError) -> [TreeHash] {
        try read { (reader) throws(AuditError) in try reader.inclusionProof(of: index, size: size) }
    }

    package func consistencyProof(from older: Int64, to newer: Int64) throws(AuditError) -> [TreeHash] {
        try read { (reader) throws(AuditError) in try reader.consistencyProof(from: older, to: newer) }
    }

    package func root(size: Int64) throws(AuditError) -> TreeHash {
        try read { (reader) throws(AuditError) in try reader.root(size: size) }
    }

    package func check(progress: @escaping @Sendable (Int64) -> Void) throws(AuditError) -> LogCheck {
        try read { (reader) throws(AuditError) in try reader.check(progress: progress) }
    }
}
