package import FoundationEssentials
package import Keys
package import Manifest

/// A token as it is kept: everything but the token.
package struct TokenRecord: Sendable, Equatable {
    package var id: TokenID
    /// What its maker calls it.
    package var name: String
    /// Of the whole token.
    package var digest: SHA256Digest
    package var scopes: Set<TokenScope>
    /// For which agents it speaks; nil: for all. Never empty.
    package var agents: Set<AgentID>?
    package var createdAt: Date
    /// From then on it is good for nothing; nil: it does not expire.
    package var expiresAt: Date?
    package var revokedAt: Date?
    /// To the minute: not every use is written down.
    package var lastUsedAt: Date?

    package init(
        id: TokenID, name: String, digest: SHA256Digest, scopes: Set<TokenScope>, agents: Set<AgentID>? = nil,
        createdAt: Date, expiresAt: Date? = nil, revokedAt: Date? = nil, lastUsedAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.digest = digest
        self.scopes = scopes
        self.agents = agents
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
    }

    package enum State: String, Sendable, CaseIterable {
        case active, expired, revoked
    }

    package func state(at now: Date) -> State {
        if revokedAt != nil { return .revoked }
        if let expiresAt, now >= expiresAt { return .expired }
        return .active
    }
}
