/// The tables of version 5: the API's tokens, what was measured of messages that it sent, and domains that were declared
/// through it. Times as in version 1.
enum SchemaVersion5 {
    static let sql = """
        CREATE TABLE token (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            scopes TEXT NOT NULL CHECK (scopes <> ''),
            agents TEXT CHECK (agents <> ''),
            created_at REAL NOT NULL,
            expires_at REAL,
            revoked_at REAL,
            last_used_at REAL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE outbox_authentication (
            message TEXT PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
            spf TEXT NOT NULL,
            dkim TEXT NOT NULL,
            dmarc TEXT NOT NULL,
            identity TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE declared_domain (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            declaration BLOB NOT NULL,
            created_at REAL NOT NULL,
            changed_at REAL NOT NULL,
            revision INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
