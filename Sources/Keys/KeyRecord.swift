package import FoundationEssentials

/// What a key pair is for signing with, and of which size.
package enum KeyAlgorithm: String, Sendable, Codable, CaseIterable {
    case rsa2048, rsa3072, rsa4096, ed25519
}

/// Which key: the domain (canonical text) and the selector that its public half is published under.
package struct KeyID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var domain: String
    package var selector: String

    package init(domain: String, selector: String) {
        self.domain = domain
        self.selector = selector
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.domain, left.selector) < (right.domain, right.selector)
    }

    package var description: String { "\(selector)._domainkey.\(domain)" }
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
    case revoked
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

/// A private key under AES-256-GCM. Its octets are safe to store; only Keys can open them.
package struct SealedPrivateKey: Sendable, Equatable {
    package let octets: [UInt8]

    /// From the store. Nothing is checked until it is opened.
    package init(octets: [UInt8]) { self.octets = octets }
}

/// Where key records are kept. Implemented in Storage; a dictionary in tests.
package protocol KeyStore: Sendable {
    /// Every key of the domains given, by id.
    func keys(forDomains domains: [String]) async throws -> [KeyRecord]
    /// Durable before it returns. Fails, and writes none of them, if one's id is there already.
    func insert(_ keys: [KeyRecord]) async throws
    /// Moves keys on in their life, durably; compare-and-set: a key that is not in `from` stays as it is.
    func setState(of ids: [KeyID], from: KeyState, to: KeyState, at time: Date) async throws
}
