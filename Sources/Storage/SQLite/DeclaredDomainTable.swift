import DNS
import FoundationEssentials
package import Operations
package import Reconcile

/// The domains that were declared through the API, one row each. A name is its own id; nothing changes a row yet, so every
/// `revision` is 1.
enum DeclaredDomainTable {
    /// Call inside an immediate transaction.
    static func insert(_ connection: SQLiteConnection, _ domain: DeclaredDomain) throws(StoreError) -> Bool {
        let insert = try connection.prepared(
            """
            INSERT INTO declared_domain (id, name, declaration, created_at, changed_at, revision)
            VALUES (?1, ?1, ?2, ?3, ?3, 1) ON CONFLICT DO NOTHING
            """)
        insert.bind(1, domain.name.text)
        insert.bind(2, domain.declaration)
        insert.bind(3, domain.createdAt)
        try insert.run()
        return connection.changedRows == 1
    }

    static func domains(_ connection: SQLiteConnection) throws(StoreError) -> [DeclaredDomain] {
        let select = try connection.prepared("SELECT name, declaration, created_at FROM declared_domain")
        defer { select.reset() }
        var domains: [DeclaredDomain] = []
        while try select.step() { domains.append(try domain(select)) }
        return domains.sorted { $0.name < $1.name }
    }

    private static func domain(_ row: SQLiteStatement) throws(StoreError) -> DeclaredDomain {
        guard
            let domain = DeclaredDomain(
                name: DomainName(canonical: row.text(0)), declaration: row.octets(1), createdAt: row.time(2))
        else {
            throw StoreError(.unusable, "the state file has a domain that cannot be read: \(StateFile.restoring)")
        }
        return domain
    }
}

extension SQLiteStore: DeclaredDomainStore {
    package func insertDeclaredDomain(_ domain: DeclaredDomain) throws(StoreError) -> Bool {
        try transaction(.immediate) { (connection) throws(StoreError) in
            try DeclaredDomainTable.insert(connection, domain)
        }
    }

    package func declaredDomains() throws(StoreError) -> [DeclaredDomain] {
        try transaction(.deferred) { (connection) throws(StoreError) in try DeclaredDomainTable.domains(connection) }
    }
}

/// A file that is not there has none.
extension ReadOnlySQLiteStore: DeclaredDomainStore {
    package func insertDeclaredDomain(_ domain: DeclaredDomain) throws(StoreError) -> Bool { throw refusal }

    package func declaredDomains() throws(StoreError) -> [DeclaredDomain] {
        try read { (connection) throws(StoreError) in try DeclaredDomainTable.domains(connection) } ?? []
    }
}
