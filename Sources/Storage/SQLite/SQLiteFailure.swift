import CSQLite
import Reconcile

/// What SQLite's result codes (sqlite.org/rescode.html) mean for a user, each with a way out.
enum SQLiteFailure {
    static func error(_ code: Int32, path: String) -> StoreError {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            StoreError(
                .busy,
                "the state file \(path) has been locked by another process for more than "
                    + "\(SQLiteConnection.busyMilliseconds / 1000) s: let it finish, or end it, and try again")
        case SQLITE_FULL:
            StoreError(.notWritable, "the disk of the state file \(path) is full: free some space and try again")
        case SQLITE_READONLY:
            StoreError(
                .notWritable,
                "the state file \(path) or its folder is read-only: make both writable for this user")
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
            StoreError(
                .unavailable,
                "the state file \(path) cannot be opened: check that this user may read and write it and its folder")
        case SQLITE_NOTADB:
            StoreError(
                .unusable,
                "\(path) is not an SQLite database: give another path in `settings: state:`, or move this file away")
        case SQLITE_CORRUPT:
            StoreError(
                .unusable,
                "the state file \(path) is damaged: restore it from a backup, or save what `sqlite3 \(path) .recover` "
                    + "finds")
        case SQLITE_IOERR:
            StoreError(
                .unavailable,
                "the disk failed on the state file \(path) (SQLite error \(code)): check the disk and its free space")
        default:
            StoreError(
                .other, "the state file \(path): \(String(cString: sqlite3_errstr(code))) (SQLite error \(code))")
        }
    }
}
