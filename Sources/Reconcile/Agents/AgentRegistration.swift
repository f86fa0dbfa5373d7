package import DNS
package import FoundationEssentials
package import Keys
package import Manifest

/// An agent as the store knows it: what was declared when it was last applied, and whether it may still send. A revoked
/// agent keeps its last declaration, so that it cannot come back looser than it went.
package struct AgentRegistration: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case registered, revoked
    }

    /// What a write may ask to find: content and state, whatever the time.
    package struct Mark: Sendable, Equatable {
        package var digest: SHA256Digest
        package var state: State

        package init(digest: SHA256Digest, state: State) {
            self.digest = digest
            self.state = state
        }
    }

    package let id: AgentID
    package let domain: DomainName
    package let state: State
    /// As declared; its span says nothing.
    package let declaration: AgentDeclaration
    /// The octets that the digest is over (docs/spec/agent-identity.md §7).
    package let canonicalDeclaration: [UInt8]
    package let digest: SHA256Digest
    /// When it got this state and content.
    package let since: Date

    package init(_ declaration: AgentDeclaration, state: State = .registered, since: Date) {
        id = declaration.id
        domain = declaration.domain
        self.state = state
        self.declaration = declaration
        canonicalDeclaration = declaration.canonicalOctets
        digest = SHA256.hash(canonicalDeclaration)
        self.since = since
    }

    /// From the store; nil unless all parts fit each other.
    package init?(
        id: AgentID, domain: DomainName, state: State, canonicalDeclaration: [UInt8], digest: SHA256Digest, since: Date
    ) {
        guard let declaration = DeclarationDocument.read(canonicalDeclaration), declaration.id == id,
            declaration.domain == domain, declaration.digest == digest
        else { return nil }
        self.init(declaration, state: state, since: since)
    }

    package var mark: Mark { Mark(digest: digest, state: state) }

    package static func == (left: Self, right: Self) -> Bool {
        left.mark == right.mark && left.id == right.id && left.since == right.since
    }
}
