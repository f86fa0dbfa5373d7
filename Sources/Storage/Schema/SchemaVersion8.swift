/// Version 8: what has once converged. What older files say has agreed counts as such.
enum SchemaVersion8 {
    static let sql = """
        CREATE TABLE convergence (
            name TEXT NOT NULL,
            type INTEGER NOT NULL,
            domain TEXT NOT NULL,
            target BLOB NOT NULL CHECK (length(target) = 32),
            at REAL NOT NULL,
            PRIMARY KEY (name, type)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX convergence_domain ON convergence (domain);

        INSERT INTO convergence (name, type, domain, target, at) SELECT name, type, domain, target, since FROM agreement;
        """
}
