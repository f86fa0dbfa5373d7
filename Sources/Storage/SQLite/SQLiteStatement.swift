import CSQLite
import Reconcile

/// A compiled statement. Parameters count from 1 and columns from 0, as in SQLite.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let path: String

    init(_ handle: OpaquePointer, path: String) {
        self.handle = handle
        self.path = path
    }

    deinit { sqlite3_finalize(handle) }

    /// Makes it ready to run again. Bindings stay until they are replaced.
    func reset() { sqlite3_reset(handle) }

    /// Whether it stands on a row.
    var isOnRow: Bool { sqlite3_stmt_busy(handle) != 0 }

    /// True if there is a row to read, false at the end.
    func step() throws(StoreError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            sqlite3_reset(handle)
            throw SQLiteFailure.error(code, path: path)
        }
    }

    /// Runs a statement that returns no rows, to its end.
    func run() throws(StoreError) {
        _ = try step()
        sqlite3_reset(handle)
    }

    // MARK: Binding

    func bind(_ parameter: Int32, _ value: Int64) { sqlite3_bind_int64(handle, parameter, value) }
    func bind(_ parameter: Int32, _ value: Double) { sqlite3_bind_double(handle, parameter, value) }

    func bind(_ parameter: Int32, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // An empty text has no address, and a null pointer would bind NULL.
                _ = sqlite3_bind_text(
                    handle, parameter, characters.baseAddress ?? UnsafePointer(Self.nothing),
                    Int32(characters.count), signet_sqlite_transient())
            }
        }
    }

    func bindNull(_ parameter: Int32) { sqlite3_bind_null(handle, parameter) }

    /// nil is NULL, here and below.
    func bind(_ parameter: Int32, _ value: String?) {
        if let value { bind(parameter, value) } else { bindNull(parameter) }
    }

    func bind(_ parameter: Int32, _ value: Int64?) {
        if let value { bind(parameter, value) } else { bindNull(parameter) }
    }

    func bind(_ parameter: Int32, _ value: [UInt8]?) {
        guard let value else { return bindNull(parameter) }
        guard !value.isEmpty else {
            sqlite3_bind_zeroblob(handle, parameter, 0)
            return
        }
        value.withUnsafeBytes { bytes in
            _ = sqlite3_bind_blob(
                handle, parameter, bytes.baseAddress, Int32(bytes.count), signet_sqlite_transient())
        }
    }

    nonisolated(unsafe) private static let nothing = UnsafeMutablePointer<CChar>.allocate(capacity: 1)

    // MARK: Reading a row

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func real(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    func octets(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
