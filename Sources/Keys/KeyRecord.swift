package import FoundationEssentials

/// What a key pair is for signing with, and of which size.
package enum KeyAlgorithm: String, Sendable, Codable, CaseIterable {
    case rsa2048, rsa3072, rsa4096, ed25519
}

/// What a key pair signs, and so below which label its public half is published.
package enum KeyPurpose: String, Sendable, Codable, CaseIterable {
    /// A domain's messages (RFC 6376): `S._domainkey.D`.
    case dkim
    /// An agent's identity headers: `K.A._agentid.D`.
    case agent

    package var label: String {
        switch self {
        case .dkim: "_domainkey"
        case .agent: "_agentid"
        }
    }
}

/// Which key: what it is for, the domain (canonical text), and the selector that its public half is published under. An
/// agent's selector is the key's own name and the agent's id, `k1.writer`.
package struct KeyID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var domain: String
    package var selector: String
    package var purpose: KeyPurpose

    package init(domain: String, selector: String, purpose: KeyPurpose = .dkim) {
        self.domain = domain
        self.selector = selector
        self.purpose = purpose
    }

    /// DKIM keys first; then by agent and number, because `k10` comes after `k9`.
    package static func < (left: Self, right: Self) -> Bool {
        if left.domain != right.domain { return left.domain < right.domain }
        if left.purpose != right.purpose { return left.purpose == .dkim }
        if left.purpose == .agent, let one = left.agentKey, let other = right.agentKey {
            return (one.agent, one.key.count, one.key) < (other.agent, other.key.count, other.key)
        }
        return left.selector < right.selector
    }

    /// An agent's selector in its two parts; nil for any other key.
    package var agentKey: (key: String, agent: String)? {
        guard purpose == .agent, let dot = selector.firstIndex(of: ".") else { return nil }
        return (String(selector[..<dot]), String(selector[selector.index(after: dot)...]))
    }

    /// The name that its record stands at.
    package var description: String { "\(selector).\(purpose.label).\(domain)" }
}

/// Where a key is in its life (PRODUCT §4).
package enum KeyState: String, Sendable, Codable, CaseIterable {
    /// Sealed on disk; nothing of it has left the process.
    case generated
    /// Its record has been written to the provider.
    case published
    /// Converged: messages are signed with it.
    case active
    /// Still in DNS for messages in transit; nothing new is signed with it.
    case retiring
    /// Its record says so (`p=`), or soon will: nothing that it signs is to be believed.
    case revoked
    /// Its record is gone, and its private half destroyed. The id stays taken.
    case removed

    /// It signs, or will once its record has converged.
    package var isLive: Bool {
        switch self {
        case .generated, .published, .active: true
        case .retiring, .revoked, .removed: false
        }
    }
}

/// One key pair as the store holds it: the public half, the life, and the private half sealed.
package struct KeyRecord: Sendable, Equatable {
    package var id: KeyID
    package var algorithm: KeyAlgorithm
    package var state: KeyState
    /// DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 8410).
    package var publicKey: [UInt8]
    package var sealed: SealedPrivateKey
    package var createdAt: Date
    package var stateChangedAt: Date

    package init(
        id: KeyID, algorithm: KeyAlgorithm, state: KeyState, publicKey: [UInt8], sealed: SealedPrivateKey,
        createdAt: Date, stateChangedAt: Date
    ) {
        self.id = id
        self.algorithm = algorithm
        self.state = state
        self.publicKey = publicKey
        self.sealed = sealed
        self.createdAt = createdAt
        self.stateChangedAt = stateChangedAt
    }
}

/// A private key under AES-256-GCM. Its octets are safe to store; only Keys can open them. None: it was destroyed.
package struct SealedPrivateKey: Sendable, Equatable {
    package let octets: [UInt8]

    package static let destroyed = Self(octets: [])

    /// From the store. Nothing is checked until it is opened.
    package init(octets: [UInt8]) { self.octets = octets }
}

/// Where key records are kept. Implemented in Storage; a dictionary in tests.
package protocol KeyStore: Sendable {
    /// Every key of the domains given, by id.
    func keys(forDomains domains: [String]) async throws -> [KeyRecord]
    /// Durable before it returns. Fails, and writes none of them, if one's id is there already.
    func insert(_ keys: [KeyRecord]) async throws
    /// Moves keys on in their life, durably; compare-and-set: a key that is not in `from` stays as it is. To `removed`
    /// destroys the private half in the same transaction. Returns how many were moved.
    @discardableResult
    func setState(of ids: [KeyID], from: KeyState, to: KeyState, at time: Date) async throws -> Int
}
