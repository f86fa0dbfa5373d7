/// What `signet explain` says on SPF, DKIM and DMARC.
enum AuthenticationExplanations {
    static let entries: [Explanation] = [
        Explanation(
            .missingSPF,
            """
            Without SPF nobody can tell which servers send for the domain. It may be left out only where the \
            domain's relay has `egress` addresses: then those become `ip4` and `ip6` terms, followed by `~all`.
            """,
            wrong: """
                example.com: { provider: lab }
                """,
            right: """
                example.com: { provider: lab, spf: { include: [_spf.example.net] } }
                """),
        Explanation(
            .allAndRedirect,
            """
            `redirect` is ignored wherever `all` stands (RFC 7208 §6.1), so one of the two means nothing.
            """,
            wrong: """
                spf: { redirect: a.example, all: fail }
                """,
            right: """
                spf: { redirect: a.example }
                """),
        Explanation(
            .spfTerm,
            """
            Terms follow RFC 7208 §5: `ip4` and `ip6` take an address with an optional prefix length; `include` \
            and `redirect` a domain; `exists` a domain that may hold macros (§7).
            """,
            wrong: """
                ip4: [192.0.2.0/33]
                """,
            right: """
                ip4: [192.0.2.0/24]
                """),
        Explanation(
            .spfLookUps,
            """
            `include`, `a`, `mx`, `exists` and `redirect` each cost a look-up, and RFC 7208 §4.6.4 allows 10. \
            Receivers then answer permerror, and DMARC fails. Only the terms of the manifest are counted here; \
            `signet verify` also counts what the includes hold.
            """,
            wrong: """
                include: [eleven, names, …]
                """,
            right: """
                flatten: [the, stable, ones]
                """),
        Explanation(
            .spfLarge,
            """
            RFC 7208 §3.4 advises at most 450 octets, so that the answer fits into 512 octets of UDP together \
            with the other TXT records of the name.
            """,
            wrong: """
                ip4: [thirty, single, addresses, …]
                """,
            right: """
                ip4: [192.0.2.0/27]
                """),
        Explanation(
            .spfTooLarge,
            """
            Over 512 octets the answer is truncated for resolvers without EDNS and has to be fetched by TCP (RFC \
            7208 §3.4), which some receivers never try.
            """,
            wrong: """
                ip4: [sixty, single, addresses, …]
                """,
            right: """
                ip4: [192.0.2.0/26]
                """),
        Explanation(
            .egressNotCovered,
            """
            The relay sends from this address, and the SPF policy holds only addresses, none of which matches \
            it: every receiver would answer with `all`.
            """,
            wrong: """
                relay egress 192.0.2.10, spf: { ip4: [198.51.100.0/24] }
                """,
            right: """
                spf: { ip4: [198.51.100.0/24, 192.0.2.10] }
                """),
        Explanation(
            .spfAllPass,
            """
            `+all` makes every server in the world a legitimate sender of the domain. Receivers treat such a \
            policy as a mark of spam.
            """,
            wrong: """
                all: pass
                """,
            right: """
                all: softfail
                """),
        Explanation(
            .flattenedInclude,
            """
            `flatten` replaces an include by its addresses. Listed twice it would be written both ways and cost \
            its look-ups after all.
            """,
            wrong: """
                include: [a.example]
                flatten: [a.example]
                """,
            right: """
                flatten: [a.example]
                """),
        Explanation(
            .spfLoop,
            """
            A domain that includes itself, or redirects to itself, is a loop: receivers run into the look-up \
            limit and answer permerror.
            """,
            wrong: """
                example.com: { spf: { include: [example.com] } }
                """,
            right: """
                example.com: { spf: { include: [_spf.example.net] } }
                """),
        Explanation(
            .prefixHostBits,
            """
            The network that is matched is wider than the address suggests.
            """,
            wrong: """
                ip4: [192.0.2.77/24]
                """,
            right: """
                ip4: [192.0.2.0/24]
                """),
        Explanation(
            .weakKey,
            """
            RFC 8301 §3.2: signers should use RSA keys of at least 2048 bits. Receivers ignore or distrust shorter \
            ones.
            """,
            wrong: """
                keys: [rsa1024]
                """,
            right: """
                keys: [rsa2048]
                """),
        Explanation(
            .noKeys,
            """
            A sending domain signs what it sends. Leave `keys` out to get RSA-2048 and Ed25519.
            """,
            wrong: """
                dkim: { keys: [] }
                """,
            right: """
                dkim: { keys: [rsa2048] }
                """),
        Explanation(
            .duplicateKeyType,
            """
            Each message is signed once with every key. A second key of the same type adds a signature that \
            nobody needs; rotation brings in new keys by itself.
            """,
            wrong: """
                keys: [rsa2048, rsa2048]
                """,
            right: """
                keys: [rsa2048, ed25519]
                """),
        Explanation(
            .selectorPrefix,
            """
            Selectors are the prefix and a number (`mm1`, `mm2`, …), one DNS label of at most 63 letters, digits \
            and hyphens (RFC 6376 §3.1). Six digits are kept free for the number.
            """,
            wrong: """
                selector_prefix: "mm."
                """,
            right: """
                selector_prefix: mm
                """),
        Explanation(
            .overlap,
            """
            A retiring key stays in DNS for `overlap`. If that is as long as the time between two rotations, \
            retiring keys pile up without end.
            """,
            wrong: """
                rotate_every: 7d, overlap: 7d
                """,
            right: """
                rotate_every: 90d, overlap: 7d
                """),
        Explanation(
            .shortOverlap,
            """
            Mail is retried for four to five days (RFC 5321 §4.5.4.1), Signet's own outbox for four. A key that is gone \
            before a late message arrives makes it fail DKIM.
            """,
            wrong: """
                overlap: 1h
                """,
            right: """
                overlap: 7d
                """),
        Explanation(
            .ed25519Only,
            """
            Few receivers verify Ed25519 yet; to the others the mail is unsigned. RFC 8463 §5 has signers add an \
            RSA signature meanwhile.
            """,
            wrong: """
                keys: [ed25519]
                """,
            right: """
                keys: [rsa2048, ed25519]
                """),
        Explanation(
            .retiredTag,
            """
            RFC 9989 removed `pct`, `rf` and `ri`: receivers ignore them. In place of `pct`, `testing: true` \
            (`t=y`) asks receivers to apply the next weaker policy.
            """,
            wrong: """
                dmarc: { policy: reject, pct: 20 }
                """,
            right: """
                dmarc: { policy: reject, testing: true }
                """),
        Explanation(
            .reportURI,
            """
            RFC 9990 reports go by mail. The URI holds one address and nothing else.
            """,
            wrong: """
                aggregate_reports: [dmarc@example.com]
                """,
            right: """
                aggregate_reports: ["mailto:dmarc@example.com"]
                """),
        Explanation(
            .foreignReports,
            """
            RFC 9990 wants that organisation's consent: a TXT record `DOMAIN._report._dmarc.RECEIVER` with \
            `v=DMARC1`. Without it receivers send nothing. Signet writes it where the receiving domain is in the \
            manifest; elsewhere `signet verify` checks that it is there.
            """,
            wrong: """
                aggregate_reports: ["mailto:a@reports.example"]
                """,
            right: """
                ask reports.example to publish yours.example._report._dmarc
                """),
        Explanation(
            .weakerSubdomains,
            """
            Forgers take a subdomain when the domain itself is protected; it need not even exist.
            """,
            wrong: """
                policy: reject, subdomain_policy: none
                """,
            right: """
                policy: reject, subdomain_policy: reject
                """),
        Explanation(
            .failureOptions,
            """
            `failure_options` (`fo=`) says when failure reports are sent; without `failure_reports` none are \
            (RFC 9989 §4.7).
            """,
            wrong: """
                dmarc: { failure_options: ["1"] }
                """,
            right: """
                dmarc: { failure_options: ["1"], failure_reports: ["mailto:f@example.com"] }
                """),
    ]
}
