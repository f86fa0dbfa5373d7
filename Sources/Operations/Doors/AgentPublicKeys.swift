import DNS
import FoundationEssentials
package import Keys
package import Manifest
import MailAuth
package import Reconcile

/// What anybody needs to check an agent's identity header without DNS.
package struct AgentPublicKeys: Sendable, Equatable {
    package struct Key: Sendable, Equatable {
        /// Where its record stands in DNS.
        package var name: String
        package var state: KeyState
        /// DER SubjectPublicKeyInfo (RFC 8410 §4).
        package var publicKey: [UInt8]

        package init(name: String, state: KeyState, publicKey: [UInt8]) {
            self.name = name
            self.state = state
            self.publicKey = publicKey
        }
    }

    package var agent: AgentID
    package var domain: String
    package var state: AgentRegistration.State
    /// The domain's Ed25519 keys, one of which verifies `sig`: the one that signs now first, then those that may have
    /// signed what is still on its way.
    package var domainKeys: [Key]
    /// The agent's own, which verify `b`, in the same order.
    package var agentKeys: [Key]

    package init(
        agent: AgentID, domain: String, state: AgentRegistration.State, domainKeys: [Key], agentKeys: [Key]
    ) {
        self.agent = agent
        self.domain = domain
        self.state = state
        self.domainKeys = domainKeys
        self.agentKeys = agentKeys
    }
}

extension Desk {
    /// For everybody.
    package nonisolated func publicKeys(
        of id: AgentID, by caller: Caller
    ) async throws(OperationError) -> AgentPublicKeys {
        try caller.authorised(to: .readPublicKeys, for: nil)
        let store = try await opened().session.store
        let agent: AgentRegistration?
        do { agent = try await store.agent(id) } catch { throw .store(error) }
        guard let agent else { throw .notFound("no such agent is registered") }
        let keys: [KeyRecord]
        do { keys = try await store.keys(forDomains: [agent.domain.text]) } catch { throw OperationError(error) }
        // A key that has not converged signs nothing, and one that was revoked is not to be believed.
        let served = keys.filter { $0.state == .active || $0.state == .retiring }
            .sorted { ($0.state == .active ? 0 : 1, $0.id) < ($1.state == .active ? 0 : 1, $1.id) }
        let domainKeys = served.filter { $0.id.purpose == .dkim && $0.algorithm == .ed25519 }.map {
            AgentPublicKeys.Key(
                name: "\($0.id.selector)._domainkey.\($0.id.domain)", state: $0.state, publicKey: $0.publicKey)
        }
        let own: [AgentPublicKeys.Key] = served.compactMap { key in
            guard key.id.purpose == .agent, let name = key.id.agentKey, name.agent == id.rawValue,
                let full = AgentKeyName(domain: agent.domain, agent: name.agent, key: name.key)
            else { return nil }
            return AgentPublicKeys.Key(name: full.name.text, state: key.state, publicKey: key.publicKey)
        }
        return AgentPublicKeys(
            agent: id, domain: agent.domain.text, state: agent.state, domainKeys: domainKeys, agentKeys: own)
    }
}
