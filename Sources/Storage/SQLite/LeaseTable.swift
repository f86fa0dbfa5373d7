import FoundationEssentials
import Reconcile

/// The one lease: a row whose fencing number only grows. `holder` is NULL once it was given back.
///
/// Every check of the lease and the write that depends on it share one immediate transaction, so no other process can
/// take the lease over in between.
enum LeaseTable {
    /// Who holds it at this time; nil if nobody does. One that would end much later than any lease can was taken while the
    /// clock was ahead, and keeps nobody out: `LeaseKeeper` lets its holder start no write, and the fencing number keeps it
    /// from the store.
    static func current(_ connection: SQLiteConnection, at now: Date) throws(StoreError) -> Lease? {
        let row = try read(connection)
        guard let holder = row.holder, now < row.expiresAt, row.expiresAt <= now.adding(LeaseKeeper.durationMax * 2)
        else { return nil }
        return Lease(holder: holder, fencingNumber: row.fencingNumber, expiresAt: row.expiresAt)
    }

    /// Call inside an immediate transaction.
    static func acquire(
        _ connection: SQLiteConnection, holder: String, at now: Date, for duration: Duration
    ) throws(StoreError) -> LeaseOutcome {
        if let other = try current(connection, at: now) { return .held(other) }
        let lease = Lease(
            holder: holder, fencingNumber: try read(connection).fencingNumber + 1, expiresAt: now.adding(duration))
        let update = try connection.prepared(
            "UPDATE lease SET fencing_number = ?1, holder = ?2, expires_at = ?3 WHERE id = 1")
        update.bind(1, lease.fencingNumber)
        update.bind(2, holder)
        update.bind(3, lease.expiresAt)
        try update.run()
        return .acquired(lease)
    }

    /// False if the lease is over. Call inside an immediate transaction.
    static func renew(
        _ connection: SQLiteConnection, _ lease: Lease, at now: Date, for duration: Duration
    ) throws(StoreError) -> Bool {
        guard try isHeld(connection, lease, at: now) else { return false }
        let update = try connection.prepared("UPDATE lease SET expires_at = ?1 WHERE id = 1")
        update.bind(1, now.adding(duration))
        try update.run()
        return true
    }

    static func release(_ connection: SQLiteConnection, _ lease: Lease) throws(StoreError) {
        let update = try connection.prepared("UPDATE lease SET holder = NULL WHERE id = 1 AND fencing_number = ?1")
        update.bind(1, lease.fencingNumber)
        try update.run()
    }

    /// Whether nobody took the lease over, it was not given back, and its time has not come. The stored expiry counts,
    /// not the caller's copy.
    static func isHeld(_ connection: SQLiteConnection, _ lease: Lease, at now: Date) throws(StoreError) -> Bool {
        let row = try read(connection)
        return row.holder != nil && row.fencingNumber == lease.fencingNumber && now < row.expiresAt
    }

    /// Whether nobody has held a lease since.
    static func isNewest(_ connection: SQLiteConnection, _ lease: Lease) throws(StoreError) -> Bool {
        try read(connection).fencingNumber == lease.fencingNumber
    }

    private struct Row {
        var fencingNumber: Int64
        var holder: String?
        var expiresAt: Date
    }

    private static func read(_ connection: SQLiteConnection) throws(StoreError) -> Row {
        let select = try connection.prepared("SELECT fencing_number, holder, expires_at FROM lease WHERE id = 1")
        defer { select.reset() }
        guard try select.step() else {
            throw StoreError(
                .unusable, "\(connection.path) has lost its lease row: \(StateFile.restoring)")
        }
        return Row(
            fencingNumber: select.integer(0), holder: select.isNull(1) ? nil : select.text(1),
            expiresAt: select.time(2))
    }
}
