/// What `signet explain` says on agents, approvers and relays.
enum SenderExplanations {
    static let entries: [Explanation] = [
        Explanation(
            .agentAddress,
            """
            An agent sends with its domain's keys; from any other domain the message would not be aligned. \
            Subdomains are domains of their own.
            """,
            wrong: """
                domain: example.com, addresses: [a@example.net]
                """,
            right: """
                domain: example.com, addresses: [a@example.com]
                """),
        Explanation(
            .agentDomain,
            """
            An agent sends from a domain under `domains`, in any of the folder's files, or from one that was declared through
            the API (`POST /v1/domains`), which these files cannot show: hence a warning. Until the domain is declared in one
            of the two places, the agent sends nothing.
            """,
            wrong: """
                domain: exmaple.com
                """,
            right: """
                domain: example.com
                """),
        Explanation(
            .agentParked,
            """
            The domain is declared with `sends: false`; everything the agent sent would be refused.
            """,
            wrong: """
                domain: parked.example
                """,
            right: """
                domain: mail.example
                """),
        Explanation(
            .agentWithoutDomainKey,
            """
            The identity header of each message holds the domain's signature over agent and oversight, made with its \
            Ed25519 DKIM key. A domain that signs with RSA alone has none.
            """,
            wrong: """
                dkim: { keys: [rsa2048] }
                """,
            right: """
                dkim: { keys: [rsa2048, ed25519] }
                """),
        Explanation(
            .agentModel,
            """
            Provider, name and version of the model stand in each message's identity header, percent-encoded, in at \
            most 512 octets.
            """,
            wrong: """
                model: { provider: example, name: "a text of a whole paragraph …" }
                """,
            right: """
                model: { provider: example, name: writer-large }
                """),
        Explanation(
            .agentWithoutRelay,
            """
            Mail leaves through the relay that the agent's domain names. The manifest declares relays, and the domain has \
            none of them: whatever the agent sends is turned down.
            """,
            wrong: """
                relays: { out: { url: … } }
                domains: { example.com: {} }
                """,
            right: """
                relays: { out: { url: … } }
                domains: { example.com: { relay: out } }
                """),
        Explanation(
            .oversightAddress,
            """
            `monitored` releases each message and copies it to `oversight_address`. Without one it would be \
            `autonomous` under another name.
            """,
            wrong: """
                oversight: monitored
                """,
            right: """
                oversight: monitored
                oversight_address: oversight@example.com
                """),
        Explanation(
            .agentID,
            """
            The id is a DNS label (`k1.ID._agentid.DOMAIN`): 1 to 63 lower-case letters, digits and hyphens, no \
            hyphen at either end.
            """,
            wrong: """
                agents: { Onboarding_Agent: … }
                """,
            right: """
                agents: { onboarding-agent: … }
                """),
        Explanation(
            .sharedAddress,
            """
            A message's From address tells which agent sent it; with two it would tell nothing.
            """,
            wrong: """
                two agents with addresses: [hello@example.com]
                """,
            right: """
                one address for each agent
                """),
        Explanation(
            .recipientPattern,
            """
            A mail address, or `*@domain` for everybody at exactly that domain.
            """,
            wrong: """
                allow: ["*"]
                """,
            right: """
                allow: ["*@example.com"]
                """),
        Explanation(
            .blockedAndAllowed,
            """
            Blocked wins.
            """,
            wrong: """
                recipients: { allow: [a@example.com], block: [a@example.com] }
                """,
            right: """
                recipients: { allow: [a@example.com] }
                """),
        Explanation(
            .approverKey,
            """
            `ed25519:` and the base64 of the 32 octets, or a line of OpenSSH: `ssh-ed25519 AAAA…`. It is the \
            public half; the private half never leaves the approver.
            """,
            wrong: """
                public_key: "rsa:…"
                """,
            right: """
                public_key: "ed25519:1GVXj3Pz…="
                """),
        Explanation(
            .sharedApproverKey,
            """
            An approval must tell who gave it.
            """,
            wrong: """
                alice and bob with one public_key
                """,
            right: """
                a key for each
                """),
        Explanation(
            .noApprovers,
            """
            The agent's oversight mode holds messages for approval, and the manifest declares no approver.
            """,
            wrong: """
                oversight: gated_all, without `approvers`
                """,
            right: """
                approvers: { alice: { email: …, public_key: … } }
                """),
        Explanation(
            .relayURL,
            """
            Mail is handed over by SMTP submission: `smtps://host:465`, or `smtp://host:587`, which turns to TLS \
            by STARTTLS.
            """,
            wrong: """
                url: https://smtp.example.net
                """,
            right: """
                url: smtps://smtp.example.net:465
                """),
        Explanation(
            .relayCredentials,
            """
            `username` and `password` go together; leave out both for a relay that asks for neither.
            """,
            wrong: """
                username: signet
                """,
            right: """
                username: signet
                password: { env: SMTP_PASSWORD }
                """),
        Explanation(
            .relayEgress,
            """
            SPF is evaluated for each address under `egress`. Without one nobody can say beforehand whether mail \
            through this relay would pass.
            """,
            wrong: """
                relays: { default: { url: … } }
                """,
            right: """
                relays: { default: { url: …, egress: [192.0.2.10] } }
                """),
    ]
}
