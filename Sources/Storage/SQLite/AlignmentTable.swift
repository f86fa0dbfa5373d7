import FoundationEssentials
import Reconcile
import SendGate

/// What was last observed of each domain, as the gate needs it.
enum AlignmentTable {
    static func alignment(
        _ connection: SQLiteConnection, of domain: String
    ) throws(StoreError) -> ObservedAlignment? {
        let select = try connection.prepared(
            "SELECT observed_at, convergence, alignment, finding FROM alignment WHERE domain = ?1")
        defer { select.reset() }
        select.bind(1, domain)
        guard try select.step() else { return nil }
        // What cannot be read is not known.
        return ObservedAlignment(
            domain: domain, observedAt: select.time(0),
            convergence: GateFacts.Convergence(rawValue: select.text(1)) ?? .unknown,
            alignment: GateFacts.Alignment(rawValue: select.text(2)) ?? .unknown, finding: select.text(3))
    }

    /// An older observation never replaces a newer one.
    static func record(_ connection: SQLiteConnection, _ alignment: ObservedAlignment) throws(StoreError) {
        let insert = try connection.prepared(
            """
            INSERT INTO alignment (domain, observed_at, convergence, alignment, finding) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (domain) DO UPDATE
            SET (observed_at, convergence, alignment, finding)
                = (excluded.observed_at, excluded.convergence, excluded.alignment, excluded.finding)
            WHERE excluded.observed_at >= observed_at
            """)
        insert.bind(1, alignment.domain)
        insert.bind(2, alignment.observedAt)
        insert.bind(3, alignment.convergence.rawValue)
        insert.bind(4, alignment.alignment.rawValue)
        insert.bind(5, alignment.finding)
        try insert.run()
    }
}
