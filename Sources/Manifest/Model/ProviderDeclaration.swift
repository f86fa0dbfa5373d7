package import DNS
package import Diagnostics

/// Where a domain's zone is edited.
package struct ProviderDeclaration: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Our own authoritative responder on loopback, its zones in the store.
        case embedded(EmbeddedSettings)
        /// Prints what to publish, and waits for it to appear.
        case manual
        case powerDNS(PowerDNSSettings)
    }

    package var id: ProviderID
    package var kind: Kind
    package var span: SourceSpan

    package init(id: ProviderID, kind: Kind, span: SourceSpan) {
        self.id = id
        self.kind = kind
        self.span = span
    }
}

package struct EmbeddedSettings: Sendable, Equatable {
    /// Where the responder listens, on loopback; nil: any free port.
    package var listen: ServerAddress?
    /// The SOA's MINIMUM and time to live of the zones that it makes, in seconds.
    package var negativeTimeToLiveSeconds: UInt32

    package init(listen: ServerAddress? = nil, negativeTimeToLiveSeconds: UInt32 = 60) {
        self.listen = listen
        self.negativeTimeToLiveSeconds = negativeTimeToLiveSeconds
    }
}

package struct PowerDNSSettings: Sendable, Equatable {
    /// The API's base, `http://127.0.0.1:8081` or `https://dns.example.net`, without `/api/v1`.
    package var url: String
    package var apiKey: SecretReference
    /// PowerDNS' `server_id`.
    package var server: String

    package init(url: String, apiKey: SecretReference, server: String = "localhost") {
        self.url = url
        self.apiKey = apiKey
        self.server = server
    }
}

package struct RelayDeclaration: Sendable, Equatable {
    package enum TLS: String, Sendable, CaseIterable {
        case required
        /// Only where the URL is smtp:// and the relay this machine.
        case none
    }

    package var id: RelayID
    package var url: String
    package var username: String?
    package var password: SecretReference?
    /// The addresses that mail leaves from: SPF is evaluated for each of them.
    package var egress: [IPAddress]
    package var tls: TLS
    /// A PEM file's path, relative to the manifest's folder; nil: what the system trusts.
    package var certificateAuthorities: String?
    package var span: SourceSpan

    package init(
        id: RelayID, url: String, username: String? = nil, password: SecretReference? = nil, egress: [IPAddress],
        tls: TLS = .required, certificateAuthorities: String? = nil, span: SourceSpan
    ) {
        self.id = id
        self.url = url
        self.username = username
        self.password = password
        self.egress = egress
        self.tls = tls
        self.certificateAuthorities = certificateAuthorities
        self.span = span
    }
}
