/// Why a key's record stands, where the domain's own mail does not hang on it.
package enum KeyRole: Sendable, Equatable {
    /// An agent's key: other agents' mail does not wait for it.
    case agent
    /// A DKIM key that signs once its record has converged; until then another one does.
    case successor
    /// A DKIM key that signs nothing new: what it signed may still be in transit.
    case retiring
    /// The record says, or shall say, that nothing signed with the key is to be believed.
    case revoked(Revocation)

    package enum Revocation: Sendable, Equatable {
        /// The agent was revoked: at once.
        case agent
        /// A newer key took over, and the overlap is over.
        case replaced
        /// The key is revoked already, by hand perhaps, because somebody else may have it: at once.
        case withdrawn
    }

    /// Whether somebody waits for it to be everywhere. What a key is to end with nobody waits for: nothing is signed
    /// with it, and caches forget it in their own time.
    package var isAwaited: Bool {
        switch self {
        case .agent, .successor, .revoked(.agent): true
        case .retiring, .revoked(.replaced), .revoked(.withdrawn): false
        }
    }
}
