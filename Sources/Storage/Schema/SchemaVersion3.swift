/// The tables of version 3: the outbox, and the approvals that its messages wait for. Times as in version 1.
enum SchemaVersion3 {
    static let sql = """
        CREATE TABLE outbox (
            id TEXT PRIMARY KEY,
            agent TEXT NOT NULL,
            domain TEXT NOT NULL,
            relay TEXT NOT NULL,
            sender TEXT NOT NULL,
            idempotency_key TEXT,
            request_digest BLOB NOT NULL CHECK (length(request_digest) = 32),
            requested_mode TEXT,
            approval TEXT,
            state TEXT NOT NULL CHECK (state IN (
                'received', 'held', 'queued', 'delivering', 'committing', 'deferred', 'unknown', 'sent', 'bounced',
                'refused', 'denied', 'expired')),
            created_at REAL NOT NULL,
            changed_at REAL NOT NULL,
            due_at REAL,
            attempt INTEGER NOT NULL,
            deferrals INTEGER NOT NULL,
            first_deferred_at REAL,
            lease_holder TEXT,
            lease_expires_at REAL,
            log_index INTEGER,
            is_outcome_unlogged INTEGER NOT NULL,
            reason TEXT NOT NULL,
            CHECK ((lease_holder IS NULL) = (state NOT IN ('delivering', 'committing'))),
            CHECK ((lease_holder IS NULL) = (lease_expires_at IS NULL)),
            CHECK (log_index IS NOT NULL OR state NOT IN ('committing', 'unknown', 'sent'))
        ) STRICT;
        CREATE UNIQUE INDEX outbox_key ON outbox (agent, idempotency_key) WHERE idempotency_key IS NOT NULL;
        CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX outbox_lease ON outbox (lease_expires_at) WHERE lease_expires_at IS NOT NULL;
        CREATE INDEX outbox_agent ON outbox (agent, created_at);
        CREATE INDEX outbox_created ON outbox (created_at);
        CREATE INDEX outbox_unlogged ON outbox (changed_at) WHERE is_outcome_unlogged <> 0;

        CREATE TABLE outbox_recipient (
            message TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            address TEXT NOT NULL,
            is_copy INTEGER NOT NULL,
            outcome TEXT CHECK (outcome IN ('accepted', 'deferred', 'rejected', 'uncertain')),
            code INTEGER NOT NULL,
            reply TEXT NOT NULL,
            PRIMARY KEY (message, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE outbox_octets (
            message TEXT PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
            octets BLOB NOT NULL
        ) STRICT;

        CREATE TABLE alignment (
            domain TEXT PRIMARY KEY,
            observed_at REAL NOT NULL,
            convergence TEXT NOT NULL,
            alignment TEXT NOT NULL,
            finding TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE approval (
            id TEXT PRIMARY KEY,
            send TEXT NOT NULL,
            agent TEXT NOT NULL,
            message BLOB NOT NULL CHECK (length(message) = 32),
            requested_at REAL NOT NULL,
            answer_by REAL NOT NULL,
            state TEXT NOT NULL CHECK (state IN (
                'pending', 'approved', 'in_flight', 'used', 'denied', 'expired', 'voided')),
            payload BLOB,
            signature BLOB,
            valid_until REAL,
            attempt TEXT,
            changed_at REAL NOT NULL,
            revision INTEGER NOT NULL,
            CHECK ((payload IS NULL) = (signature IS NULL)),
            CHECK ((attempt IS NULL) = (state NOT IN ('in_flight', 'used')))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX approval_send ON approval (send, requested_at);
        CREATE INDEX approval_state ON approval (state, requested_at);
        """
}
