package import DNS
package import Diagnostics

/// What a user declares, read and checked: every name parsed, every default filled in, every place kept.
///
/// Only the loader makes one, and only where it found no error.
package struct Manifest: Sendable {
    /// The files that it was read from, in the order of their paths; a span's `file` is an index into them.
    package var files: [SourceFile]
    package var settings: Settings
    package var providers: [ProviderID: ProviderDeclaration]
    package var relays: [RelayID: RelayDeclaration]
    /// What a domain is that says nothing of its own. Its name is the root; its `spf` is nil where neither `defaults` nor
    /// their relay says who sends.
    package var inherited: DomainDeclaration
    /// In the order of their names.
    package var domains: [DomainDeclaration]
    package var agents: [AgentDeclaration]
    package var approvers: [ApproverDeclaration]

    package init(
        files: [SourceFile] = [], settings: Settings = Settings(), providers: [ProviderID: ProviderDeclaration] = [:],
        relays: [RelayID: RelayDeclaration] = [:], inherited: DomainDeclaration = .bare,
        domains: [DomainDeclaration] = [], agents: [AgentDeclaration] = [], approvers: [ApproverDeclaration] = []
    ) {
        self.files = files
        self.settings = settings
        self.providers = providers
        self.relays = relays
        self.inherited = inherited
        self.domains = domains
        self.agents = agents
        self.approvers = approvers
    }

    package func domain(_ name: DomainName) -> DomainDeclaration? { domainIndex(name).map { domains[$0] } }

    /// By binary search, for which the order of the names is kept.
    func domainIndex(_ name: DomainName) -> Int? {
        var low = 0
        var high = domains.count
        while low < high {
            let middle = (low + high) / 2
            if domains[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < domains.count && domains[low].name == name ? low : nil
    }

    package func agent(_ id: AgentID) -> AgentDeclaration? { agents.first { $0.id == id } }
}

/// A name that the user chose for a provider: the key below `providers`.
package struct ProviderID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A name that the user chose for a relay: the key below `relays`.
package struct RelayID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// An agent's id: 1 to 63 letters, digits and hyphens, in lower case, because it is a label in DNS.
package struct AgentID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Where a secret is, never the secret itself.
package enum SecretReference: Hashable, Sendable {
    /// An environment variable's name.
    case environment(String)
    /// A file's path, relative to the manifest's folder; one trailing line end is not part of the secret.
    case file(String)
    /// A program and its arguments, run without a shell; its standard output, as for a file.
    case command([String])
}
