import FoundationEssentials
import Keys
import Manifest
import Operations
import Reconcile

/// The API's tokens, one row each.
enum TokenTable {
    private static let columns =
        "id, name, digest, scopes, agents, created_at, expires_at, revoked_at, last_used_at"

    /// Call inside an immediate transaction, as everything here that writes.
    static func insert(_ connection: SQLiteConnection, _ record: TokenRecord) throws(StoreError) -> Bool {
        let insert = try connection.prepared(
            """
            INSERT INTO token (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING
            """)
        insert.bind(1, record.id.rawValue)
        insert.bind(2, record.name)
        insert.bind(3, record.digest.octets)
        insert.bind(4, record.scopes.sorted().map(\.rawValue).joined(separator: " "))
        insert.bind(5, record.agents.map { $0.sorted().map(\.rawValue).joined(separator: " ") })
        insert.bind(6, record.createdAt)
        insert.bind(7, record.expiresAt)
        insert.bind(8, record.revokedAt)
        insert.bind(9, record.lastUsedAt)
        try insert.run()
        return connection.changedRows == 1
    }

    static func token(_ connection: SQLiteConnection, _ id: TokenID) throws(StoreError) -> TokenRecord? {
        let select = try connection.prepared("SELECT \(columns) FROM token WHERE id = ?1")
        defer { select.reset() }
        select.bind(1, id.rawValue)
        return try select.step() ? try record(select) : nil
    }

    static func tokens(_ connection: SQLiteConnection) throws(StoreError) -> [TokenRecord] {
        let select = try connection.prepared("SELECT \(columns) FROM token ORDER BY created_at, id")
        defer { select.reset() }
        var records: [TokenRecord] = []
        while try select.step() { records.append(try record(select)) }
        return records
    }

    static func revoke(_ connection: SQLiteConnection, _ id: TokenID, at now: Date) throws(StoreError) {
        let update = try connection.prepared("UPDATE token SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")
        update.bind(1, id.rawValue)
        update.bind(2, now)
        try update.run()
    }

    static func recordUse(_ connection: SQLiteConnection, _ id: TokenID, at now: Date) throws(StoreError) {
        let update = try connection.prepared(
            "UPDATE token SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)")
        update.bind(1, id.rawValue)
        update.bind(2, now)
        try update.run()
    }

    /// A scope that this version does not know, or two that may not stand together, make the row unusable: nothing is
    /// taken for less than it says.
    private static func record(_ row: SQLiteStatement) throws(StoreError) -> TokenRecord {
        let words = row.text(3).split(separator: " ")
        let scopes = Set(words.compactMap { TokenScope(rawValue: String($0)) })
        guard let id = TokenID(rawValue: row.text(0)), let digest = SHA256Digest(octets: row.octets(2)),
            !words.isEmpty, scopes.count == words.count, TokenScope.conflict(in: scopes) == nil
        else { throw StoreError(.unusable, "the state file has a token that cannot be read: \(StateFile.restoring)") }
        let agents: Set<AgentID>? =
            row.isNull(4) ? nil : Set(row.text(4).split(separator: " ").map { AgentID(rawValue: String($0)) })
        return TokenRecord(
            id: id, name: row.text(1), digest: digest, scopes: scopes, agents: agents, createdAt: row.time(5),
            expiresAt: row.isNull(6) ? nil : row.time(6), revokedAt: row.isNull(7) ? nil : row.time(7),
            lastUsedAt: row.isNull(8) ? nil : row.time(8))
    }
}
