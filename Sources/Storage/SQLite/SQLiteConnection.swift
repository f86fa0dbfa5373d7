import CSQLite
import Glibc
import Reconcile

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
    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
    private let turn: WriteTurn

    /// Opens a file that is there; nothing is created.
    init(path: String, _ access: Access) throws(StoreError) {
        self.path = path
        turn = WriteTurn.of(path)
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
        flags |= access == .readWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(Self.location(path, access), &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw SQLiteFailure.error(code, path: path)
        }
        handle = opened
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, Self.busyMilliseconds)
        // What a damaged or foreign file says is data, never code. Recursive: REPLACE then asks the delete triggers.
        try execute(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; "
                + "PRAGMA recursive_triggers = ON")
        if access == .readWrite {
            // A commit in WAL mode survives a power cut only with FULL (sqlite.org/pragma.html#pragma_synchronous).
            try execute("PRAGMA synchronous = FULL")
        }
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    /// A `file:` URI (sqlite.org/uri.html), so that a path's own `?` and `%` stay part of it.
    private static func location(_ path: String, _ access: Access) -> String {
        var text = "file:"
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

    /// Compiled for this once: for texts of which there are too many to keep.
    func compiled(_ sql: String) throws(StoreError) -> SQLiteStatement { try compiled(sql, 0) }

    private func compiled(_ sql: String, _ flags: UInt32) throws(StoreError) -> SQLiteStatement {
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
            // A statement that stands on a row would keep the transaction open.
            for statement in statements.values { statement.reset() }
            try prepared("COMMIT").run()
            return value
        } catch {
            for statement in statements.values { statement.reset() }
            // Some failures have rolled back already.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    private func failure(_ code: Int32) -> StoreError { SQLiteFailure.error(code, path: path) }
}
