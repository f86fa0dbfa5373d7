import Reconcile

/// Brings a file to the newest version, each step in one transaction; refuses files of others and of newer versions.
enum Schema {
    /// "Sign": marks the file as ours (sqlite.org/pragma.html#pragma_application_id).
    static let applicationID: Int64 = 0x5369_676E

    /// The step to each version, in order. A published step never changes.
    static let steps: [(version: Int64, sql: String)] = [
        (1, SchemaVersion1.sql), (2, SchemaVersion2.sql), (3, SchemaVersion3.sql), (4, SchemaVersion4.sql),
        (5, SchemaVersion5.sql), (6, SchemaVersion6.sql), (7, SchemaVersion7.sql), (8, SchemaVersion8.sql),
    ]

    static var newest: Int64 { steps.last?.version ?? 0 }

    enum Verdict: Equatable {
        /// Nothing is in it yet.
        case empty
        case version(Int64)
    }

    /// Reads what the file is; writes nothing.
    static func inspect(_ connection: SQLiteConnection) throws(StoreError) -> Verdict {
        let application = try connection.integer("PRAGMA application_id")
        let version = try connection.integer("PRAGMA user_version")
        if application == 0, version == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 {
            return .empty
        }
        guard application == applicationID else {
            throw StoreError(
                .unusable,
                "\(connection.path) is the SQLite database of another program: give another path in `settings: state:`")
        }
        guard version <= newest else {
            throw StoreError(
                .unusable,
                "\(connection.path) was written by a newer version of Signet (schema \(version), this one knows "
                    + "\(newest)): use that version")
        }
        return .version(version)
    }

    /// Brings the file to the newest version, if it is not there. Another process may be doing the same.
    static func migrate(_ connection: SQLiteConnection) throws(StoreError) {
        guard try inspect(connection) != .version(newest) else { return }
        try connection.transaction(.immediate) { () throws(StoreError) in
            var done: Int64 = 0
            if case .version(let version) = try inspect(connection) { done = version }
            for step in steps where step.version > done { try connection.execute(step.sql) }
            try connection.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(newest)")
        }
    }
}
