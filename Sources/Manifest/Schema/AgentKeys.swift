enum AgentKey: Int, ManifestKey {
    case domain, addresses, oversight, oversightAddress, model, owner, recipients, limits, rotateEvery

    static let shape = makeShape("an agent")

    var field: Field {
        switch self {
        case .domain:
            Field("domain", .text(.domain), "Which domain it sends from: a name under `domains`.", required: true)
        case .addresses:
            Field(
                "addresses", .list(.text(.mailAddress), minimum: 1),
                "The From addresses that are its own, each at `domain`.", required: true)
        case .oversight:
            Field(
                "oversight", .choice(OversightMode.allCases.map(\.rawValue)),
                "What it may do without a person: read_only sends nothing; gated_all holds every message; gated_send holds what goes beyond the allow list; monitored copies each message; autonomous logs. Default: gated_send"
            )
        case .oversightAddress:
            Field("oversight_address", .text(.mailAddress), "Who gets the copies of a monitored agent.")
        case .model: Field("model", .object(ModelKey.shape), "Which model writes; named in the identity header.")
        case .owner: Field("owner", .text(.mailAddress), "The human who answers for it.")
        case .recipients: Field("recipients", .object(RecipientsKey.shape), "To whom it may write.")
        case .limits: Field("limits", .object(LimitsKey.shape), "How much it may send.")
        case .rotateEvery:
            Field(
                "rotate_every", .duration,
                "How long a key of its signs before the next takes over. Default: as the domain's dkim says.")
        }
    }
}

enum ModelKey: Int, ManifestKey {
    case provider, name, version

    static let shape = makeShape("a model")

    var field: Field {
        switch self {
        case .provider: Field("provider", .text(.free), "Who offers the model.", required: true)
        case .name: Field("name", .text(.free), "The model's name.", required: true)
        case .version: Field("version", .text(.free), "The model's version, as its provider writes it.")
        }
    }
}

enum RecipientsKey: Int, ManifestKey {
    case allow, block

    static let shape = makeShape("the recipients")

    var field: Field {
        switch self {
        case .allow:
            Field(
                "allow", .list(.text(.recipient), minimum: 0),
                "Addresses, or *@domain, that a gated_send agent may write to unheld.")
        case .block:
            Field("block", .list(.text(.recipient), minimum: 0), "Addresses, or *@domain, that are always refused.")
        }
    }
}

enum LimitsKey: Int, ManifestKey {
    case perHour, recipientsPerMessage

    static let shape = makeShape("the limits")

    var field: Field {
        switch self {
        case .perHour:
            Field("per_hour", .integer(ManifestBounds.messagesPerHour), "Messages in any 60 minutes. Default: no limit")
        case .recipientsPerMessage:
            Field(
                "recipients_per_message", .integer(ManifestBounds.recipientsPerMessage),
                "To, Cc and Bcc together. Default: no limit")
        }
    }
}

enum ApproverKey: Int, ManifestKey {
    case email, publicKey

    static let shape = makeShape("an approver")

    var field: Field {
        switch self {
        case .email: Field("email", .text(.mailAddress), "Where held messages are announced.", required: true)
        case .publicKey:
            Field(
                "public_key", .text(.publicKey),
                "ed25519: and the base64 of the 32 octets, or a line `ssh-ed25519 AAAA…`.", required: true)
        }
    }
}
