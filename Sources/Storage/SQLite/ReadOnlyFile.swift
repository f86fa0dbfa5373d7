import Reconcile

/// Reads a state file without creating or changing anything: `ReadOnlySQLiteStore` says how. Used by one thread at a time.
final class ReadOnlyFile {
    /// How often a read starts anew because the file changed under it, before SQLite's locking is relied upon.
    private static let attemptsMax = 5

    /// A file of an older version as this one reads it.
    private struct Upgraded {
        let source: SQLiteConnection
        /// Changes whenever another connection has written (sqlite.org/pragma.html#pragma_data_version).
        let dataVersion: Int64
        let copy: SQLiteConnection
        let identity: StateFile.Identity
        /// The source takes part in the file's locking, and so sees what others write.
        let isLocking: Bool
    }

    private let path: String
    private var upgraded: Upgraded?
    private var cached: (identity: StateFile.Identity, connection: SQLiteConnection)?

    /// Fails if the file is there and is not Signet's.
    init(path: String) throws(StoreError) {
        self.path = path
        cached = nil
        guard try StateFile.presence(path) == .present, let identity = StateFile.identity(path),
            identity.octets > 0 || identity.logOctets != nil
        else { return }
        if identity.logOctets == nil {
            _ = try Schema.inspect(try SQLiteConnection(path: path, .immutable))
        } else {
            try explaining { () throws(StoreError) in
                _ = try Schema.inspect(try SQLiteConnection(path: path, .readOnly))
            }
        }
    }

    /// Nil if there is nothing to read.
    func read<Value>(
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        for attempt in 1... {
            guard let before = StateFile.identity(path), before.octets > 0 || before.logOctets != nil else {
                return nil
            }
            let isQuiet = before.logOctets == nil && attempt <= Self.attemptsMax
            let result: Result<Value?, StoreError>
            do throws(StoreError) {
                result = .success(
                    try isQuiet
                        ? look(try quietConnection(before), before, body)
                        : explaining { () throws(StoreError) in
                            try look(try lockingConnection(before), before, body)
                        })
            } catch {
                result = .failure(error)
            }
            // Read without locks: what came counts only if nobody wrote.
            if isQuiet, StateFile.identity(path) != before {
                cached = nil
                continue
            }
            return try result.get()
        }
        return nil
    }

    /// Whoever reads a write-ahead log needs its index, and makes it where nobody has (sqlite.org/walformat.html §2). Only
    /// where that is not allowed does reading take more than a file to read.
    private func explaining<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        do throws(StoreError) { return try body() } catch {
            guard error.code == .notWritable || error.code == .unavailable,
                case .absent = try StateFile.presence(path + "-shm")
            else { throw error }
            throw StoreError(
                .notWritable,
                "\(path)-wal holds what was written last, and reading it takes \(path)-shm, which cannot be made in a "
                    + "read-only folder: make the folder writable for this user, or read a copy of \(path) and "
                    + "\(path)-wal in one that is")
        }
    }

    private func quietConnection(_ identity: StateFile.Identity) throws(StoreError) -> SQLiteConnection {
        if let cached, cached.identity == identity { return cached.connection }
        let connection = try SQLiteConnection(path: path, .immutable)
        cached = (identity, connection)
        return connection
    }

    /// Kept only where a copy hangs on it.
    private func lockingConnection(_ identity: StateFile.Identity) throws(StoreError) -> SQLiteConnection {
        if let upgraded, upgraded.isLocking, upgraded.identity.isSameFile(as: identity) { return upgraded.source }
        return try SQLiteConnection(path: path, .readOnly)
    }

    private func look<Value>(
        _ connection: SQLiteConnection, _ identity: StateFile.Identity,
        _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try connection.transaction(.deferred) { () throws(StoreError) in
            switch try Schema.inspect(connection) {
            case .empty: return nil
            case .version(Schema.newest): return try body(connection)
            case .version: return try body(try upgradedCopy(of: connection, identity))
            }
        }
    }

    /// What the file holds, brought to the newest version beside it: whoever only looks can do so before the first command
    /// that writes has brought the file itself there.
    private func upgradedCopy(
        of source: SQLiteConnection, _ identity: StateFile.Identity
    ) throws(StoreError) -> SQLiteConnection {
        let dataVersion = try source.integer("PRAGMA data_version")
        if let upgraded, upgraded.source === source, upgraded.dataVersion == dataVersion { return upgraded.copy }
        let copy = try source.temporaryCopy()
        try Schema.migrate(copy)
        upgraded = Upgraded(
            source: source, dataVersion: dataVersion, copy: copy, identity: identity,
            isLocking: source !== cached?.connection)
        return copy
    }
}
