import CSQLite
import Glibc
import Reconcile

/// What SQLite's result codes (sqlite.org/rescode.html) mean for a user, each with a way out.
enum SQLiteFailure {
    static func error(_ code: Int32, path: String) -> StoreError {
        // A full disk shows as a failed one where a shared-memory file cannot grow (SQLITE_IOERR_SHMSIZE), and a read-only
        // one as a file that cannot be opened: the file system says which it is.
        let primary: Int32 =
            switch (code & 0xFF, FileSystem(holding: path)) {
            case (SQLITE_IOERR, let system?) where system.isFull: SQLITE_FULL
            case (SQLITE_CANTOPEN, let system?) where system.isReadOnly: SQLITE_READONLY
            default: code & 0xFF
            }
        return switch primary {
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
                "the state file \(path) is damaged: \(StateFile.restoring), or save what `sqlite3 \(path) .recover` finds"
            )
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

/// What the file system of a file allows; nil: it does not say.
private struct FileSystem {
    let isFull: Bool
    let isReadOnly: Bool

    init?(holding path: String) {
        var status = statvfs()
        guard statvfs(StateFile.parent(of: path), &status) == 0 else { return nil }
        // What is left for root alone (f_bfree) is not ours.
        isFull = status.f_bavail == 0
        isReadOnly = status.f_flag & UInt(ST_RDONLY) != 0
    }
}
