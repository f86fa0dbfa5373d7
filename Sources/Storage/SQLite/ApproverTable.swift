import FoundationEssentials
import Keys
import Manifest
import Reconcile

/// Who may let agents do more, and which of their statements were used.
enum ApproverTable {
    static func approvers(_ connection: SQLiteConnection) throws(StoreError) -> [RegisteredApprover] {
        let select = try connection.prepared(
            "SELECT id, email, public_key, state, since FROM approver ORDER BY id")
        defer { select.reset() }
        var approvers: [RegisteredApprover] = []
        while try select.step() {
            guard let state = RegisteredApprover.State(rawValue: select.text(3)) else {
                throw StoreError(.unusable, "the state file's registry of approvers has a row that cannot be read")
            }
            approvers.append(
                RegisteredApprover(
                    id: select.text(0), email: select.text(1), publicKey: select.octets(2), state: state,
                    since: select.time(4)))
        }
        return approvers
    }

    /// Call inside an immediate transaction, as `use`.
    static func replace(_ connection: SQLiteConnection, _ approvers: [RegisteredApprover]) throws(StoreError) {
        try connection.execute("DELETE FROM approver")
        let insert = try connection.prepared(
            "INSERT INTO approver (id, email, public_key, state, since) VALUES (?1, ?2, ?3, ?4, ?5)")
        for approver in approvers {
            insert.bind(1, approver.id)
            insert.bind(2, approver.email)
            insert.bind(3, approver.publicKey)
            insert.bind(4, approver.state.rawValue)
            insert.bind(5, approver.since)
            try insert.run()
        }
    }

    static func isUsed(_ connection: SQLiteConnection, _ id: String) throws(StoreError) -> Bool {
        let select = try connection.prepared("SELECT 1 FROM loosening WHERE id = ?1")
        defer { select.reset() }
        select.bind(1, id)
        return try select.step()
    }

    /// Uses up the approvals of these writes; the agents whose approval was used before, and then nothing is changed.
    static func use(
        _ connection: SQLiteConnection, _ writes: [AgentWrite], at now: Date
    ) throws(StoreError) -> [AgentID] {
        var used: [AgentID] = []
        for write in writes {
            if let approval = write.consent?.approval, try isUsed(connection, approval.id) {
                used.append(write.registration.id)
            }
        }
        guard used.isEmpty else { return used }
        let insert = try connection.prepared("INSERT INTO loosening (id, statement, used_at) VALUES (?1, ?2, ?3)")
        for approval in writes.compactMap({ $0.consent?.approval }) {
            insert.bind(1, approval.id)
            insert.bind(2, approval.statement.octets)
            insert.bind(3, now)
            try insert.run()
        }
        return []
    }
}
