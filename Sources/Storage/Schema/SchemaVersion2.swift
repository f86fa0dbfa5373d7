/// Version 2: the log (docs/spec/audit-log.md §6). Times are milliseconds since 1970.
///
/// Entries, tiles and head only grow; the triggers hold our own code to that, not somebody with an editor.
enum SchemaVersion2 {
    static let sql = """
        CREATE TABLE log_name (
            id INTEGER PRIMARY KEY,
            text TEXT NOT NULL UNIQUE
        ) STRICT;

        CREATE TABLE log_entry (
            id INTEGER PRIMARY KEY CHECK (id >= 0),
            time INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            domain INTEGER,
            agent INTEGER,
            message TEXT,
            leaf BLOB NOT NULL
        ) STRICT;
        CREATE INDEX log_entry_time ON log_entry (time);
        CREATE INDEX log_entry_kind ON log_entry (kind, time);
        CREATE INDEX log_entry_domain ON log_entry (domain, time, kind) WHERE domain IS NOT NULL;
        CREATE INDEX log_entry_agent ON log_entry (agent, time, kind, domain) WHERE agent IS NOT NULL;
        CREATE INDEX log_entry_message ON log_entry (message) WHERE message IS NOT NULL;
        CREATE TRIGGER log_entry_update BEFORE UPDATE ON log_entry
            BEGIN SELECT raise(ABORT, 'an entry of the log never changes'); END;
        CREATE TRIGGER log_entry_delete BEFORE DELETE ON log_entry
            BEGIN SELECT raise(ABORT, 'an entry of the log is never deleted'); END;

        CREATE TABLE log_personal (
            id INTEGER PRIMARY KEY CHECK (id >= 0),
            salt BLOB NOT NULL CHECK (length(salt) = 32),
            value BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER log_personal_update BEFORE UPDATE ON log_personal
            WHEN NEW.id <> OLD.id OR NEW.salt <> zeroblob(32) OR NEW.value <> zeroblob(length(OLD.value))
            BEGIN SELECT raise(ABORT, 'a personal value is overwritten with zeros or not at all'); END;
        CREATE TRIGGER log_personal_delete BEFORE DELETE ON log_personal WHEN OLD.salt <> zeroblob(32)
            BEGIN SELECT raise(ABORT, 'a personal value is overwritten before it is deleted'); END;

        CREATE TABLE log_tile (
            id INTEGER PRIMARY KEY,
            hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0)
        ) STRICT;
        CREATE TRIGGER log_tile_update BEFORE UPDATE ON log_tile
            WHEN NEW.id <> OLD.id OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes
            BEGIN SELECT raise(ABORT, 'a hash of the log never changes'); END;
        CREATE TRIGGER log_tile_delete BEFORE DELETE ON log_tile
            BEGIN SELECT raise(ABORT, 'a hash of the log is never deleted'); END;

        CREATE TABLE log_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            size INTEGER NOT NULL,
            root BLOB NOT NULL CHECK (length(root) = 32),
            public_key BLOB CHECK (length(public_key) = 32),
            checkpoint TEXT
        ) STRICT;
        INSERT INTO log_head
            VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', NULL, NULL);
        CREATE TRIGGER log_head_update BEFORE UPDATE ON log_head
            WHEN NEW.id <> OLD.id OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
                OR NEW.public_key IS NOT OLD.public_key AND OLD.public_key IS NOT NULL
                OR NEW.size <> (SELECT coalesce(max(id) + 1, 0) FROM log_entry)
            BEGIN SELECT raise(ABORT, 'the log only grows'); END;
        CREATE TRIGGER log_head_delete BEFORE DELETE ON log_head
            BEGIN SELECT raise(ABORT, 'the log only grows'); END;
        """
}
