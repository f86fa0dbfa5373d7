import DNS
import FoundationEssentials
import Keys
import Manifest
import Reconcile

/// The agents that were ever registered, one row each.
enum AgentTable {
    /// In the order of their ids.
    static func agents(_ connection: SQLiteConnection) throws(StoreError) -> [AgentRegistration] {
        let select = try connection.prepared(
            "SELECT id, domain, state, declaration, digest, since FROM agent ORDER BY id")
        defer { select.reset() }
        var agents: [AgentRegistration] = []
        while try select.step() { agents.append(try registration(select)) }
        return agents
    }

    /// - Parameter known: where a row that has not changed is found decoded.
    static func agent(
        _ connection: SQLiteConnection, _ id: AgentID, known: KnownAgents? = nil
    ) throws(StoreError) -> AgentRegistration? {
        let select = try connection.prepared(
            "SELECT id, domain, state, declaration, digest, since FROM agent WHERE id = ?1")
        defer { select.reset() }
        select.bind(1, id.rawValue)
        guard try select.step() else { return nil }
        if let agent = known?[id], isRow(select, agent) { return agent }
        let agent = try registration(select)
        known?.remember(agent)
        return agent
    }

    private static func isRow(_ row: SQLiteStatement, _ agent: AgentRegistration) -> Bool {
        row.text(1) == agent.domain.text && row.text(2) == agent.state.rawValue
            && row.octets(3) == agent.canonicalDeclaration && row.octets(4) == agent.digest.octets
            && row.time(5) == agent.since
    }

    /// Call inside an immediate transaction.
    static func put(_ connection: SQLiteConnection, _ agents: [AgentRegistration]) throws(StoreError) {
        let insert = try connection.prepared(
            """
            INSERT OR REPLACE INTO agent (id, domain, state, declaration, digest, since)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        for agent in agents {
            insert.bind(1, agent.id.rawValue)
            insert.bind(2, agent.domain.text)
            insert.bind(3, agent.state.rawValue)
            insert.bind(4, agent.canonicalDeclaration)
            insert.bind(5, agent.digest.octets)
            insert.bind(6, agent.since)
            try insert.run()
        }
    }

    private static func registration(_ row: SQLiteStatement) throws(StoreError) -> AgentRegistration {
        let id = AgentID(rawValue: row.text(0))
        guard let state = AgentRegistration.State(rawValue: row.text(2)),
            let digest = SHA256Digest(octets: row.octets(4)),
            let registration = AgentRegistration(
                id: id, domain: row.recordName(1), state: state, canonicalDeclaration: row.octets(3), digest: digest,
                since: row.time(5))
        else {
            throw StoreError(
                .unusable, "the state file's registration of the agent \(id) is damaged: \(StateFile.restoring)")
        }
        return registration
    }
}
