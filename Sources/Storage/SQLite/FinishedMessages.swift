import Audit
import Reconcile

/// What the outbox and the approvals keep about people once a message's fate is sealed.
enum FinishedMessages {
    private static let finished =
        "(SELECT id FROM outbox WHERE state IN ('sent', 'bounced', 'refused', 'denied', 'expired') AND is_outcome_unlogged = 0)"

    /// How an approver stands in their statement: RFC 8785, and names need no escape (docs/spec/approval.md).
    static func approverMember(_ name: String) -> [UInt8] { Array("\"approver\":\"\(name)\"".utf8) }

    /// Blanks recipients, what relays said of them, and approvers' statements; returns how many rows held any. Messages that may
    /// still be sent keep theirs. Call inside the transaction that erases the log's values.
    static func erase(_ connection: SQLiteConnection, _ target: ErasureRequest.Target) throws(StoreError) -> Int {
        let statements: [(sql: String, text: [UInt8]?)]
        let value: String
        switch target {
        case .entry: return 0
        case .message(let message):
            value = message
            statements = [
                (
                    """
                    UPDATE outbox_recipient SET address = '', reply = '', provisional_reply = ''
                    WHERE message = ?1 AND message IN \(finished) AND address <> ''
                    """, nil
                ),
                ("UPDATE outbox SET reason = '' WHERE id = ?1 AND id IN \(finished) AND reason <> ''", nil),
                (
                    """
                    UPDATE approval SET payload = NULL, signature = NULL
                    WHERE send = ?1 AND send IN \(finished) AND payload IS NOT NULL
                    """, nil
                ),
            ]
        case .value(let text):
            guard !text.isEmpty else { return 0 }
            value = text
            statements = [
                // A reason may quote what the relay said of a recipient, or name who denied.
                (
                    """
                    UPDATE outbox SET reason = '' WHERE reason <> '' AND id IN \(finished) AND (
                        EXISTS (SELECT 1 FROM outbox_recipient WHERE message = outbox.id AND address = ?1)
                        OR id IN (SELECT send FROM approval WHERE instr(payload, ?2) > 0))
                    """, approverMember(text)
                ),
                (
                    """
                    UPDATE outbox_recipient SET address = '', reply = '', provisional_reply = ''
                    WHERE address = ?1 AND message IN \(finished)
                    """, nil
                ),
                (
                    """
                    UPDATE approval SET payload = NULL, signature = NULL
                    WHERE instr(payload, ?2) > 0 AND send IN \(finished)
                    """, approverMember(text)
                ),
            ]
        }
        var rows = 0
        for (sql, text) in statements {
            let update = try connection.prepared(sql)
            update.bind(1, value)
            if let text { update.bind(2, text) }
            try update.run()
            rows += connection.changedRows
        }
        return rows
    }
}
