/// What can be asked for at a door that asks who one is: HTTP, MCP and the web page share these.
package enum DoorAction: String, Sendable, CaseIterable {
    case checkHealth, checkReadiness, readMetrics
    case readPublicKeys, readCheckpoint, readTransportPolicy, verifyIdentity
    case addDomain, readDomains, verifyDomain, lookAtDomains
    case send, reply, forward, readMessage
    case readPending, decide
    case readAgents
    case queryAudit
    /// To see which tools there are; calling one is that tool's own action.
    case listTools

    /// What a caller needs for it.
    package enum Need: Sendable, Equatable {
        /// Nothing: it is for everybody.
        case nothing
        /// A token with any of these scopes.
        case anyOf(Set<TokenScope>)
    }

    package var need: Need {
        switch self {
        case .checkHealth, .checkReadiness, .readPublicKeys, .readCheckpoint, .readTransportPolicy: .nothing
        case .addDomain, .readDomains, .verifyDomain: .anyOf([.domains])
        // An approver sees whether what they release would arrive as it should.
        case .lookAtDomains: .anyOf([.domains, .oversight, .audit])
        case .send, .reply, .forward: .anyOf([.send])
        case .readMessage: .anyOf([.send, .oversight, .audit])
        case .readPending, .decide: .anyOf([.oversight])
        case .queryAudit, .readMetrics: .anyOf([.audit])
        // It asks DNS on the caller's behalf, so not for everybody.
        case .readAgents, .verifyIdentity, .listTools: .anyOf(Set(TokenScope.allCases))
        }
    }

    /// Whether it is always about one agent, whom the token must speak for.
    package var concernsOneAgent: Bool {
        switch self {
        case .send, .reply, .forward, .readMessage, .decide: true
        // Lists show what the token's agents have; metrics are about no agent, and a bound token sees none of them.
        case .checkHealth, .checkReadiness, .readMetrics, .readPublicKeys, .readCheckpoint, .readTransportPolicy,
            .verifyIdentity, .addDomain, .readDomains, .verifyDomain, .lookAtDomains, .readPending, .readAgents,
            .queryAudit, .listTools:
            false
        }
    }
}
