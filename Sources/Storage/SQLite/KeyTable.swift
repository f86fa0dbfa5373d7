import FoundationEssentials
import Keys
import Reconcile

/// The keyring: one row for each key, its private half sealed by Keys before it comes here.
enum KeyTable {
    /// Fails on the first id that is there already; the caller's transaction then undoes the rest.
    static func insert(_ connection: SQLiteConnection, _ keys: [KeyRecord]) throws(StoreError) {
        let insert = try connection.prepared(
            """
            INSERT INTO key (domain, purpose, selector, algorithm, state, public_key, sealed, created_at, state_changed_at)
            VALUES (?1, ?9, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (domain, purpose, selector) DO NOTHING
            """)
        for key in keys {
            insert.bind(1, key.id.domain)
            insert.bind(2, key.id.selector)
            insert.bind(3, key.algorithm.rawValue)
            insert.bind(4, key.state.rawValue)
            insert.bind(5, key.publicKey)
            insert.bind(6, key.sealed.octets)
            insert.bind(7, key.createdAt)
            insert.bind(8, key.stateChangedAt)
            insert.bind(9, key.id.purpose.rawValue)
            try insert.run()
            guard connection.changedRows == 1 else {
                throw StoreError(
                    .duplicate,
                    "\(connection.path) has a key for \(key.id) already: nothing was stored; use the key that is there")
            }
        }
    }

    /// Returns how many were in `from`.
    static func setState(
        _ connection: SQLiteConnection, _ ids: [KeyID], from: KeyState, to: KeyState, at time: Date
    ) throws(StoreError) -> Int {
        let update = try connection.prepared(
            """
            UPDATE key SET state = ?4, state_changed_at = ?5, sealed = iif(?4 = 'removed', x'', sealed)
            WHERE domain = ?1 AND purpose = ?6 AND selector = ?2 AND state = ?3
            """)
        var moved = 0
        for id in ids {
            update.bind(1, id.domain)
            update.bind(2, id.selector)
            update.bind(3, from.rawValue)
            update.bind(4, to.rawValue)
            update.bind(5, time)
            update.bind(6, id.purpose.rawValue)
            try update.run()
            moved += connection.changedRows
        }
        return moved
    }

    /// In the order of their ids.
    static func keys(_ connection: SQLiteConnection, domains: [String]) throws(StoreError) -> [KeyRecord] {
        let select = try connection.prepared(
            """
            SELECT selector, algorithm, state, public_key, sealed, created_at, state_changed_at, purpose
            FROM key WHERE domain = ?1
            """)
        defer { select.reset() }
        var keys: [KeyRecord] = []
        for domain in Set(domains) {
            select.reset()
            select.bind(1, domain)
            while try select.step() {
                guard let purpose = KeyPurpose(rawValue: select.text(7)) else {
                    throw StoreError(.unusable, "the state file has a key of \(domain) for an unknown purpose")
                }
                let id = KeyID(domain: domain, selector: select.text(0), purpose: purpose)
                guard let algorithm = KeyAlgorithm(rawValue: select.text(1)),
                    let state = KeyState(rawValue: select.text(2))
                else { throw StoreError(.unusable, "the state file's key \(id) has an unknown algorithm or state") }
                keys.append(
                    KeyRecord(
                        id: id, algorithm: algorithm, state: state, publicKey: select.octets(3),
                        sealed: SealedPrivateKey(octets: select.octets(4)), createdAt: select.time(5),
                        stateChangedAt: select.time(6)))
            }
        }
        return keys.sorted { $0.id < $1.id }
    }
}
