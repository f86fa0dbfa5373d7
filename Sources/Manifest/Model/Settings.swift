package import DNS

/// How Signet itself works: where its state lies, whom it asks.
package struct Settings: Sendable, Equatable {
    /// The SQLite file with ledger, keyring and lock, relative to the manifest's folder.
    package var statePath: String
    /// The key-encryption key that seals the keyring: 32 octets, as 64 hexadecimal digits or base64.
    package var keyEncryptionKey: SecretReference?
    package var dns: DNSSettings
    /// A plan that deletes more record sets than this needs `--allow-destructive`.
    package var deletionsMax: Int

    package init(
        statePath: String = ".signet/state.db", keyEncryptionKey: SecretReference? = nil,
        dns: DNSSettings = DNSSettings(), deletionsMax: Int = 10
    ) {
        self.statePath = statePath
        self.keyEncryptionKey = keyEncryptionKey
        self.dns = dns
        self.deletionsMax = deletionsMax
    }
}

package struct DNSSettings: Sendable, Equatable {
    /// Split horizon and labs: the authoritative servers of a zone and all below it, asked instead of whatever the
    /// public delegation says. The longest zone that matches a name wins.
    package var stubs: [DomainName: [ServerAddress]]
    /// The caching resolvers that must answer with the desired record sets before a domain has converged. Empty: those
    /// of /etc/resolv.conf, unless a stub covers the name.
    package var resolvers: [ResolverAddress]
    /// How long one try waits for an answer.
    package var timeout: Duration
    /// How many tries a question gets, 1 to 10.
    package var attempts: Int

    package init(
        stubs: [DomainName: [ServerAddress]] = [:], resolvers: [ResolverAddress] = [], timeout: Duration = .seconds(2),
        attempts: Int = 3
    ) {
        self.stubs = stubs
        self.resolvers = resolvers
        self.timeout = timeout
        self.attempts = attempts
    }
}
