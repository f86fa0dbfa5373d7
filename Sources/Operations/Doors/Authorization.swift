package import Manifest

/// Who may do what: one pure function over small enumerations, so that a test can ask it everything. What it does not
/// allow in so many words is refused.
package enum Authorization {
    package enum Verdict: Sendable, Equatable {
        case allowed
        /// A valid token is wanted.
        case unauthenticated
        /// The token has none of these scopes.
        case scopeMissing(Set<TokenScope>)
        /// The token does not speak for this agent.
        case foreignAgent
    }

    /// - Parameter scopes: the token's; nil: no valid token was shown.
    package static func decide(
        _ action: DoorAction, scopes: Set<TokenScope>?, agent: AgentRelation
    ) -> Verdict {
        let admission = admit(action, scopes: scopes)
        guard admission == .allowed else { return admission }
        switch agent {
        case .own: return .allowed
        case .other: return .foreignAgent
        case .none: return action.concernsOneAgent ? .foreignAgent : .allowed
        }
    }

    /// The first half, which can be told before a request has been read: whether the action is the caller's at all.
    package static func admit(_ action: DoorAction, scopes: Set<TokenScope>?) -> Verdict {
        switch action.need {
        case .nothing: return .allowed
        case .anyOf(let wanted):
            guard let scopes else { return .unauthenticated }
            guard TokenScope.conflict(in: scopes) == nil, !scopes.isDisjoint(with: wanted) else {
                return .scopeMissing(wanted)
            }
            return .allowed
        }
    }
}

extension Caller {
    package func admitted(to action: DoorAction) throws(OperationError) {
        try Self.check(Authorization.admit(action, scopes: grant?.scopes))
    }

    /// - Parameter agent: whom the action is about; nil: nobody in particular.
    package func authorised(to action: DoorAction, for agent: AgentID?) throws(OperationError) {
        try Self.check(
            Authorization.decide(action, scopes: grant?.scopes, agent: relation(to: agent)))
    }

    private static func check(_ verdict: Authorization.Verdict) throws(OperationError) {
        if verdict != .allowed { throw .notAllowed(verdict) }
    }
}
