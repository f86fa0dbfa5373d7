import CSQLite
import Glibc
import Reconcile
import Synchronization

/// One connection to one file: settings, prepared statements, transactions. Used by one thread at a time.
final class SQLiteConnection {
    enum Access {
        case readWrite
        /// Takes part in the file's locking, and may need its `-wal` and `-shm` files to be there.
        case readOnly
        /// Takes no lock and makes no file: right only while nobody writes.
        case immutable
    }

    /// How long a statement waits for another process's transaction. Ours last milliseconds; only a process that was
    /// stopped in the middle of one holds the file for longer.
    static let busyMilliseconds: Int32 = 5_000

    let path: String
    /// Nil once it is closed.
    private var handle: OpaquePointer?
    private let isWriter: Bool
    private var statements: [String: SQLiteStatement] = [:]
    private let turn: WriteTurn

    /// Opens a file that is there; nothing is created.
    convenience init(path: String, _ access: Access) throws(StoreError) {
        try self.init(
            path: path, location: Self.location(path, access), isWriter: access == .readWrite,
            access == .readWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY)
    }

    private init(path: String, location: String, isWriter: Bool, _ flags: Int32) throws(StoreError) {
        self.path = path
        self.isWriter = isWriter
        turn = WriteTurn.of(path)
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(location, &opened, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw SQLiteFailure.error(code, path: path)
        }
        handle = opened
        if isWriter { Self.openWriters.withLock { $0 += 1 } }
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, Self.busyMilliseconds)
        // What a damaged or foreign file says is data, never code. Recursive: REPLACE then asks the delete triggers.
        try execute(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; "
                + "PRAGMA recursive_triggers = ON")
        if isWriter {
            // A commit in WAL mode survives a power cut only with FULL (sqlite.org/pragma.html#pragma_synchronous). What is
            // deleted, by a step of the schema too, is overwritten.
            try execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
        }
    }

    deinit { close() }

    /// Gives the file back. Whoever closes it last, of all processes, leaves the database alone in its folder; where others
    /// have it open, what stands in its write-ahead log is copied into it as far as they are not in the way, and nobody
    /// waits. Every use after that fails.
    func close() {
        guard let open = handle else { return }
        statements.removeAll()
        if isWriter {
            // A failure loses nothing: it is all in the write-ahead log (sqlite.org/wal.html §2.2).
            sqlite3_busy_timeout(open, 0)
            sqlite3_exec(open, "PRAGMA wal_checkpoint(TRUNCATE)", nil, nil, nil)
        }
        sqlite3_close_v2(open)
        handle = nil
        if isWriter { Self.openWriters.withLock { $0 -= 1 } }
    }

    /// How many of this process may write and are not closed.
    static let openWriters = Mutex(0)

    /// A `file:` URI (sqlite.org/uri.html), so that a path's own `?` and `%` stay part of it.
    private static func location(_ path: String, _ access: Access) -> String {
        // An absolute path begins after an empty authority: its own second slash would begin one otherwise.
        var text = path.utf8.first == UInt8(ascii: "/") ? "file://" : "file:"
        for scalar in path.unicodeScalars {
            switch scalar {
            case "%": text += "%25"
            case "?": text += "%3f"
            case "#": text += "%23"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return access == .immutable ? text + "?immutable=1" : text
    }

    /// A copy that ends with its connection, for changes that the file is not to see. It lies in a file without a name,
    /// in SQLite's folder for temporary ones, as far as it does not fit into the cache.
    func temporaryCopy() throws(StoreError) -> SQLiteConnection {
        let copy = try SQLiteConnection(
            path: path, location: "", isWriter: false, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        // sqlite.org/c3ref/backup_finish.html: all pages in one step, as this connection's transaction sees them.
        guard let backup = sqlite3_backup_init(copy.handle, "main", handle, "main") else {
            throw copy.failure(sqlite3_extended_errcode(copy.handle))
        }
        let code = sqlite3_backup_step(backup, -1)
        sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE else { throw failure(code) }
        return copy
    }

    /// How often the change into WAL mode is tried: SQLite does not wait when two processes make it at once
    /// (sqlite.org/wal.html §2.1, "busy").
    private static let modeAttemptsMax = 100
    private static let modePauseMicroseconds: UInt32 = 20_000

    /// Readers then never wait for a writer, nor a writer for readers. The mode stays with the file.
    func startWriteAheadLog() throws(StoreError) {
        for attempt in 1... {
            do throws(StoreError) {
                let statement = try prepared("PRAGMA journal_mode = WAL")
                defer { statement.reset() }
                guard try statement.step(), statement.text(0) == "wal" else {
                    throw StoreError(
                        .unavailable,
                        "the file system of \(path) does not support SQLite's write-ahead log: "
                            + "give a path on a local disk in `settings: state:`")
                }
                return
            } catch {
                guard error.code == .busy, attempt < Self.modeAttemptsMax else { throw error }
                usleep(Self.modePauseMicroseconds)
            }
        }
    }

    // MARK: Statements

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(StoreError) {
        guard handle != nil else { throw closed }
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Compiled once for each text; reset and without bindings.
    func prepared(_ sql: String) throws(StoreError) -> SQLiteStatement {
        if let statement = statements[sql] {
            statement.reset()
            return statement
        }
        let statement = try compiled(sql, UInt32(SQLITE_PREPARE_PERSISTENT))
        statements[sql] = statement
        return statement
    }

    /// Whether a statement stands on a row, and so holds what it sees of the file.
    var isReading: Bool { statements.values.contains(where: \.isOnRow) }

    /// Compiled for this once: for texts of which there are too many to keep.
    func compiled(_ sql: String) throws(StoreError) -> SQLiteStatement { try compiled(sql, 0) }

    private func compiled(_ sql: String, _ flags: UInt32) throws(StoreError) -> SQLiteStatement {
        guard handle != nil else { throw closed }
        var compiled: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, flags, &compiled, nil)
        guard code == SQLITE_OK, let compiled else { throw failure(code) }
        return SQLiteStatement(compiled, path: path)
    }

    /// The one number that a statement returns.
    func integer(_ sql: String) throws(StoreError) -> Int64 {
        let statement = try prepared(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    /// How many rows the last statement changed.
    var changedRows: Int { Int(sqlite3_changes(handle)) }

    // MARK: Transactions

    enum TransactionKind: String {
        /// A consistent view for reading.
        case deferred = "BEGIN"
        /// Takes the write lock at once, so that what is read inside cannot have changed when it is written
        /// (sqlite.org/lang_transaction.html §2.2).
        case immediate = "BEGIN IMMEDIATE"
    }

    /// Runs the body as one transaction: all of it durable, or nothing of it happened.
    func transaction<Value>(
        _ kind: TransactionKind, _ body: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        // Whoever only reads waits for nobody.
        if kind == .immediate { turn.take() }
        defer { if kind == .immediate { turn.give() } }
        try prepared(kind.rawValue).run()
        do throws(StoreError) {
            let value = try body()
            resetStatements()
            try prepared("COMMIT").run()
            return value
        } catch {
            resetStatements()
            // Some failures have rolled back already.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// A statement that stands on a row would keep the transaction open.
    private func resetStatements() {
        for statement in statements.values where statement.isOnRow { statement.reset() }
    }

    private var closed: StoreError {
        StoreError(.unavailable, "the state file \(path) has been closed, because this process ends")
    }

    private func failure(_ code: Int32) -> StoreError { SQLiteFailure.error(code, path: path) }
}
