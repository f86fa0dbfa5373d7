import Audit
import Reconcile

/// What the outbox and the approvals keep about people once a message's fate is sealed.
enum FinishedMessages {
    private static let finished =
        "(SELECT id FROM outbox WHERE state IN ('sent', 'bounced', 'refused', 'denied', 'expired') AND is_outcome_unlogged = 0)"

    /// How an approver stands in their statement: RFC 8785, and names need no escape (docs/spec/approval.md).
    static func approverMember(_ name: String) -> [UInt8] { Array("\"approver\":\"\(name)\"".utf8) }

    struct Outcome {
        /// How many rows held anything of it, and were blanked.
        var rows = 0
        /// The messages that may still be sent and hold it.
        var unfinished: Set<String> = []
    }

    /// Blanks recipients, what relays said of them, and approvers' statements. Messages that may still be sent keep theirs.
    /// Call inside the transaction that erases the log's values.
    static func erase(
        _ connection: SQLiteConnection, _ target: ErasureRequest.Target
    ) throws(StoreError) -> Outcome {
        switch target {
        case .entry: return Outcome()
        case .message(let message): return try erase(connection, message: message)
        case .value(let value): return value.isEmpty ? Outcome() : try erase(connection, value: value)
        }
    }

    /// Who guesses the whole request could confirm it by its digest. A repeat under the same key conflicts from then on.
    private static let blankRequest = "UPDATE outbox SET request_digest = zeroblob(32) WHERE id = ?1"

    private static func erase(_ connection: SQLiteConnection, message: String) throws(StoreError) -> Outcome {
        var outcome = Outcome()
        for sql in [
            """
            UPDATE outbox_recipient SET address = '', reply = '', provisional_reply = ''
            WHERE message = ?1 AND message IN \(finished) AND address <> ''
            """,
            "UPDATE outbox SET reason = '' WHERE id = ?1 AND id IN \(finished) AND reason <> ''",
            """
            UPDATE approval SET payload = NULL, signature = NULL
            WHERE send = ?1 AND send IN \(finished) AND payload IS NOT NULL
            """,
        ] {
            let update = try connection.prepared(sql)
            update.bind(1, message)
            try update.run()
            outcome.rows += connection.changedRows
        }
        let request = try connection.prepared("\(blankRequest) AND id IN \(finished)")
        request.bind(1, message)
        try request.run()
        let select = try connection.prepared("SELECT id FROM outbox WHERE id = ?1 AND id NOT IN \(finished)")
        select.bind(1, message)
        defer { select.reset() }
        if try select.step() { outcome.unfinished.insert(message) }
        return outcome
    }

    /// A message that holds the value.
    private struct Holder {
        var id: String
        var isFinished: Bool
    }

    private static func erase(_ connection: SQLiteConnection, value: String) throws(StoreError) -> Outcome {
        let sought = SoughtValue(value)
        var holders: [Holder] = []
        var recipients: [(message: String, position: Int64, isTheirs: Bool)] = []
        let rows = try connection.prepared(
            """
            SELECT message, message IN \(finished), position, address, reply, provisional_reply FROM outbox_recipient
            WHERE address <> '' OR reply <> '' OR provisional_reply <> ''
            """)
        defer { rows.reset() }
        while try rows.step() {
            let isTheirs = sought.matches(rows.text(3))
            guard isTheirs || sought.matches(rows.text(4)) || sought.matches(rows.text(5)) else { continue }
            let holder = Holder(id: rows.text(0), isFinished: rows.integer(1) != 0)
            holders.append(holder)
            if holder.isFinished { recipients.append((holder.id, rows.integer(2), isTheirs)) }
        }
        let statements = try connection.prepared(
            "SELECT id, id IN \(finished) FROM outbox WHERE id IN (SELECT send FROM approval WHERE instr(payload, ?1) > 0)"
        )
        statements.bind(1, approverMember(value))
        defer { statements.reset() }
        while try statements.step() {
            holders.append(Holder(id: statements.text(0), isFinished: statements.integer(1) != 0))
        }
        let reasons = try connection.prepared("SELECT id, id IN \(finished), reason FROM outbox WHERE reason <> ''")
        defer { reasons.reset() }
        while try reasons.step() {
            guard sought.matches(reasons.text(2)) else { continue }
            holders.append(Holder(id: reasons.text(0), isFinished: reasons.integer(1) != 0))
        }

        var outcome = Outcome()
        outcome.unfinished = Set(holders.filter { !$0.isFinished }.map(\.id))
        // A reason may quote what the relay said of a recipient, or name who denied.
        let reason = try connection.prepared("UPDATE outbox SET reason = '' WHERE id = ?1 AND reason <> ''")
        let request = try connection.prepared(blankRequest)
        for id in Set(holders.filter(\.isFinished).map(\.id)) {
            reason.bind(1, id)
            try reason.run()
            outcome.rows += connection.changedRows
            request.bind(1, id)
            try request.run()
        }
        // Of another recipient, what the relay said goes, and they stay.
        let recipient = try connection.prepared(
            """
            UPDATE outbox_recipient SET address = iif(?3, '', address), reply = '', provisional_reply = ''
            WHERE message = ?1 AND position = ?2
            """)
        for (message, position, isTheirs) in recipients {
            recipient.bind(1, message)
            recipient.bind(2, position)
            recipient.bind(3, isTheirs ? 1 : 0 as Int64)
            try recipient.run()
            outcome.rows += connection.changedRows
        }
        let approval = try connection.prepared(
            "UPDATE approval SET payload = NULL, signature = NULL WHERE instr(payload, ?1) > 0 AND send IN \(finished)")
        approval.bind(1, approverMember(value))
        try approval.run()
        outcome.rows += connection.changedRows
        return outcome
    }
}
