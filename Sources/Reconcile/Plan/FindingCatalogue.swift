package import Diagnostics
package import DNS
import FoundationEssentials
import Keys
package import Manifest
import MailAuth

/// Every finding's wording, in one place.
package enum FindingCatalogue {
    static func notDelegated(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DNS101", severity: .misaligned, summary: "the zone is not delegated",
            detail: detail,
            help: "have the registrar or the parent zone's owner add NS records for it, then plan again")
    }

    static func unobservable(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DNS102", severity: .unknown, summary: "the zone could not be observed",
            detail: detail, help: "nothing is planned for the domain until its name servers answer")
    }

    static func noAnswer(_ domain: DomainName, _ key: RecordSetKey, _ failures: [ServerView]) -> Finding {
        let told = failures.map { view in
            if case .failed(let reason) = view.state { "\(view.server): \(reason)" } else { "\(view.server)" }
        }
        return Finding(
            domain: domain, code: "DNS103", severity: .unknown, summary: "no server answered for a record set",
            detail: "asked for \(key): \(told.joined(separator: "; "))",
            help: "nothing is planned for the record set until a server answers")
    }

    static func serverFailed(_ domain: DomainName, _ failure: ServerFailure) -> Finding {
        Finding(
            domain: domain, code: "DNS104", severity: .warning, summary: "a name server does not answer",
            detail: "\(failure.server): \(failure.reason)",
            help: "the domain cannot converge while one of its servers is silent")
    }

    static func serversDiffer(_ domain: DomainName, _ key: RecordSetKey, _ views: [ServerView]) -> Finding {
        let told = views.map { "\($0.server): \(describe($0.state))" }
        return Finding(
            domain: domain, code: "DNS105", severity: .pending, summary: "name servers disagree",
            detail: "\(key): \(told.joined(separator: "; "))",
            help: "a secondary lags behind; the plan starts from the server with the newest SOA serial")
    }

    static func alias(_ domain: DomainName, _ key: RecordSetKey, _ target: DomainName) -> Finding {
        Finding(
            domain: domain, code: "DNS106", severity: .misaligned, summary: "an alias stands at the name",
            detail: "\(key.name) is a CNAME for \(target), and nothing can stand beside a CNAME",
            help: "remove the CNAME, or leave the record out of the manifest")
    }

    static func delegatedAway(_ domain: DomainName, _ key: RecordSetKey, _ cut: DomainName) -> Finding {
        Finding(
            domain: domain, code: "DNS107", severity: .misaligned, summary: "the name is delegated to another zone",
            detail: "\(key.name) lies in \(cut), which has name servers of its own",
            help: "publish the record in \(cut), or remove the delegation")
    }

    static func nameTooLong(_ domain: DomainName, _ name: String) -> Finding {
        Finding(
            domain: domain, code: "DNS108", severity: .misaligned, summary: "a record's name would be too long",
            detail: "\(name) is longer than the 255 octets that RFC 1035 §3.1 allows",
            help: "use a shorter domain or selector prefix")
    }

    static func noProvider(_ domain: DomainName) -> Finding {
        Finding(
            domain: domain, code: "PRV101", severity: .warning, summary: "the domain has no provider",
            detail: "changes are needed, and nothing says where to write them",
            help: "add `provider:` to the domain; `type: manual` prints what to publish")
    }

    /// - Parameter providers: where the records were written; none of them is in the manifest.
    package static func providerGone(_ domain: DomainName, _ providers: [ProviderID], records: Int) -> Finding {
        let names = providers.map { "`\($0)`" }.joined(separator: ", ")
        return Finding(
            domain: domain, code: "PRV102", severity: .warning, summary: "a domain's provider was taken away with it",
            detail:
                "Signet wrote \(records) of its record sets at \(names), which the manifest no longer has: they stay",
            help: "put the provider back until an apply has taken the records away")
    }

    package static let unreadableProviderCode: Diagnostic.Code = "PRV103"

    package static func unreadableProvider(_ domain: DomainName, _ provider: ProviderID, _ reason: String) -> Finding {
        Finding(
            domain: domain, code: unreadableProviderCode, severity: .warning, summary: "the provider cannot be read",
            detail: "\(provider): \(reason); the plan goes by DNS alone",
            help: "apply would meet the same: check the provider's address and credentials")
    }

    package static func declaredTwice(_ domain: DomainName) -> Finding {
        Finding(
            domain: domain, code: "DOM101", severity: .warning, summary: "the domain was declared through the API too",
            detail: "the manifest's word holds; what was declared through the API has no effect",
            help: "compare the two: `GET /v1/domains/\(domain)` shows what holds now")
    }

    static func unreadableSPF(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "SPF101", severity: .misaligned, summary: "the SPF record cannot be read",
            detail: detail,
            help: "mend it where it is published, or set `exclusive: true` to have it replaced")
    }

    static func several(_ domain: DomainName, _ set: DesiredRecordSet, _ count: Int) -> Finding {
        let isSPF = if case .spf = set.content { true } else { false }
        return Finding(
            domain: domain, code: isSPF ? "SPF102" : "DMA101", severity: .misaligned,
            summary: isSPF ? "several SPF records stand at one name" : "several records of one kind stand at one name",
            detail: "\(set.key) holds \(count) of them"
                + (isSPF ? "; receivers answer permerror (RFC 7208 §4.5)" : "; receivers take none (RFC 9989 §4.7)"),
            help: "the plan merges them into one")
    }

    static func keyRetires(_ domain: DomainName, _ key: KeyID, overlap: Duration) -> Finding {
        Finding(
            domain: domain, code: "DKM101", severity: .note, summary: "a key is retiring",
            detail: "\(key) signs nothing new; its record stays for the overlap of \(overlap.components.seconds) s",
            help: nil)
    }

    static func keySucceeds(_ domain: DomainName, _ succession: DKIMKeyLife.Succession) -> Finding {
        Finding(
            domain: domain, code: "DKM106", severity: .note, summary: "a key is being rotated",
            detail: succession.from.map {
                "\(succession.id) takes over from \($0) once it has converged; until then \($0.selector) signs"
            } ?? "\(succession.id) signs once it has converged; until then the domain's other keys do",
            help: nil)
    }

    static func agentKeyRetires(_ domain: DomainName, _ key: KeyID, overlap: Duration) -> Finding {
        Finding(
            domain: domain, code: "AGT101", severity: .note, summary: "an agent's key is retiring",
            detail: "a newer key has taken over from \(key); its record stays for the overlap of "
                + "\(overlap.components.seconds) s",
            help: nil)
    }

    package static func flattenFailed(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "SPF103", severity: .unknown, summary: "an include could not be flattened",
            detail: detail, help: "the SPF record stays as it is until every include resolves")
    }

    package static func notPublished(_ domain: DomainName, _ keys: [RecordSetKey]) -> Finding {
        Finding(
            domain: domain, code: "PUB101", severity: .misaligned, summary: "record sets are not published as declared",
            detail: keys.map(\.description).joined(separator: ", "),
            help: "run `signet plan` to see the difference, and `signet apply` to publish it")
    }

    package static func changedSince(_ domain: DomainName, _ keys: [RecordSetKey]) -> Finding {
        Finding(
            domain: domain, code: "PUB102", severity: .misaligned,
            summary: "record sets were changed after they had converged",
            detail: keys.map(\.description).joined(separator: ", "),
            help:
                "somebody changed them, or took them away: run `signet plan` to see the difference, and `signet apply` to "
                + "publish them again")
    }

    static func spfFails(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "SPF104", severity: .misaligned, summary: "mail would not pass SPF", detail: detail,
            help: "add the address to `spf.ip4` or `spf.ip6`, or the include that covers it")
    }

    static func spfBroken(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "SPF105", severity: .misaligned, summary: "receivers cannot evaluate SPF",
            detail: detail,
            help:
                "run `signet apply`, which mends the domain's own record; an include that is named is its owner's to mend"
        )
    }

    static func spfUnknown(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "SPF106", severity: .unknown, summary: "SPF could not be evaluated",
            detail: detail, help: nil)
    }

    static func noEgress(_ domain: DomainName) -> Finding {
        Finding(
            domain: domain, code: "SPF107", severity: .note, summary: "no egress address is declared",
            detail: "SPF was checked for errors, and for no address that mail leaves from",
            help: "give the domain a `relay` with its `egress` addresses")
    }

    static func tooManyLookUps(_ domain: DomainName, _ count: SPFLookUpCount) -> Finding {
        let parts = count.parts.map { "\($0.term) \($0.count)" }.joined(separator: ", ")
        return Finding(
            domain: domain, code: "SPF108", severity: .warning, summary: "the SPF record leads to too many look-ups",
            detail: "\(count.total) where RFC 7208 §4.6.4 allows \(SPFRecord.lookUpsMax): \(parts)",
            help: "take out what does not send any more, or list large includes under `spf.flatten`")
    }

    static func termsKept(_ domain: DomainName, _ terms: [SPFTerm]) -> Finding {
        Finding(
            domain: domain, code: "SPF109", severity: .note, summary: "SPF terms of others are kept",
            detail: "kept, not declared: \(terms.map(\.description).joined(separator: " "))",
            help: "declare what is to stay; `exclusive: true` under `spf` takes out the rest")
    }

    static func keyMissing(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DKM102", severity: .misaligned, summary: "a DKIM key is not served as it should be",
            detail: detail, help: "run `signet apply`; in a zone edited by hand, publish what `signet records` shows")
    }

    static func signatureFails(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DKM103", severity: .misaligned, summary: "a message signed now would not verify",
            detail: detail, help: "run `signet plan`; where it finds nothing, rotate the key")
    }

    static func keyUnusable(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DKM104", severity: .unknown, summary: "a private key cannot be used",
            detail: detail, help: "nothing can be signed for the domain until it can")
    }

    static func notProbed(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DKM105", severity: .note, summary: "no message was signed to try the keys",
            detail: "\(detail); the keys that are served were compared with the keyring's public halves",
            help: "make `settings.keyring.key` readable where the check runs to have it done")
    }

    static func notAligned(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DMA104", severity: .misaligned, summary: "a message sent now would fail DMARC",
            detail: detail, help: "mend what the SPF and DKIM findings name")
    }

    static func lookUpFailed(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DNS109", severity: .unknown, summary: "a look-up failed", detail: detail, help: nil)
    }

    static func noPolicy(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DMA102", severity: .misaligned, summary: "receivers find no DMARC policy",
            detail: detail, help: "run `signet apply`; in a zone edited by hand, publish what `signet records` shows")
    }

    static func reportsUnauthorized(_ domain: DomainName, _ detail: String) -> Finding {
        Finding(
            domain: domain, code: "DMA103", severity: .warning,
            summary: "another organization has not authorized reports to it", detail: detail,
            help: "ask its owner to publish that record, or declare that domain in the manifest")
    }

    static func describe(_ state: ServerView.State) -> String {
        switch state {
        case .present(let set):
            set.data.map(\.presentation).sorted().joined(separator: " ") + " (TTL \(set.timeToLiveSeconds) s)"
        case .absent: "no such record"
        case .alias(let target): "CNAME \(target)"
        case .delegatedAway(let cut): "delegated to \(cut)"
        case .failed(let reason): reason
        }
    }

    package static let entries: [CatalogueEntry] = [
        CatalogueEntry(
            "DNS101", "the zone is not delegated",
            """
            No NS records lead to the domain, or to a zone above it that belongs to you: receivers cannot find any of its \
            records, whatever the provider's console shows. Signet asked for the SOA record at the name and at every \
            name above it, and the first one that answered belongs to a registry.

            Ask the registrar to delegate the name to your provider's servers, or, for a split horizon or a lab, name \
            the servers under `settings.dns.stubs`.
            """),
        CatalogueEntry(
            "DNS102", "the zone could not be observed",
            """
            Every way to the zone's servers failed: time-outs, SERVFAIL, servers that are not authoritative. What was \
            asked of whom stands in the finding. Unknown is never taken for absent: nothing is planned for the domain, \
            and its gate stays closed.
            """),
        CatalogueEntry(
            "DNS103", "no server answered for a record set",
            """
            The zone's servers answer for its SOA and not for this record set, so what stands there is unknown. Nothing \
            is planned for it. Firewalls that drop larger answers and broken DNSSEC signers do this.
            """),
        CatalogueEntry(
            "DNS104", "a name server does not answer",
            """
            One of the zone's servers failed while others answered. The plan is made from those that did; the domain \
            cannot converge until every server that is delegated to answers alike. Repair the server, or take it out of \
            the delegation.
            """),
        CatalogueEntry(
            "DNS105", "name servers disagree",
            """
            The zone's servers serve different versions of a record set: usually a secondary that has not transferred \
            the newest zone yet. Receivers see one or the other by chance. `signet wait` waits until all agree and until \
            no cache may hold the older answer.
            """),
        CatalogueEntry(
            "DNS106", "an alias stands at the name",
            """
            A CNAME stands where a record set is wanted, and RFC 1034 §3.6.2 allows nothing beside it. Signet does not \
            remove aliases: they are somebody's decision to let another party publish the record.
            """),
        CatalogueEntry(
            "DNS107", "the name is delegated to another zone",
            """
            The name lies below a zone cut: its records are served by other servers than the domain's. Declare the \
            delegated zone's own provider, or remove the delegation.
            """),
        CatalogueEntry(
            "DNS108", "a record's name would be too long",
            """
            A record that the domain needs would have a name of more than 255 octets, or a label of more than 63 \
            (RFC 1035 §3.1). It cannot exist, so the domain cannot be aligned. Use a shorter name.
            """),
        CatalogueEntry(
            "DOM101", "the domain was declared through the API too",
            """
            Somebody declared the domain with `POST /v1/domains` before it came into the manifest. The manifest's \
            declaration holds: its keys, policy and provider; the keys that exist are taken over. Nothing is to be done if \
            both say the same. That is the usual end of a domain that was exported with `signet export`.
            """),
        CatalogueEntry(
            "PRV101", "the domain has no provider",
            """
            The plan holds changes, and the manifest does not say where to write them. Add `provider:` to the domain \
            or to `defaults`, naming one of `providers`. `type: manual` prints what to publish and waits for it.
            """),
        CatalogueEntry(
            "PRV102", "a domain's provider was taken away with it",
            """
            Signet wrote records for a domain that the manifest no longer has, at a provider that it no longer has either: \
            nothing can take them away. Put the provider back, run `signet apply`, and remove it then.
            """),
        CatalogueEntry(
            "PRV103", "the provider cannot be read",
            """
            Credentials for the provider are at hand, and it did not list what it holds: it is down, or refuses them. The \
            plan goes by what DNS serves; an apply would fail in the same way.
            """),
        CatalogueEntry(
            "SPF101", "the SPF record cannot be read",
            """
            An SPF record stands at the domain and does not parse, so receivers answer permerror (RFC 7208 §4.6), and \
            there is no safe way to keep its other terms. Mend it by hand, or set `exclusive: true`: then it is replaced \
            by what the manifest declares.
            """),
        CatalogueEntry(
            "SPF102", "several SPF records stand at one name",
            """
            RFC 7208 §4.5: more than one record that begins with `v=spf1` is a permerror, so SPF passes for nobody. The \
            plan merges them: Signet's terms first, then every other term once, then one `all`.
            """),
        CatalogueEntry(
            "SPF103", "an include could not be flattened",
            """
            `flatten` replaces an include by the addresses that it stands for, and one of its look-ups failed or the \
            included record is broken. Publishing what is known would cut off the rest, so SPF is left as it is.
            """),
        CatalogueEntry(
            "SPF104", "mail would not pass SPF",
            """
            The record was evaluated as a receiver does (RFC 7208 check_host) for each egress address of the domain's \
            relay, and the verdict for one of them is not pass. Mail from that address fails SPF, and with it the part \
            of DMARC that hangs on SPF.
            """),
        CatalogueEntry(
            "SPF105", "receivers cannot evaluate SPF",
            """
            Evaluation ends in permerror: a syntax error, more than ten look-ups, more than two void look-ups, an \
            include of a name without a record (RFC 7208 §4.6.4). The finding names the place.
            """),
        CatalogueEntry(
            "SPF106", "SPF could not be evaluated",
            """
            A look-up that the evaluation needs failed (temperror). Unknown is not taken for a pass: the gate stays \
            closed until it can be evaluated.
            """),
        CatalogueEntry(
            "SPF107", "no egress address is declared",
            """
            Without a relay, or with a relay that names no `egress`, Signet does not know which addresses mail leaves \
            from. It checks that the record can be evaluated, and cannot check that it covers them.
            """),
        CatalogueEntry(
            "SPF108", "the SPF record leads to too many look-ups",
            """
            Receivers stop with permerror after ten look-ups (RFC 7208 §4.6.4). The relay's addresses match before that, and \
            mail from them passes; a sender whose term stands further back does not. Remove includes that nobody sends \
            through, or have them resolved into addresses with `spf.flatten`.
            """),
        CatalogueEntry(
            "SPF109", "SPF terms of others are kept",
            """
            The domain's SPF record lets servers send that the manifest does not name. Signet leaves alone what it did not \
            write, so they go on passing: declare them, or have them taken out with `exclusive: true` under `spf`.
            """),
        CatalogueEntry(
            "PUB101", "record sets are not published as declared",
            """
            What DNS serves is not what the manifest asks for, and Signet has not written it: an apply is due, or \
            somebody has changed the record since. `signet plan` shows the difference.
            """),
        CatalogueEntry(
            "PUB102", "record sets were changed after they had converged",
            """
            Every server has served the record as declared, and none of Signet's own writes came after: somebody changed it \
            or took it away. Waiting brings nothing. `signet plan` shows the difference, `signet apply` publishes the \
            record again; `signet drift` on a schedule tells of such changes early.
            """),
        CatalogueEntry(
            "DKM102", "a DKIM key is not served as it should be",
            """
            The record at the selector is missing, cannot be read, or holds another public key than the keyring's: \
            signatures made with the private key would fail.
            """),
        CatalogueEntry(
            "DKM103", "a message signed now would not verify",
            """
            Signet made a message, signed it with the domain's own private key, and verified it as a receiver does, with \
            the key as one of the zone's servers serves it. It did not pass, although the record holds the keyring's \
            public key: a restriction in the record (`h=`, `s=`, `t=s`), or a public half in the keyring that does not \
            belong to its private half.
            """),
        CatalogueEntry(
            "DKM104", "a private key cannot be used",
            """
            The key-encryption key is none, the keyring was sealed under another one, or the sealed key is damaged; or \
            `apply`, which makes keys, cannot read it. Messages cannot be signed, so the gate stays closed.
            """),
        CatalogueEntry(
            "DKM105", "no message was signed to try the keys",
            """
            `settings.keyring.key` cannot be read here, as is right on a machine that only checks. The public keys that \
            are served were compared with those of the keyring, which need no secret; whether the private halves belong \
            to them was not tried.
            """),
        CatalogueEntry(
            "DMA104", "a message sent now would fail DMARC",
            """
            A message was made, signed and verified as a receiver does, and SPF evaluated for every egress address of \
            the relay; from one of them neither passes in alignment with the From: domain.
            """),
        CatalogueEntry(
            "DNS109", "a look-up failed",
            """
            SERVFAIL, REFUSED or no answer. Nothing is known, and unknown never counts as a pass.
            """),
        CatalogueEntry(
            "DMA102", "receivers find no DMARC policy",
            """
            There is no single valid DMARC record at the domain, so receivers apply none (RFC 9989 §4.7).
            """),
        CatalogueEntry(
            "DMA103", "another organization has not authorized reports to it",
            """
            The DMARC record sends reports to an address at another organization, and RFC 9990 §4 has report \
            generators check that it wants them: a TXT record `v=DMARC1` at `DOMAIN._report._dmarc.RECEIVER`. Without \
            it no reports are sent there. Where the receiver's domain is in the manifest, Signet publishes the record.
            """),
        CatalogueEntry(
            "DMA101", "several records of one kind stand at one name",
            """
            Receivers that find two DMARC records act as if there were none (RFC 9989 §4.7). The plan leaves the one \
            that the manifest declares.
            """),
        CatalogueEntry(
            "DKM101", "a key is retiring",
            """
            Another DKIM key has taken over from this one, or the manifest no longer asks for it. Messages that it signed \
            may still be in transit, so its record stays for `overlap` from the moment when it stopped signing; later \
            applies mark it as revoked (`p=`), and remove it. `signet keys` says when.
            """),
        CatalogueEntry(
            "AGT101", "an agent's key is retiring",
            """
            The agent's next key signs its identity headers now. Messages that carry the older key's signature may still be \
            in transit, so its record stays for the domain's `overlap`, and then says revoked. `signet keys` says when.
            """),
        CatalogueEntry(
            "DKM106", "a key is being rotated",
            """
            The key that signs has done so for `rotate_every`, the selectors' prefix has changed, or somebody asked for \
            it (`signet keys rotate`): apply makes the next key and publishes it. The older key goes on signing until \
            the newer one's record has converged; then they change places, and the older one retires. Mail never waits.
            """),
    ]
}
