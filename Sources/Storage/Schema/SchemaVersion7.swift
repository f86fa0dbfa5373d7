/// Version 7: the outbox knows what it passes on for others; approvers are registered, and what they sign for an agent
/// that may do more is used once.
enum SchemaVersion7 {
    static let sql = """
        ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'original' CHECK (kind IN ('original', 'redirect'));

        CREATE TABLE approver (
            id TEXT PRIMARY KEY,
            email TEXT NOT NULL,
            public_key BLOB NOT NULL CHECK (length(public_key) = 32),
            state TEXT NOT NULL CHECK (state IN ('registered', 'removed')),
            since REAL NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE loosening (
            id TEXT PRIMARY KEY,
            statement BLOB NOT NULL CHECK (length(statement) = 32),
            used_at REAL NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
