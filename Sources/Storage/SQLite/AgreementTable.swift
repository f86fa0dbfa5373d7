import DNS
import FoundationEssentials
import Keys
import Reconcile

/// What every server was seen to answer alike, and when, one row for each record set: two tables of one shape.
struct AgreementTable {
    /// Since when they have agreed.
    static let agreement = AgreementTable(name: "agreement", time: "since")
    /// When what has once converged since Signet last wrote it was first seen everywhere.
    static let convergence = AgreementTable(name: "convergence", time: "at")

    struct Row {
        var key: RecordSetKey
        var domain: DomainName
        var target: SHA256Digest
        var time: Date
    }

    private let name: String
    /// The column of it.
    private let time: String

    func put(_ connection: SQLiteConnection, _ rows: [Row]) throws(StoreError) {
        let insert = try connection.prepared(
            "INSERT OR REPLACE INTO \(name) (name, type, domain, target, \(time)) VALUES (?1, ?2, ?3, ?4, ?5)")
        for row in rows {
            insert.bind(1, row.key.name.text)
            insert.bind(2, Int64(row.key.type.rawValue))
            insert.bind(3, row.domain.text)
            insert.bind(4, row.target.octets)
            insert.bind(5, row.time)
            try insert.run()
        }
    }

    func remove(_ connection: SQLiteConnection, _ keys: [RecordSetKey]) throws(StoreError) {
        let delete = try connection.prepared("DELETE FROM \(name) WHERE name = ?1 AND type = ?2")
        for key in keys {
            delete.bind(1, key.name.text)
            delete.bind(2, Int64(key.type.rawValue))
            try delete.run()
        }
    }

    /// In the order of the record sets.
    func rows(_ connection: SQLiteConnection, domains: [DomainName]) throws(StoreError) -> [Row] {
        let select = try connection.prepared("SELECT name, type, target, \(time) FROM \(name) WHERE domain = ?1")
        defer { select.reset() }
        var rows: [Row] = []
        for domain in Set(domains) {
            select.reset()
            select.bind(1, domain.text)
            while try select.step() {
                let key = RecordSetKey(select.recordName(0), select.recordType(1))
                guard let target = SHA256Digest(octets: select.octets(2)) else {
                    throw StoreError(.unusable, "the state file's \(name) for \(key) has no digest")
                }
                rows.append(Row(key: key, domain: domain, target: target, time: select.time(3)))
            }
        }
        return rows.sorted { $0.key < $1.key }
    }
}

extension AgreementTable.Row {
    init(_ agreement: Agreement) {
        self.init(key: agreement.key, domain: agreement.domain, target: agreement.target, time: agreement.since)
    }

    init(_ convergence: Convergence) {
        self.init(key: convergence.key, domain: convergence.domain, target: convergence.target, time: convergence.at)
    }
}

extension Agreement {
    init(_ row: AgreementTable.Row) {
        self.init(key: row.key, domain: row.domain, target: row.target, since: row.time)
    }
}

extension Convergence {
    init(_ row: AgreementTable.Row) {
        self.init(key: row.key, domain: row.domain, target: row.target, at: row.time)
    }
}
