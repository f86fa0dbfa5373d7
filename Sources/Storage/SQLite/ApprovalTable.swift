import FoundationEssentials
import Keys
import Manifest
import Reconcile
import SendGate

/// The approvals, one row each; a change is a compare-and-set on the row's revision.
enum ApprovalTable {
    private static let columns = """
        id, send, agent, message, requested_at, answer_by, state, payload, signature, valid_until, attempt, \
        changed_at, revision
        """
    private static let values = (1...13).map { "?\($0)" }.joined(separator: ", ")

    /// Call inside an immediate transaction, as `replace`.
    static func insert(_ connection: SQLiteConnection, _ record: ApprovalRecord) throws(StoreError) -> Bool {
        let insert = try connection.prepared(
            "INSERT INTO approval (\(columns)) VALUES (\(values)) ON CONFLICT (id) DO NOTHING")
        bind(insert, record)
        try insert.run()
        return connection.changedRows == 1
    }

    static func replace(_ connection: SQLiteConnection, _ record: ApprovalRecord) throws(StoreError) -> Bool {
        let update = try connection.prepared(
            "UPDATE approval SET (\(columns)) = (\(values)) WHERE id = ?1 AND revision = ?13 - 1")
        bind(update, record)
        try update.run()
        return connection.changedRows == 1
    }

    static func record(_ connection: SQLiteConnection, _ id: ApprovalID) throws(StoreError) -> ApprovalRecord? {
        let select = try connection.prepared("SELECT \(columns) FROM approval WHERE id = ?1")
        select.bind(1, id.rawValue)
        return try records(select).first
    }

    static func latest(_ connection: SQLiteConnection, for send: SendID) throws(StoreError) -> ApprovalRecord? {
        let select = try connection.prepared(
            "SELECT \(columns) FROM approval WHERE send = ?1 ORDER BY requested_at DESC, id DESC LIMIT 1")
        select.bind(1, send.rawValue)
        return try records(select).first
    }

    static func list(
        _ connection: SQLiteConnection, _ filter: ApprovalFilter, countMax: Int
    ) throws(StoreError) -> [ApprovalRecord] {
        // Few texts: a filter's states are a few sets of our own.
        let list = filter.states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        var conditions = ["state IN (\(list))"]
        if filter.agents != nil { conditions.append("agent IN (SELECT value FROM json_each(?2))") }
        if filter.after != nil { conditions.append("(requested_at, id) > (?3, ?4)") }
        let select = try connection.prepared(
            """
            SELECT \(columns) FROM approval WHERE \(conditions.joined(separator: " AND "))
            ORDER BY requested_at, id LIMIT ?1
            """)
        select.bind(1, Int64(countMax))
        if let agents = filter.agents {
            // Ids of agents have letters, digits and hyphens alone.
            select.bind(2, "[" + agents.map { "\"\($0.rawValue)\"" }.sorted().joined(separator: ", ") + "]")
        }
        if let after = filter.after {
            select.bind(3, after.requestedAt)
            select.bind(4, after.id.rawValue)
        }
        return try records(select)
    }

    private static func records(_ select: SQLiteStatement) throws(StoreError) -> [ApprovalRecord] {
        defer { select.reset() }
        var records: [ApprovalRecord] = []
        while try select.step() {
            guard let message = SHA256Digest(octets: select.octets(3)),
                let state = ApprovalState(rawValue: select.text(6))
            else { throw StoreError(.unusable, "the state file has an approval that cannot be read") }
            records.append(
                ApprovalRecord(
                    id: ApprovalID(rawValue: select.text(0)), send: SendID(rawValue: select.text(1)),
                    agent: AgentID(rawValue: select.text(2)), message: MessageDigest(message),
                    requestedAt: select.time(4), answerBy: select.time(5), state: state,
                    statement: select.isNull(7)
                        ? nil : SignedStatement(payload: select.octets(7), signature: select.octets(8)),
                    validUntil: select.isNull(9) ? nil : select.time(9),
                    attempt: select.isNull(10) ? nil : AttemptID(rawValue: select.text(10)),
                    changedAt: select.time(11), revision: select.integer(12)))
        }
        return records
    }

    private static func bind(_ statement: SQLiteStatement, _ record: ApprovalRecord) {
        statement.bind(1, record.id.rawValue)
        statement.bind(2, record.send.rawValue)
        statement.bind(3, record.agent.rawValue)
        statement.bind(4, record.message.sha256.octets)
        statement.bind(5, record.requestedAt)
        statement.bind(6, record.answerBy)
        statement.bind(7, record.state.rawValue)
        statement.bind(8, record.statement?.payload)
        statement.bind(9, record.statement?.signature)
        statement.bind(10, record.validUntil)
        statement.bind(11, record.attempt?.rawValue)
        statement.bind(12, record.changedAt)
        statement.bind(13, record.revision)
    }
}
