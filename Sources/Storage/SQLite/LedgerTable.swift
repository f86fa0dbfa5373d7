import DNS
import FoundationEssentials
import Manifest
import Reconcile

/// What Signet wrote or was about to write, one row for each record set.
enum LedgerTable {
    /// Replaces the entries of the same record sets.
    static func put(_ connection: SQLiteConnection, _ entries: [LedgerEntry]) throws(StoreError) {
        let insert = try connection.prepared(
            """
            INSERT INTO ledger (name, type, domain, zone, provider, before_data, after_data, owned_data, stale_seconds,
                outcome, recorded_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            ON CONFLICT (name, type) DO UPDATE SET domain = excluded.domain, zone = excluded.zone,
                provider = excluded.provider, before_data = excluded.before_data, after_data = excluded.after_data,
                owned_data = excluded.owned_data, stale_seconds = excluded.stale_seconds, outcome = excluded.outcome,
                recorded_at = excluded.recorded_at
            """)
        for entry in entries {
            insert.bind(1, entry.key.name.text)
            insert.bind(2, Int64(entry.key.type.rawValue))
            insert.bind(3, entry.domain.text)
            insert.bind(4, entry.zone.text)
            insert.bind(5, entry.provider.rawValue)
            insert.bind(6, entry.before.map { RecordDataEncoding.octets($0) })
            insert.bind(7, entry.after.map { RecordDataEncoding.octets($0) })
            insert.bind(8, RecordDataEncoding.octets(entry.owned))
            insert.bind(9, Int64(entry.staleSeconds))
            insert.bind(10, entry.outcome.rawValue)
            insert.bind(11, entry.recordedAt)
            try insert.run()
        }
    }

    /// The row of a set in which nothing is ours any longer goes. An outcome for a row that is not there says nothing.
    static func setOutcomes(
        _ connection: SQLiteConnection, _ outcomes: [IntentOutcome], at now: Date
    ) throws(StoreError) {
        let update = try connection.prepared(
            """
            UPDATE ledger SET outcome = ?3, recorded_at = ?4, owned_data = coalesce(?5, owned_data)
            WHERE name = ?1 AND type = ?2
            """)
        let delete = try connection.prepared("DELETE FROM ledger WHERE name = ?1 AND type = ?2")
        for intent in outcomes {
            let isGone = intent.owned == []
            let statement = isGone ? delete : update
            statement.bind(1, intent.key.name.text)
            statement.bind(2, Int64(intent.key.type.rawValue))
            if !isGone {
                update.bind(3, intent.outcome.rawValue)
                update.bind(4, now)
                update.bind(5, intent.owned.map { RecordDataEncoding.octets($0) })
            }
            try statement.run()
        }
    }

    /// In the order of the record sets.
    static func domains(_ connection: SQLiteConnection) throws(StoreError) -> [DomainName] {
        let rows = try connection.prepared("SELECT DISTINCT domain FROM ledger ORDER BY domain")
        var domains: [DomainName] = []
        while try rows.step() { domains.append(DomainName(canonical: rows.text(0))) }
        return domains
    }

    static func entries(
        _ connection: SQLiteConnection, domains: [DomainName]
    ) throws(StoreError) -> [LedgerEntry] {
        let select = try connection.prepared(
            """
            SELECT name, type, zone, provider, before_data, after_data, owned_data, stale_seconds, outcome, recorded_at
            FROM ledger WHERE domain = ?1
            """)
        defer { select.reset() }
        var entries: [LedgerEntry] = []
        for domain in Set(domains) {
            select.reset()
            select.bind(1, domain.text)
            while try select.step() { entries.append(try entry(select, domain)) }
        }
        return entries.sorted { $0.key < $1.key }
    }

    private static func entry(_ row: SQLiteStatement, _ domain: DomainName) throws(StoreError) -> LedgerEntry {
        let key = RecordSetKey(row.recordName(0), row.recordType(1))
        guard let outcome = LedgerEntry.Outcome(rawValue: row.text(8)) else {
            throw StoreError(.unusable, "the state file's entry for \(key) has an unknown outcome")
        }
        return LedgerEntry(
            key: key, domain: domain, zone: row.recordName(2), provider: ProviderID(rawValue: row.text(3)),
            before: row.isNull(4) ? nil : try RecordDataEncoding.recordSet(row.octets(4), key),
            after: row.isNull(5) ? nil : try RecordDataEncoding.recordSet(row.octets(5), key),
            owned: try RecordDataEncoding.data(row.octets(6)[...], key),
            staleSeconds: UInt32(truncatingIfNeeded: row.integer(7)), outcome: outcome, recordedAt: row.time(9))
    }
}

extension SQLiteStatement {
    /// A name that was canonical when it was written.
    func recordName(_ column: Int32) -> DomainName { DomainName(canonical: text(column)) }
    func recordType(_ column: Int32) -> RecordType { RecordType(rawValue: UInt16(truncatingIfNeeded: integer(column))) }
}
