/// What `signet explain` says on domains, their mail exchangers and policies, and on secrets.
enum DomainExplanations {
    static let entries: [Explanation] = [
        Explanation(
            .parkedDomain,
            """
            `sends: false` locks a domain down: SPF `-all`, no DKIM key, DMARC reject, null MX. Anything that \
            only a sending domain needs contradicts that. `provider`, `ttl` and `dmarc` remain.
            """,
            wrong: """
                sends: false
                spf: { include: [a.example] }
                """,
            right: """
                sends: false
                """),
        Explanation(
            .parkedPolicy,
            """
            No mail is legitimate from a domain that never sends. Anything below `reject` lets forgeries \
            through.
            """,
            wrong: """
                sends: false
                dmarc: { policy: none }
                """,
            right: """
                sends: false
                """),
        Explanation(
            .timeToLive,
            """
            Below 60 seconds many resolvers keep their own minimum, and name servers are asked for every \
            message. It speeds no change up by much.
            """,
            wrong: """
                ttl: 5s
                """,
            right: """
                ttl: 5m
                """),
        Explanation(
            .nullExchanger,
            """
            A null MX (host `.`) says that the domain takes no mail. RFC 7505 §3: it is the only MX record and \
            has preference 0.
            """,
            wrong: """
                mx: [{ preference: 10, host: "." }]
                """,
            right: """
                mx: [{ preference: 0, host: "." }]
                """),
        Explanation(
            .sendingNullExchanger,
            """
            Bounces and replies have nowhere to go, and receivers may refuse mail from such a domain (RFC 7505 \
            §4.2).
            """,
            wrong: """
                mx: [{ preference: 0, host: "." }]
                """,
            right: """
                mx: [{ preference: 10, host: mx1.example.com }]
                """),
        Explanation(
            .exchangerAddress,
            """
            An MX record names a host (RFC 1035 §3.3.9, RFC 5321 §5.1); an address there is looked up as a name \
            and never found.
            """,
            wrong: """
                host: 192.0.2.1
                """,
            right: """
                host: mx1.example.com
                """),
        Explanation(
            .literalSecret,
            """
            Manifests stand in git, and what git has once seen stays there. Write where the secret is. The value \
            is not shown here; if the file was ever committed, replace the secret at its source.
            """,
            wrong: """
                api_key: 8f3c…
                """,
            right: """
                api_key: { env: PDNS_API_KEY }
                """),
        Explanation(
            .urlCredentials,
            """
            What stands before the `@` of a URL is a secret in git, and URLs turn up in logs.
            """,
            wrong: """
                url: https://user:password@dns.example.net
                """,
            right: """
                url: https://dns.example.net
                """),
        Explanation(
            .plainProvider,
            """
            The API key travels with every request. Plain http is taken on loopback only.
            """,
            wrong: """
                url: http://dns.example.net:8081
                """,
            right: """
                url: https://dns.example.net:8081
                """),
        Explanation(
            .plainResolver,
            """
            DNS over HTTPS is https (RFC 8484 §5). Plain http is taken on loopback only, for tests.
            """,
            wrong: """
                resolvers: ["http://dns.example/dns-query"]
                """,
            right: """
                resolvers: ["https://dns.example/dns-query"]
                """),
        Explanation(
            .secretReference,
            """
            A reference is a mapping with exactly one of `env` (a variable's name), `file` (a path) and \
            `command` (a program and its arguments, as a list).
            """,
            wrong: """
                api_key: { env: A, file: b }
                """,
            right: """
                api_key: { env: A }
                """),
        Explanation(
            .embeddedListener,
            """
            It answers for every zone in the store, has no access control, and is meant for development and \
            tests.
            """,
            wrong: """
                listen: 0.0.0.0:5353
                """,
            right: """
                listen: 127.0.0.1:5353
                """),
        Explanation(
            .policyHosts,
            """
            RFC 8461 §3.2: a policy with mode `enforce` or `testing` lists the hosts that may take mail. With \
            none, mail to the domain would be refused. They may be left out where the domain declares `mx`.
            """,
            wrong: """
                mta_sts: { mode: enforce }
                """,
            right: """
                mta_sts: { mode: enforce, mx: [mx1.example.com] }
                """),
        Explanation(
            .policyHost,
            """
            A host name, or `*.` and a domain, which stands for exactly one label (RFC 8461 §3.2, §4.1).
            """,
            wrong: """
                mx: ["mx*.example.com"]
                """,
            right: """
                mx: ["*.example.com"]
                """),
        Explanation(
            .policyAge,
            """
            `max_age` is 1 to 31557600 seconds, about a year (RFC 8461 §3.2).
            """,
            wrong: """
                max_age: 800d
                """,
            right: """
                max_age: 365d
                """),
        Explanation(
            .policyMisses,
            """
            Senders that enforce the policy refuse to deliver to a host that it does not list.
            """,
            wrong: """
                mx: [{ preference: 10, host: mx2.example.com }], mta_sts: { mode: enforce, mx: [mx1.example.com] }
                """,
            right: """
                mta_sts: { mode: enforce, mx: [mx1.example.com, mx2.example.com] }
                """),
        Explanation(
            .tlsReportURI,
            """
            RFC 8460 §3 knows these two.
            """,
            wrong: """
                tls_reports: [tls@example.com]
                """,
            right: """
                tls_reports: ["mailto:tls@example.com"]
                """),
        Explanation(
            .bimiPolicy,
            """
            Receivers show a logo only where DMARC is `quarantine` or `reject`, for subdomains too, and not in \
            testing mode.
            """,
            wrong: """
                dmarc: { policy: none }
                bimi: { logo: … }
                """,
            right: """
                dmarc: { policy: quarantine }
                bimi: { logo: … }
                """),
        Explanation(
            .bimiURL,
            """
            Logo and certificate are fetched over https only.
            """,
            wrong: """
                logo: http://example.com/logo.svg
                """,
            right: """
                logo: https://example.com/logo.svg
                """),
    ]
}
