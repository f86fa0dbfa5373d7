/// Version 7: the outbox knows what it passes on for others.
enum SchemaVersion7 {
    static let sql = """
        ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'original' CHECK (kind IN ('original', 'redirect'));
        """
}
