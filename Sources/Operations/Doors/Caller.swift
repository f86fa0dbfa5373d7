package import Manifest

/// Who stands at a door, as far as it is known.
package enum Caller: Sendable, Equatable {
    /// Showed no token.
    case anonymous
    case token(Grant)

    /// What a valid token allows.
    package struct Grant: Sendable, Equatable {
        package var id: TokenID
        package var scopes: Set<TokenScope>
        /// nil: all agents.
        package var agents: Set<AgentID>?

        package init(id: TokenID, scopes: Set<TokenScope>, agents: Set<AgentID>? = nil) {
            self.id = id
            self.scopes = scopes
            self.agents = agents
        }
    }

    package var grant: Grant? {
        if case .token(let grant) = self { grant } else { nil }
    }

    /// Whose affairs the caller may see; nil: everybody's.
    package var agents: Set<AgentID>? { grant?.agents }

    /// - Parameter agent: whom the action is about; nil: nobody in particular.
    func relation(to agent: AgentID?) -> AgentRelation {
        guard let agent else { return .none }
        guard let agents = grant?.agents else { return .own }
        return agents.contains(agent) ? .own : .other
    }
}

/// How an action's agent stands to the caller's token.
package enum AgentRelation: Sendable, CaseIterable {
    /// The action is about no agent.
    case none
    /// The token speaks for this agent: it is bound to it, or to none.
    case own
    case other
}
