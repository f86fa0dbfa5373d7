package import FoundationEssentials
package import Manifest

/// Which agents are registered: written by apply, read by whoever lets messages go. Implemented in Storage; every
/// method is one transaction, durable before it returns.
package protocol AgentRegistry: Sendable {
    /// Every agent that was ever registered, in the order of the ids.
    func agents() async throws(StoreError) -> [AgentRegistration]
    /// Nil: never registered.
    func agent(_ id: AgentID) async throws(StoreError) -> AgentRegistration?
    /// Writes all of them, in the transaction that checks the lease; none of them unless each one's present state is
    /// the one expected.
    func recordAgents(
        _ writes: [AgentWrite], under lease: Lease, at now: Date
    ) async throws(StoreError) -> AgentWriteOutcome
}

package struct AgentWrite: Sendable, Equatable {
    /// What must be there now; nil: nothing.
    package var expected: AgentRegistration.Mark?
    package var registration: AgentRegistration

    package init(expected: AgentRegistration.Mark?, registration: AgentRegistration) {
        self.expected = expected
        self.registration = registration
    }
}

package enum AgentWriteOutcome: Sendable, Equatable {
    case written
    /// The lease is over: nothing was written.
    case leaseLost
    /// These are not what was expected: nothing was written.
    case moved([AgentID])
}
