enum RootKey: Int, ManifestKey {
    case version, settings, providers, relays, defaults, domains, agents, approvers

    static let shape = makeShape("the manifest")

    var field: Field {
        switch self {
        case .version:
            Field("version", .integer(1...1), "By which rules the manifest is read: 1. Needed once in a folder.")
        case .settings:
            Field(
                "settings", .object(SettingsKey.shape), "How Signet itself works: where its state lies, whom it asks.")
        case .providers:
            Field(
                "providers", .entries(key: .identifier, .variants(ProviderShapes.all)),
                "Where zones are edited, each under a name of your choice.")
        case .relays:
            Field(
                "relays", .entries(key: .identifier, .object(RelayKey.shape)),
                "The mail servers that messages are handed to, each under a name of your choice.")
        case .defaults:
            Field(
                "defaults", .object(DefaultsKey.shape),
                "What holds for every domain that does not say otherwise, key by key.")
        case .domains:
            Field(
                "domains", .entries(key: .domain, .object(DomainKey.shape)),
                "The names that mail is sent from, each with its authentication set-up. Needed once in a folder.")
        case .agents:
            Field(
                "agents", .entries(key: .agentID, .object(AgentKey.shape)), "The registered senders, each under its id."
            )
        case .approvers:
            Field(
                "approvers", .entries(key: .identifier, .object(ApproverKey.shape)),
                "Who may approve held messages, each under a name of your choice.")
        }
    }
}

enum SettingsKey: Int, ManifestKey {
    case state, keyring, dns, deletionsMax

    static let shape = makeShape("settings")

    var field: Field {
        switch self {
        case .state:
            Field(
                "state", .text(.path),
                "The SQLite file with ledger, keyring and lock, relative to the manifest's folder. Default: .signet/state.db"
            )
        case .keyring: Field("keyring", .object(KeyringKey.shape), "How private keys are sealed.")
        case .dns: Field("dns", .object(DNSKey.shape), "Whom Signet asks.")
        case .deletionsMax:
            Field(
                "deletions_max", .integer(ManifestBounds.deletions),
                "A plan that deletes more record sets than this needs --allow-destructive. Default: 10")
        }
    }
}

enum KeyringKey: Int, ManifestKey {
    case key

    static let shape = makeShape("the keyring")

    var field: Field {
        Field(
            "key", .secret, "Where the key-encryption key is: 32 octets, as 64 hexadecimal digits or base64.",
            required: true)
    }
}

enum DNSKey: Int, ManifestKey {
    case stubs, resolvers, timeout, attempts

    static let shape = makeShape("the DNS settings")

    var field: Field {
        switch self {
        case .stubs:
            Field(
                "stubs", .entries(key: .zone, .list(.text(.serverAddress), minimum: 1)),
                "For split horizon and labs: the authoritative servers of a zone and all below it, asked in place of the public delegation. The longest zone wins."
            )
        case .resolvers:
            Field(
                "resolvers", .list(.text(.resolver), minimum: 0),
                "The caching resolvers that must have caught up before a domain has converged. Default: those of /etc/resolv.conf"
            )
        case .timeout: Field("timeout", .duration, "How long one try waits for an answer, 1s to 60s. Default: 2s")
        case .attempts:
            Field("attempts", .integer(ManifestBounds.attempts), "How many tries a question gets. Default: 3")
        }
    }
}

enum RelayKey: Int, ManifestKey {
    case url, username, password, egress, tls, certificateAuthorities

    static let shape = makeShape("a relay")

    var field: Field {
        switch self {
        case .url: Field("url", .text(.relayURL), "smtps://host:465, or smtp://host:587 with STARTTLS.", required: true)
        case .username: Field("username", .text(.free), "For SMTP authentication; goes with `password`.")
        case .password: Field("password", .secret, "Where the password is; goes with `username`.")
        case .egress:
            Field(
                "egress", .list(.text(.address), minimum: 1),
                "The addresses that mail leaves from: SPF is evaluated for each of them. They become a domain's SPF terms where it declares no `spf`."
            )
        case .tls:
            Field(
                "tls", .choice(RelayDeclaration.TLS.allCases.map(\.rawValue)),
                "`none` hands messages over in the clear: only to smtp:// on this machine. Default: required")
        case .certificateAuthorities:
            Field(
                "certificate_authorities", .text(.path),
                "A PEM file of the authorities to trust in place of the system's, relative to the manifest's folder.")
        }
    }
}

/// The kinds of provider that this version has, each with its keys.
enum ProviderShapes {
    static let all: [(type: String, shape: ObjectShape)] = [
        ("embedded", EmbeddedKey.shape), ("manual", ManualKey.shape), ("powerdns", PowerDNSKey.shape),
    ]

    static func type(_ name: String) -> Field {
        Field("type", .choice([name]), "Which kind of provider: embedded, manual or powerdns.", required: true)
    }
}

enum EmbeddedKey: Int, ManifestKey {
    case type, listen, negativeTTL

    static let shape = makeShape("an embedded provider")

    var field: Field {
        switch self {
        case .type: ProviderShapes.type("embedded")
        case .listen:
            Field(
                "listen", .text(.serverAddress),
                "Where the responder listens, on loopback. Default: any free port of 127.0.0.1")
        case .negativeTTL:
            Field("negative_ttl", .duration, "How long resolvers may remember that a record is absent. Default: 60s")
        }
    }
}

enum ManualKey: Int, ManifestKey {
    case type

    static let shape = makeShape("a manual provider")

    var field: Field { ProviderShapes.type("manual") }
}

enum PowerDNSKey: Int, ManifestKey {
    case type, url, apiKey, server

    static let shape = makeShape("a powerdns provider")

    var field: Field {
        switch self {
        case .type: ProviderShapes.type("powerdns")
        case .url:
            Field("url", .text(.webURL), "The API's base without /api/v1. https, or http on loopback.", required: true)
        case .apiKey: Field("api_key", .secret, "Where the API key is.", required: true)
        case .server: Field("server", .text(.free), "PowerDNS' server_id. Default: localhost")
        }
    }
}
