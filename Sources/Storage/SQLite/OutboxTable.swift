import FoundationEssentials
import Keys
import Manifest
import Reconcile
import SendGate

/// The outbox: one row for each message, one for each recipient, and the octets while they are needed.
enum OutboxTable {
    private static let columns = """
        id, agent, domain, relay, sender, idempotency_key, request_digest, approval, state, created_at, changed_at, \
        due_at, attempt, deferrals, first_deferred_at, lease_holder, lease_expires_at, log_index, reason, \
        requested_mode, is_outcome_unlogged, kind
        """

    // MARK: Reading

    static func message(_ connection: SQLiteConnection, _ id: MessageID) throws(StoreError) -> OutboxMessage? {
        let select = try connection.prepared("SELECT \(columns) FROM outbox WHERE id = ?1")
        defer { select.reset() }
        select.bind(1, id.rawValue)
        guard try select.step() else { return nil }
        return try message(connection, select)
    }

    static func octets(_ connection: SQLiteConnection, _ id: MessageID) throws(StoreError) -> [UInt8]? {
        let select = try connection.prepared("SELECT octets FROM outbox_octets WHERE message = ?1")
        defer { select.reset() }
        select.bind(1, id.rawValue)
        return try select.step() ? select.octets(0) : nil
    }

    static func messages(
        _ connection: SQLiteConnection, _ filter: OutboxFilter, countMax: Int
    ) throws(StoreError) -> [OutboxMessage] {
        let states = filter.states.isEmpty ? Set(OutboxState.allCases) : filter.states
        let list = states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let select = try connection.prepared(
            """
            SELECT id FROM outbox WHERE state IN (\(list)) AND (?1 = '' OR agent = ?1)
            ORDER BY created_at DESC, id LIMIT ?2
            """)
        select.bind(1, filter.agent ?? "")
        select.bind(2, Int64(countMax))
        return try messages(connection, select)
    }

    static func unlogged(_ connection: SQLiteConnection, countMax: Int) throws(StoreError) -> [OutboxMessage] {
        let select = try connection.prepared(
            "SELECT id FROM outbox WHERE is_outcome_unlogged <> 0 ORDER BY changed_at, id LIMIT ?1")
        select.bind(1, Int64(countMax))
        return try messages(connection, select)
    }

    static func overdueHolds(
        _ connection: SQLiteConnection, countMax: Int, at now: Date
    ) throws(StoreError) -> [OutboxMessage] {
        let select = try connection.prepared(
            "SELECT id FROM outbox WHERE due_at <= ?1 AND state = 'held' ORDER BY due_at, id LIMIT ?2")
        select.bind(1, now)
        select.bind(2, Int64(countMax))
        return try messages(connection, select)
    }

    /// What is held has a time at which it is due, so that no message of the past is looked at.
    static func answeredHolds(_ connection: SQLiteConnection, countMax: Int) throws(StoreError) -> [AnsweredHold] {
        let open: Set<ApprovalState> = [.pending, .inFlight, .used]
        let answered = ApprovalState.allCases.filter { !open.contains($0) }.map { "'\($0.rawValue)'" }
        let select = try connection.prepared(
            """
            SELECT outbox.id, approval.state FROM outbox JOIN approval ON approval.id = (
                SELECT id FROM approval WHERE send = outbox.id ORDER BY requested_at DESC, id DESC LIMIT 1)
            WHERE outbox.due_at IS NOT NULL AND outbox.state = 'held'
                AND approval.state IN (\(answered.joined(separator: ", ")))
            ORDER BY outbox.due_at LIMIT ?1
            """)
        defer { select.reset() }
        select.bind(1, Int64(countMax))
        var holds: [AnsweredHold] = []
        while try select.step() {
            guard let id = MessageID(rawValue: select.text(0)), let state = ApprovalState(rawValue: select.text(1))
            else {
                throw StoreError(.unusable, "the state file has a held message that cannot be read")
            }
            holds.append(AnsweredHold(message: id, approval: state))
        }
        return holds
    }

    static func counted(
        _ connection: SQLiteConnection, agent: String, since: Date
    ) throws(StoreError) -> Int {
        let uncounted = OutboxState.allCases.filter { !$0.countsAgainstLimit }.map { "'\($0.rawValue)'" }
        let select = try connection.prepared(
            """
            SELECT count(*) FROM outbox
            WHERE agent = ?1 AND created_at > ?2 AND state NOT IN (\(uncounted.joined(separator: ", ")))
            """)
        defer { select.reset() }
        select.bind(1, agent)
        select.bind(2, since)
        return try select.step() ? Int(select.integer(0)) : 0
    }

    // MARK: Writing; call inside an immediate transaction

    static func accept(
        _ connection: SQLiteConnection, _ message: OutboxMessage, octets: [UInt8], perHourMax: Int?, at now: Date
    ) throws(StoreError) -> OutboxAcceptance {
        if let key = message.idempotencyKey,
            let earlier = try earlier(connection, agent: message.agent, key: key)
        {
            return earlier.requestDigest == message.requestDigest ? .repeated(earlier) : .conflict(earlier.id)
        }
        if let perHourMax {
            let count = try counted(
                connection, agent: message.agent,
                since: now.addingTimeInterval(-Double(OutboxLimits.hour.components.seconds)))
            if count >= perHourMax { return .overLimit(count) }
        }
        try put(connection, message, replacing: nil)
        guard !message.state.isFinal else { return .accepted }
        let insert = try connection.prepared("INSERT INTO outbox_octets (message, octets) VALUES (?1, ?2)")
        insert.bind(1, message.id.rawValue)
        insert.bind(2, octets)
        try insert.run()
        return .accepted
    }

    static func apply(
        _ connection: SQLiteConnection, _ event: OutboxStoreEvent, at now: Date
    ) throws(StoreError) -> OutboxTransition {
        guard let before = try message(connection, event.id) else { return .missing }
        let transition = before.step(event.event, at: now, random: event.random)
        if let after = transition.message { try put(connection, after, replacing: before) }
        return transition
    }

    static func replaceContent(
        _ connection: SQLiteConnection, _ id: MessageID, sender: String, recipients: [String], octets: [UInt8],
        at now: Date
    ) throws(StoreError) -> Bool {
        guard let before = try message(connection, id), before.isEditable else { return false }
        let delete = try connection.prepared("DELETE FROM outbox_recipient WHERE message = ?1")
        delete.bind(1, id.rawValue)
        try delete.run()
        var cleared = before
        cleared.recipients = []
        var message = before
        message.sender = sender
        message.recipients = recipients.map { OutboxMessage.Recipient(address: $0) }
        message.changedAt = now
        try put(connection, message, replacing: cleared)
        let update = try connection.prepared("UPDATE outbox_octets SET octets = ?2 WHERE message = ?1")
        update.bind(1, id.rawValue)
        update.bind(2, octets)
        try update.run()
        return true
    }

    static func claimDue(
        _ connection: SQLiteConnection, holder: String, until: Date, countMax: Int, at now: Date
    ) throws(StoreError) -> [OutboxMessage] {
        let overdue = try connection.prepared(
            "SELECT id FROM outbox WHERE lease_expires_at <= ?1 ORDER BY lease_expires_at, id LIMIT ?2")
        overdue.bind(1, now)
        overdue.bind(2, Int64(countMax))
        for id in try identifiers(overdue) {
            _ = try apply(connection, OutboxStoreEvent(id, .abandoned), at: now)
        }
        let due = try connection.prepared(
            "SELECT id FROM outbox WHERE due_at <= ?1 AND state <> 'held' ORDER BY due_at, id LIMIT ?2")
        due.bind(1, now)
        due.bind(2, Int64(countMax))
        var claimed: [OutboxMessage] = []
        for id in try identifiers(due) {
            let event = OutboxStoreEvent(id, .claimed(holder: holder, until: until))
            let transition = try apply(connection, event, at: now)
            if let after = transition.message, after.state == .delivering { claimed.append(after) }
        }
        return claimed
    }

    // MARK: Rows

    private static func earlier(
        _ connection: SQLiteConnection, agent: String, key: String
    ) throws(StoreError) -> OutboxMessage? {
        let select = try connection.prepared(
            "SELECT \(columns) FROM outbox WHERE agent = ?1 AND idempotency_key = ?2")
        defer { select.reset() }
        select.bind(1, agent)
        select.bind(2, key)
        return try select.step() ? message(connection, select) : nil
    }

    private static func identifiers(_ select: SQLiteStatement) throws(StoreError) -> [MessageID] {
        defer { select.reset() }
        var identifiers: [MessageID] = []
        while try select.step() {
            guard let id = MessageID(rawValue: select.text(0)) else { continue }
            identifiers.append(id)
        }
        return identifiers
    }

    private static func messages(
        _ connection: SQLiteConnection, _ select: SQLiteStatement
    ) throws(StoreError) -> [OutboxMessage] {
        var messages: [OutboxMessage] = []
        for id in try identifiers(select) {
            if let message = try message(connection, id) { messages.append(message) }
        }
        return messages
    }

    private static func message(
        _ connection: SQLiteConnection, _ row: SQLiteStatement
    ) throws(StoreError) -> OutboxMessage {
        guard let id = MessageID(rawValue: row.text(0)), let state = OutboxState(rawValue: row.text(8)),
            let digest = SHA256Digest(octets: row.octets(6)), let kind = OutboxMessage.Kind(rawValue: row.text(21))
        else { throw StoreError(.unusable, "the state file's outbox has a row that cannot be read") }
        var lease: OutboxMessage.Lease?
        if !row.isNull(15) { lease = OutboxMessage.Lease(holder: row.text(15), expiresAt: row.time(16)) }
        return OutboxMessage(
            id: id, kind: kind, agent: row.text(1), domain: row.text(2), relay: row.text(3), sender: row.text(4),
            recipients: try recipients(connection, id), idempotencyKey: row.isNull(5) ? nil : row.text(5),
            requestDigest: digest,
            requestedMode: row.isNull(19) ? nil : OversightMode(rawValue: row.text(19)) ?? .readOnly,
            approvalID: row.isNull(7) ? nil : row.text(7), state: state,
            createdAt: row.time(9), changedAt: row.time(10), dueAt: row.isNull(11) ? nil : row.time(11),
            attempt: Int(row.integer(12)), deferrals: Int(row.integer(13)),
            firstDeferredAt: row.isNull(14) ? nil : row.time(14), lease: lease,
            logIndex: row.isNull(17) ? nil : row.integer(17), isOutcomeUnlogged: row.integer(20) != 0,
            reason: row.text(18))
    }

    private static func recipients(
        _ connection: SQLiteConnection, _ id: MessageID
    ) throws(StoreError) -> [OutboxMessage.Recipient] {
        let select = try connection.prepared(
            """
            SELECT address, is_copy, outcome, code, reply, provisional, provisional_code, provisional_reply
            FROM outbox_recipient WHERE message = ?1 ORDER BY position
            """)
        defer { select.reset() }
        select.bind(1, id.rawValue)
        var recipients: [OutboxMessage.Recipient] = []
        while try select.step() {
            var recipient = OutboxMessage.Recipient(
                address: select.text(0), outcome: outcome(select, from: 2), isCopy: select.integer(1) != 0)
            recipient.provisional = outcome(select, from: 5)
            recipients.append(recipient)
        }
        return recipients
    }

    /// From its three columns: word, code, text.
    private static func outcome(_ row: SQLiteStatement, from column: Int32) -> RecipientOutcome? {
        let reply = ReplyText(code: Int(row.integer(column + 1)), text: row.text(column + 2))
        return switch row.text(column) {
        case "accepted": .accepted(reply)
        case "deferred": .deferred(reply)
        case "rejected": .rejected(reply)
        case "uncertain": .uncertain
        default: nil
        }
    }

    private static func bind(_ statement: SQLiteStatement, _ outcome: RecipientOutcome?, from parameter: Int32) {
        let (word, reply): (String?, ReplyText?) =
            switch outcome {
            case .accepted(let reply): ("accepted", reply)
            case .deferred(let reply): ("deferred", reply)
            case .rejected(let reply): ("rejected", reply)
            case .uncertain: ("uncertain", nil)
            case nil: (nil, nil)
            }
        statement.bind(parameter, word)
        statement.bind(parameter + 1, Int64(reply?.code ?? 0))
        statement.bind(parameter + 2, reply?.text ?? "")
    }

    private static let insertion =
        "INSERT INTO outbox (\(columns)) VALUES (\((1...22).map { "?\($0)" }.joined(separator: ", ")))"

    /// What a message's life changes of its row. SQLite writes every index anew that has one of the columns named.
    private static let change = """
        UPDATE outbox SET (sender, approval, state, changed_at, due_at, attempt, deferrals, first_deferred_at,
            lease_holder, lease_expires_at, log_index, reason, is_outcome_unlogged)
            = (?5, ?8, ?9, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?21)
        WHERE id = ?1
        """

    /// - Parameter before: as it stands in the table; nil: it does not.
    private static func put(
        _ connection: SQLiteConnection, _ message: OutboxMessage, replacing before: OutboxMessage?
    ) throws(StoreError) {
        let write = try connection.prepared(before == nil ? insertion : change)
        write.bind(1, message.id.rawValue)
        if before == nil {
            write.bind(2, message.agent)
            write.bind(3, message.domain)
            write.bind(4, message.relay)
            write.bind(6, message.idempotencyKey)
            write.bind(7, message.requestDigest.octets)
            write.bind(10, message.createdAt)
            write.bind(20, message.requestedMode?.rawValue)
            write.bind(22, message.kind.rawValue)
        }
        write.bind(5, message.sender)
        write.bind(8, message.approvalID)
        write.bind(9, message.state.rawValue)
        write.bind(11, message.changedAt)
        write.bind(12, message.dueAt)
        write.bind(13, Int64(message.attempt))
        write.bind(14, Int64(message.deferrals))
        write.bind(15, message.firstDeferredAt)
        write.bind(16, message.lease?.holder)
        write.bind(17, message.lease?.expiresAt)
        write.bind(18, message.logIndex)
        write.bind(19, message.reason)
        write.bind(21, message.isOutcomeUnlogged ? 1 : Int64(0))
        try write.run()
        if before?.recipients != message.recipients { try putRecipients(connection, message) }
        guard message.state.isFinal, before != nil else { return }
        let delete = try connection.prepared("DELETE FROM outbox_octets WHERE message = ?1")
        delete.bind(1, message.id.rawValue)
        try delete.run()
    }

    private static func putRecipients(_ connection: SQLiteConnection, _ message: OutboxMessage) throws(StoreError) {
        let write = try connection.prepared(
            """
            INSERT INTO outbox_recipient (
                message, position, address, is_copy, outcome, code, reply, provisional, provisional_code,
                provisional_reply)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (message, position) DO UPDATE
            SET (outcome, code, reply, provisional, provisional_code, provisional_reply)
                = (excluded.outcome, excluded.code, excluded.reply, excluded.provisional, excluded.provisional_code,
                    excluded.provisional_reply)
            WHERE outcome IS NOT excluded.outcome OR reply <> excluded.reply
                OR provisional IS NOT excluded.provisional
            """)
        for (position, recipient) in message.recipients.enumerated() {
            write.bind(1, message.id.rawValue)
            write.bind(2, Int64(position))
            write.bind(3, recipient.address)
            write.bind(4, recipient.isCopy ? 1 : Int64(0))
            bind(write, recipient.outcome, from: 5)
            bind(write, recipient.provisional, from: 8)
            try write.run()
        }
    }
}
