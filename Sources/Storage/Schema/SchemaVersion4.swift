/// Version 4: a key says what it is for, and agents are registered.
///
/// Keys of older files are DKIM keys. `declaration` is the canonical form of docs/spec/agent-identity.md §7, `digest`
/// its SHA-256.
enum SchemaVersion4 {
    static let sql = """
        CREATE TABLE key_with_purpose (
            domain TEXT NOT NULL,
            purpose TEXT NOT NULL CHECK (purpose IN ('dkim', 'agent')),
            selector TEXT NOT NULL,
            algorithm TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('generated', 'published', 'active', 'retiring', 'revoked')),
            public_key BLOB NOT NULL,
            sealed BLOB NOT NULL,
            created_at REAL NOT NULL,
            state_changed_at REAL NOT NULL,
            PRIMARY KEY (domain, purpose, selector)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO key_with_purpose
            SELECT domain, 'dkim', selector, algorithm, state, public_key, sealed, created_at, state_changed_at FROM key;
        DROP TABLE key;
        ALTER TABLE key_with_purpose RENAME TO key;

        CREATE TABLE agent (
            id TEXT PRIMARY KEY,
            domain TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('registered', 'revoked')),
            declaration BLOB NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            since REAL NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX agent_domain ON agent (domain);
        """
}
