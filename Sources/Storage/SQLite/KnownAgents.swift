import Manifest
import Reconcile
import Synchronization

/// Registrations as they were decoded, so that a row that reads as it did is not decoded again: that is a document of JSON
/// and two digests for every message.
final class KnownAgents: Sendable {
    /// Forgotten all at once beyond that; a manifest has a few thousand at most.
    private static let countMax = 10_000

    private let agents = Mutex<[AgentID: AgentRegistration]>([:])

    subscript(id: AgentID) -> AgentRegistration? { agents.withLock { $0[id] } }

    func remember(_ agent: AgentRegistration) {
        agents.withLock { agents in
            if agents.count >= Self.countMax { agents.removeAll() }
            agents[agent.id] = agent
        }
    }
}
