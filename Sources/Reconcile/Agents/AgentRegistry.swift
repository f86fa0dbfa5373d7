package import FoundationEssentials
package import Manifest

/// Which agents are registered: written by apply, read by whoever lets messages go. Implemented in Storage; every
/// method is one transaction, durable before it returns.
package protocol AgentRegistry: Sendable {
    /// Every agent that was ever registered, in the order of the ids.
    func agents() async throws(StoreError) -> [AgentRegistration]
    /// Nil: never registered.
    func agent(_ id: AgentID) async throws(StoreError) -> AgentRegistration?
    /// Writes all of them, in the transaction that checks the lease; none of them unless each one is as expected, or
    /// is already what is to be written: then it stays as it is, which is how a killed apply is finished.
    ///
    /// An approval that a write comes with is used up in the same transaction; none is written if one was used before.
    func recordAgents(
        _ writes: [AgentWrite], under lease: Lease, at now: Date
    ) async throws(StoreError) -> AgentWriteOutcome
    /// Whether the approval of a loosening with this id has been used.
    func isUsed(loosening id: String) async throws(StoreError) -> Bool
    /// Everybody who was ever registered, in the order of the ids; empty: no apply has got so far.
    func approvers() async throws(StoreError) -> [RegisteredApprover]
    /// Puts these in the place of all; false, and nothing is written, if the lease is over.
    func recordApprovers(
        _ approvers: [RegisteredApprover], under lease: Lease, at now: Date
    ) async throws(StoreError) -> Bool
}

package struct AgentWrite: Sendable, Equatable {
    /// What must be there now; nil: nothing.
    package var expected: AgentRegistration.Mark?
    package var registration: AgentRegistration
    /// What allows it, if it loosens.
    package var consent: AgentConsent?

    package init(
        expected: AgentRegistration.Mark?, registration: AgentRegistration, consent: AgentConsent? = nil
    ) {
        self.expected = expected
        self.registration = registration
        self.consent = consent
    }
}

extension AgentWrite {
    /// Which of these find something else than they expect, and which are still to be written.
    package static func sort(
        _ writes: [AgentWrite], present: (AgentID) throws(StoreError) -> AgentRegistration?
    ) throws(StoreError) -> (moved: [AgentID], pending: [AgentWrite]) {
        var sorted: (moved: [AgentID], pending: [AgentWrite]) = ([], [])
        for write in writes {
            let mark = try present(write.registration.id)?.mark
            if mark == write.registration.mark { continue }
            if mark == write.expected {
                sorted.pending.append(write)
            } else {
                sorted.moved.append(write.registration.id)
            }
        }
        return sorted
    }
}

package enum AgentWriteOutcome: Sendable, Equatable {
    case written
    /// The lease is over: nothing was written.
    case leaseLost
    /// These are not what was expected: nothing was written.
    case moved([AgentID])
    /// The approvals of these were used before: nothing was written.
    case used([AgentID])
}
