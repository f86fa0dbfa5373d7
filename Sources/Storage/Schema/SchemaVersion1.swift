/// The tables of version 1. Times are seconds since 2001-01-01 00:00:00 UTC, as Foundation counts them, so that a time
/// comes back as it went in. `data` columns hold what docs/spec/state-file.md describes.
enum SchemaVersion1 {
    static let sql = """
        CREATE TABLE lease (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            fencing_number INTEGER NOT NULL,
            holder TEXT,
            expires_at REAL NOT NULL
        ) STRICT;
        INSERT INTO lease VALUES (1, 0, NULL, 0);

        CREATE TABLE ledger (
            name TEXT NOT NULL,
            type INTEGER NOT NULL,
            domain TEXT NOT NULL,
            zone TEXT NOT NULL,
            provider TEXT NOT NULL,
            before_data BLOB,
            after_data BLOB,
            owned_data BLOB NOT NULL,
            stale_seconds INTEGER NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('intended', 'written', 'handedOver', 'failed')),
            recorded_at REAL NOT NULL,
            PRIMARY KEY (name, type)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX ledger_domain ON ledger (domain);

        CREATE TABLE agreement (
            name TEXT NOT NULL,
            type INTEGER NOT NULL,
            domain TEXT NOT NULL,
            target BLOB NOT NULL CHECK (length(target) = 32),
            since REAL NOT NULL,
            PRIMARY KEY (name, type)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX agreement_domain ON agreement (domain);

        CREATE TABLE key (
            domain TEXT NOT NULL,
            selector TEXT NOT NULL,
            algorithm TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('generated', 'published', 'active', 'retiring', 'revoked')),
            public_key BLOB NOT NULL,
            sealed BLOB NOT NULL,
            created_at REAL NOT NULL,
            state_changed_at REAL NOT NULL,
            PRIMARY KEY (domain, selector)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE zone (
            apex TEXT PRIMARY KEY,
            authority_data BLOB NOT NULL,
            ttl_seconds INTEGER NOT NULL,
            revision INTEGER NOT NULL UNIQUE
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE zone_record_set (
            apex TEXT NOT NULL REFERENCES zone (apex) ON DELETE CASCADE,
            name TEXT NOT NULL,
            type INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (apex, name, type)
        ) STRICT, WITHOUT ROWID;
        """
}
