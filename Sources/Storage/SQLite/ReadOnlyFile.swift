import Reconcile

/// Reads a state file without creating or changing anything: `ReadOnlySQLiteStore` says how. Used by one thread at a time.
final class ReadOnlyFile {
    /// How often a read starts anew because the file changed under it, before SQLite's locking is relied upon.
    private static let attemptsMax = 5

    private let path: String
    private var cached: (identity: StateFile.Identity, connection: SQLiteConnection)?

    /// Fails if the file is there and is not Signet's.
    init(path: String) throws(StoreError) {
        self.path = path
        cached = nil
        guard try StateFile.presence(path) == .present, let identity = StateFile.identity(path),
            identity.octets > 0 || identity.logOctets != nil
        else { return }
        _ = try Schema.inspect(try SQLiteConnection(path: path, identity.logOctets == nil ? .immutable : .readOnly))
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
                let connection = try isQuiet ? quietConnection(before) : SQLiteConnection(path: path, .readOnly)
                result = .success(try look(connection, body))
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

    private func quietConnection(_ identity: StateFile.Identity) throws(StoreError) -> SQLiteConnection {
        if let cached, cached.identity == identity { return cached.connection }
        let connection = try SQLiteConnection(path: path, .immutable)
        cached = (identity, connection)
        return connection
    }

    private func look<Value>(
        _ connection: SQLiteConnection, _ body: (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try connection.transaction(.deferred) { () throws(StoreError) in
            switch try Schema.inspect(connection) {
            case .empty: return nil
            case .version(Schema.newest): return try body(connection)
            case .version(let version):
                throw StoreError(
                    .unusable,
                    "\(path) was written by an older version of Signet (schema \(version)): "
                        + "`signet apply` brings it to the present one")
            }
        }
    }
}
