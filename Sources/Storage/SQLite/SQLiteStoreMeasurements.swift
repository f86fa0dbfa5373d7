package import Operations
package import Reconcile
package import SendGate

/// What was measured of messages that left, one row each; it goes when its message goes.
extension SQLiteStore: MeasurementStore {
    package nonisolated func recordMeasured(
        _ measured: MeasuredAuthentication, of id: MessageID
    ) async throws(StoreError) {
        try await writes.run { (connection) throws(StoreError) in
            let insert = try connection.prepared(
                """
                INSERT OR REPLACE INTO outbox_authentication (message, spf, dkim, dmarc, identity)
                VALUES (?1, ?2, ?3, ?4, ?5)
                """)
            for (index, text) in [id.rawValue, measured.spf, measured.dkim, measured.dmarc, measured.identity]
                .enumerated()
            {
                insert.bind(Int32(index + 1), text)
            }
            try insert.run()
        } turn: {
            await emptyWrites()
        }
    }

    package nonisolated func measured(of id: MessageID) async throws(StoreError) -> MeasuredAuthentication? {
        try lookUp { (connection) throws(StoreError) in
            let select = try connection.prepared(
                "SELECT spf, dkim, dmarc, identity FROM outbox_authentication WHERE message = ?1")
            defer { select.reset() }
            select.bind(1, id.rawValue)
            guard try select.step() else { return nil }
            return MeasuredAuthentication(
                spf: select.text(0), dkim: select.text(1), dmarc: select.text(2), identity: select.text(3))
        }
    }
}
