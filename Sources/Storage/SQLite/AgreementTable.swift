import DNS
import FoundationEssentials
import Keys
import Reconcile

/// Since when every server has answered alike, one row for each record set.
enum AgreementTable {
    static func put(_ connection: SQLiteConnection, _ agreements: [Agreement]) throws(StoreError) {
        let insert = try connection.prepared(
            "INSERT OR REPLACE INTO agreement (name, type, domain, target, since) VALUES (?1, ?2, ?3, ?4, ?5)")
        for agreement in agreements {
            insert.bind(1, agreement.key.name.text)
            insert.bind(2, Int64(agreement.key.type.rawValue))
            insert.bind(3, agreement.domain.text)
            insert.bind(4, agreement.target.octets)
            insert.bind(5, agreement.since)
            try insert.run()
        }
    }

    static func remove(_ connection: SQLiteConnection, _ keys: [RecordSetKey]) throws(StoreError) {
        let delete = try connection.prepared("DELETE FROM agreement WHERE name = ?1 AND type = ?2")
        for key in keys {
            delete.bind(1, key.name.text)
            delete.bind(2, Int64(key.type.rawValue))
            try delete.run()
        }
    }

    /// In the order of the record sets.
    static func agreements(
        _ connection: SQLiteConnection, domains: [DomainName]
    ) throws(StoreError) -> [Agreement] {
        let select = try connection.prepared("SELECT name, type, target, since FROM agreement WHERE domain = ?1")
        defer { select.reset() }
        var agreements: [Agreement] = []
        for domain in Set(domains) {
            select.reset()
            select.bind(1, domain.text)
            while try select.step() {
                let key = RecordSetKey(select.recordName(0), select.recordType(1))
                guard let target = SHA256Digest(octets: select.octets(2)) else {
                    throw StoreError(.unusable, "the state file's agreement for \(key) has no digest")
                }
                agreements.append(Agreement(key: key, domain: domain, target: target, since: select.time(3)))
            }
        }
        return agreements.sorted { $0.key < $1.key }
    }
}
