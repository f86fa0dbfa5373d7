/// Version 6: a key's life ends in `removed`, and its private half with it.
enum SchemaVersion6 {
    static let sql = """
        CREATE TABLE key_until_removed (
            domain TEXT NOT NULL,
            purpose TEXT NOT NULL CHECK (purpose IN ('dkim', 'agent')),
            selector TEXT NOT NULL,
            algorithm TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN (
                'generated', 'published', 'active', 'retiring', 'revoked', 'removed')),
            public_key BLOB NOT NULL,
            sealed BLOB NOT NULL,
            created_at REAL NOT NULL,
            state_changed_at REAL NOT NULL,
            PRIMARY KEY (domain, purpose, selector)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO key_until_removed
            SELECT domain, purpose, selector, algorithm, state, public_key, sealed, created_at, state_changed_at FROM key;
        DROP TABLE key;
        ALTER TABLE key_until_removed RENAME TO key;
        """
}
