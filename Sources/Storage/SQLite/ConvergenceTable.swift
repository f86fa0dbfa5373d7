import DNS
import FoundationEssentials
import Keys
import Reconcile

/// What has once converged since Signet last wrote it, one row for each record set.
enum ConvergenceTable {
    static func put(_ connection: SQLiteConnection, _ convergences: [Convergence]) throws(StoreError) {
        let insert = try connection.prepared(
            "INSERT OR REPLACE INTO convergence (name, type, domain, target, at) VALUES (?1, ?2, ?3, ?4, ?5)")
        for convergence in convergences {
            insert.bind(1, convergence.key.name.text)
            insert.bind(2, Int64(convergence.key.type.rawValue))
            insert.bind(3, convergence.domain.text)
            insert.bind(4, convergence.target.octets)
            insert.bind(5, convergence.at)
            try insert.run()
        }
    }

    static func remove(_ connection: SQLiteConnection, _ keys: [RecordSetKey]) throws(StoreError) {
        let delete = try connection.prepared("DELETE FROM convergence WHERE name = ?1 AND type = ?2")
        for key in keys {
            delete.bind(1, key.name.text)
            delete.bind(2, Int64(key.type.rawValue))
            try delete.run()
        }
    }

    /// In the order of the record sets.
    static func convergences(
        _ connection: SQLiteConnection, domains: [DomainName]
    ) throws(StoreError) -> [Convergence] {
        let select = try connection.prepared("SELECT name, type, target, at FROM convergence WHERE domain = ?1")
        defer { select.reset() }
        var convergences: [Convergence] = []
        for domain in Set(domains) {
            select.reset()
            select.bind(1, domain.text)
            while try select.step() {
                let key = RecordSetKey(select.recordName(0), select.recordType(1))
                guard let target = SHA256Digest(octets: select.octets(2)) else {
                    throw StoreError(.unusable, "the state file's convergence of \(key) has no digest")
                }
                convergences.append(Convergence(key: key, domain: domain, target: target, at: select.time(3)))
            }
        }
        return convergences.sorted { $0.key < $1.key }
    }
}
