import MailAuth

/// A domain's keys. Those of `DefaultsKey` hold for every domain that does not have them.
enum DomainKey: Int, ManifestKey {
    case sends, provider, relay, ttl, spf, dkim, dmarc, mtaSTS, tlsReports, bimi, mx, arc, gate

    static let shape = makeShape("a domain")

    var field: Field {
        switch self {
        case .sends:
            Field(
                "sends", .boolean,
                "false locks the domain down: SPF -all, no DKIM key, DMARC reject, null MX. Default: true")
        case .provider:
            Field(
                "provider", .text(.identifier),
                "Where the zone is edited: a name under `providers`. Default: the only one declared.")
        case .relay: Field("relay", .text(.identifier), "Which relay takes the domain's mail: a name under `relays`.")
        case .ttl:
            Field(
                "ttl", .duration,
                "Time to live of the records that Signet writes. Default: 1h for new record sets; existing ones keep theirs."
            )
        case .spf:
            Field(
                "spf", .object(SPFKey.shape),
                "Who may send for the domain (RFC 7208). May be left out where the relay has `egress` addresses: then those become ip4 and ip6 terms, followed by ~all."
            )
        case .dkim:
            Field(
                "dkim", .object(DKIMKey.shape),
                "How messages are signed (RFC 6376). Default: RSA-2048 and Ed25519, selectors signet1, signet2, …")
        case .dmarc:
            Field(
                "dmarc", .object(DMARCKey.shape),
                "What receivers do with mail that fails (RFC 9989). Default: policy none, unless somebody has published a policy already."
            )
        case .mtaSTS:
            Field("mta_sts", .object(MTASTSKey.shape), "TLS for mail to the domain (RFC 8461). Default: no policy.")
        case .tlsReports:
            Field(
                "tls_reports", .list(.text(.reportURI), minimum: 0),
                "Where TLS failures are reported (RFC 8460). Default: nowhere.")
        case .bimi: Field("bimi", .object(BIMIKey.shape), "The logo that receivers may show. Default: none.")
        case .mx:
            Field(
                "mx", .list(.object(ExchangerKey.shape), minimum: 1),
                "The domain's mail exchangers. Default: not Signet's business.")
        case .arc:
            Field(
                "arc", .choice(ARCChoice.allCases.map(\.rawValue)),
                "forwarded: seal messages that are forwarded (RFC 8617). Default: never")
        case .gate: Field("gate", .object(GateKey.shape), "What must pass before anything is sent.")
        }
    }
}

enum ARCChoice: String, CaseIterable {
    case forwarded, never
}

enum DefaultsKey: Int, ManifestKey {
    case provider, relay, ttl, spf, dkim, dmarc, tlsReports, arc, gate

    static let shape = makeShape("defaults")

    var domainKey: DomainKey {
        switch self {
        case .provider: .provider
        case .relay: .relay
        case .ttl: .ttl
        case .spf: .spf
        case .dkim: .dkim
        case .dmarc: .dmarc
        case .tlsReports: .tlsReports
        case .arc: .arc
        case .gate: .gate
        }
    }

    var field: Field { domainKey.field }
}

enum SPFKey: Int, ManifestKey {
    case include, ip4, ip6, a, mx, exists, redirect, all, exclusive, flatten

    static let shape = makeShape("the SPF policy")

    var field: Field {
        switch self {
        case .include:
            Field(
                "include", .list(.text(.domainSpec), minimum: 0),
                "Domains whose SPF policies also hold (RFC 7208 §5.2).")
        case .ip4: Field("ip4", .list(.text(.network4), minimum: 0), "IPv4 addresses or networks that send (§5.6).")
        case .ip6: Field("ip6", .list(.text(.network6), minimum: 0), "IPv6 addresses or networks that send (§5.6).")
        case .a:
            Field(
                "a", .either(.boolean, .list(.text(.domainSpec), minimum: 0)),
                "Hosts whose addresses send (§5.3); true: the domain itself.")
        case .mx:
            Field(
                "mx", .either(.boolean, .list(.text(.domainSpec), minimum: 0)),
                "Domains whose mail exchangers send (§5.4); true: the domain itself.")
        case .exists:
            Field(
                "exists", .list(.text(.domainSpec), minimum: 0),
                "Names, usually with macros, that exist where a server may send (§5.7).")
        case .redirect:
            Field(
                "redirect", .text(.domainSpec),
                "The domain whose policy holds in place of this one (§6.1); excludes `all`.")
        case .all:
            Field(
                "all", .choice(SPFAllChoice.allCases.map(\.rawValue)),
                "What holds for every other server (§5.1). Default: softfail, or fail where that stands already")
        case .exclusive:
            Field(
                "exclusive", .boolean,
                "true: terms of an existing record that are not declared here are removed. Default: false")
        case .flatten:
            Field(
                "flatten", .list(.text(.domainSpec), minimum: 0),
                "Domains whose policies are resolved into addresses, to save look-ups.")
        }
    }
}

enum SPFAllChoice: String, CaseIterable {
    case pass, neutral, softfail, fail

    var qualifier: SPFQualifier {
        switch self {
        case .pass: .pass
        case .neutral: .neutral
        case .softfail: .softfail
        case .fail: .fail
        }
    }
}

enum DKIMKey: Int, ManifestKey {
    case selectorPrefix, keys, rotateEvery, overlap, testing

    static let shape = makeShape("the DKIM set-up")

    var field: Field {
        switch self {
        case .selectorPrefix:
            Field("selector_prefix", .text(.selectorPrefix), "Selectors are this and a number. Default: signet")
        case .keys:
            Field(
                "keys", .list(.choice(DKIMDeclaration.KeyType.allCases.map(\.rawValue)), minimum: 1),
                "Each message is signed once with a key of every type listed. Default: [rsa2048, ed25519]")
        case .rotateEvery:
            Field(
                "rotate_every", .duration,
                "How long a key signs before apply makes the next one. Default: until it is rotated by hand.")
        case .overlap:
            Field("overlap", .duration, "How long a retired key stays in DNS for messages on their way. Default: 7d")
        case .testing: Field("testing", .boolean, "true publishes t=y (RFC 6376 §3.6.1). Default: false")
        }
    }
}

enum DMARCKey: Int, ManifestKey {
    case policy, subdomainPolicy, nonexistentPolicy, spfAlignment, dkimAlignment, aggregateReports, failureReports,
        failureOptions, testing

    /// RFC 9989 took these away from RFC 7489.
    static let shape = makeShape(
        "the DMARC policy", retired: ["pct": .retiredTag, "rf": .retiredTag, "ri": .retiredTag])

    private static let policies = DMARCRecord.Policy.allCases.map(\.rawValue)

    var field: Field {
        switch self {
        case .policy:
            Field(
                "policy", .choice(Self.policies),
                "What receivers do with mail that is not aligned (RFC 9989 §4.7). Default: none; for a parked domain: reject"
            )
        case .subdomainPolicy:
            Field("subdomain_policy", .choice(Self.policies), "The same for subdomains. Default: as `policy`")
        case .nonexistentPolicy:
            Field(
                "nonexistent_policy", .choice(Self.policies),
                "The same for subdomains that do not exist. Default: as `subdomain_policy`")
        case .spfAlignment:
            Field(
                "spf_alignment", .choice(AlignmentChoice.allCases.map(\.rawValue)),
                "strict: the SPF domain equals the From domain; relaxed: they share an organizational domain. Default: relaxed"
            )
        case .dkimAlignment:
            Field(
                "dkim_alignment", .choice(AlignmentChoice.allCases.map(\.rawValue)),
                "The same for the DKIM domain. Default: relaxed")
        case .aggregateReports:
            Field("aggregate_reports", .list(.text(.mailtoURI), minimum: 0), "Where daily reports go (RFC 9990).")
        case .failureReports:
            Field(
                "failure_reports", .list(.text(.mailtoURI), minimum: 0),
                "Where reports on single messages go (RFC 9991).")
        case .failureOptions:
            Field(
                "failure_options", .list(.choice(FailureOption.allCases.map(\.rawValue)), minimum: 0),
                "When a message is reported: 0 all mechanisms failed, 1 any failed, d DKIM failed, s SPF failed. Default: [\"0\"]"
            )
        case .testing:
            Field("testing", .boolean, "true publishes t=y: receivers apply the next weaker policy. Default: false")
        }
    }
}

enum AlignmentChoice: String, CaseIterable {
    case relaxed, strict

    var alignment: DMARCRecord.Alignment { self == .strict ? .strict : .relaxed }
}

/// RFC 9989 §4.7, `fo`.
enum FailureOption: String, CaseIterable {
    case allFailed = "0"
    case anyFailed = "1"
    case dkim = "d"
    case spf = "s"
}

enum MTASTSKey: Int, ManifestKey {
    case mode, mx, maxAge

    static let shape = makeShape("the MTA-STS policy")

    var field: Field {
        switch self {
        case .mode:
            Field(
                "mode", .choice(MTASTSDeclaration.Mode.allCases.map(\.rawValue)), "enforce, testing, or none.",
                required: true)
        case .mx:
            Field(
                "mx", .list(.text(.stsHost), minimum: 0),
                "The hosts that may take mail. Default: those of the domain's `mx`")
        case .maxAge: Field("max_age", .duration, "How long senders keep the policy, 1s to 31557600s. Default: 7d")
        }
    }
}

enum BIMIKey: Int, ManifestKey {
    case logo, certificate

    static let shape = makeShape("the BIMI record")

    var field: Field {
        switch self {
        case .logo:
            Field("logo", .text(.secureURL), "An https URL of the SVG; \"\" declines to publish one.", required: true)
        case .certificate: Field("certificate", .text(.secureURL), "An https URL of the mark certificate.")
        }
    }
}

enum ExchangerKey: Int, ManifestKey {
    case preference, host

    static let shape = makeShape("a mail exchanger")

    var field: Field {
        switch self {
        case .preference:
            Field("preference", .integer(ManifestBounds.preference), "The lowest is tried first.", required: true)
        case .host:
            Field("host", .text(.host), "A host name; \".\" with preference 0 is a null MX (RFC 7505).", required: true)
        }
    }
}

enum GateKey: Int, ManifestKey {
    case require

    static let shape = makeShape("the gate")

    var field: Field {
        Field(
            "require", .list(.choice(GateRequirement.allCases.map(\.rawValue)), minimum: 1),
            "What must pass; [dmarc] alone accepts either aligned mechanism. Default: [spf, dkim, dmarc]",
            required: true)
    }
}
