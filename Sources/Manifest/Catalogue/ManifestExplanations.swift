/// What `signet explain` says on reading a manifest: octets, YAML, types, limits, references.
enum ManifestExplanations {
    static let entries: [Explanation] = [
        Explanation(
            .syntax,
            """
            The YAML parser could not go on at the marked place, so the rest of the file was not read. Every \
            finding before it is reported in the same run; what follows shows once this is mended.
            """,
            wrong: """
                dmarc: { policy: none
                """,
            right: """
                dmarc: { policy: none }
                """),
        Explanation(
            .tab,
            """
            YAML indents by blanks only, because a tab has no agreed width (YAML 1.2 §6.1). All lines of the \
            file that start with a tab are listed.
            """,
            wrong: """
                domains:
                \texample.com:
                """,
            right: """
                domains:
                  example.com:
                """),
        Explanation(
            .notUTF8,
            """
            The marked octets are not a character in UTF-8. A file saved as Latin-1 or Windows-1252 looks like \
            this. Names and addresses read from such octets would not be the ones that were meant.
            """,
            wrong: """
                owner: caf\\xE9@example.com
                """,
            right: """
                owner: café@example.com
                """),
        Explanation(
            .wideEncoding,
            """
            Manifests are UTF-8. Some editors on Windows save as UTF-16 ("Unicode") unless told otherwise.
            """,
            wrong: """
                file -i manifest.yaml: charset=utf-16le
                """,
            right: """
                file -i manifest.yaml: charset=us-ascii
                """),
        Explanation(
            .controlCharacter,
            """
            YAML forbids control characters other than tab and line ends (YAML 1.2 §5.1). NUL ends a text for \
            many programs, so that what a person reads and what a tool reads would differ.
            """,
            wrong: """
                owner: ops<NUL>@example.com
                """,
            right: """
                owner: ops@example.com
                """),
        Explanation(
            .byteOrderMark,
            """
            UTF-8 needs no byte order mark. The loader skips it; other tools take it for a part of the first \
            key.
            """,
            wrong: """
                <BOM>version: 1
                """,
            right: """
                version: 1
                """),
        Explanation(
            .lineBreak,
            """
            A lone carriage return, U+0085, U+2028 and U+2029 end a line for some YAML parsers and not for \
            others. The same file would then declare different things.
            """,
            wrong: """
                version: 1<CR>domains: {}
                """,
            right: """
                version: 1
                domains: {}
                """),
        Explanation(
            .documents,
            """
            A manifest file is one YAML document. Several files of a folder are merged; several documents in one \
            file are not, because a stray `---` would then hide a part of the manifest.
            """,
            wrong: """
                version: 1
                ---
                domains: {}
                """,
            right: """
                version: 1
                domains: {}
                """),
        Explanation(
            .directive,
            """
            `%YAML` and `%TAG` change how the rest of the file is read. Manifests need neither, and a reader \
            would have to know them to see what is declared.
            """,
            wrong: """
                %YAML 1.1
                ---
                version: 1
                """,
            right: """
                version: 1
                """),
        Explanation(
            .unknownKey,
            """
            The key is none that this place knows. It is an error rather than ignored: a mistyped `polcy` would \
            otherwise leave the default in force without a word.
            """,
            wrong: """
                dmarc: { polcy: reject }
                """,
            right: """
                dmarc: { policy: reject }
                """),
        Explanation(
            .duplicateKey,
            """
            YAML parsers differ in which of two equal keys wins. Names are compared as DNS compares them: \
            `Example.COM.` and `example.com` are one name, and a U-label is equal to its A-label. Across the \
            files of a folder, `providers`, `relays`, `domains`, `agents` and `approvers` merge by entry; any \
            other key may stand once.
            """,
            wrong: """
                domains:
                  example.com: {}
                  Example.COM.: {}
                """,
            right: """
                domains:
                  example.com: {}
                """),
        Explanation(
            .wrongType,
            """
            The field wants one kind of value (text, list, mapping) and another stands there.
            """,
            wrong: """
                egress: 192.0.2.10
                """,
            right: """
                egress: [192.0.2.10]
                """),
        Explanation(
            .missingKey,
            """
            Without this key the entry means nothing.
            """,
            wrong: """
                bimi: { certificate: "https://example.com/vmc.pem" }
                """,
            right: """
                bimi: { logo: "https://example.com/logo.svg" }
                """),
        Explanation(
            .missingValue,
            """
            The key stands there without a value. Remove the key to get the default, or give it one.
            """,
            wrong: """
                provider:
                """,
            right: """
                provider: lab
                """),
        Explanation(
            .notBoolean,
            """
            A switch is written `true` or `false`, without quotes. `yes`, `on` and `True` mean true to some YAML \
            parsers and text to others, so none of them is taken.
            """,
            wrong: """
                sends: no
                """,
            right: """
                sends: false
                """),
        Explanation(
            .notInteger,
            """
            Digits only, without quotes: `012` is octal to some parsers and `1e3` a float to others, so neither \
            is taken.
            """,
            wrong: """
                per_hour: 1e3
                """,
            right: """
                per_hour: 1000
                """),
        Explanation(
            .notDuration,
            """
            A duration is one or more numbers, each with its unit: `w`, `d`, `h`, `m` or `s`. A number without a \
            unit is not taken, because tools differ on whether it counts seconds, minutes or days.
            """,
            wrong: """
                rotate_every: 90
                """,
            right: """
                rotate_every: 90d
                """),
        Explanation(
            .unknownValue,
            """
            The field takes one of a few words, and this is none of them.
            """,
            wrong: """
                oversight: monitord
                """,
            right: """
                oversight: monitored
                """),
        Explanation(
            .tag,
            """
            Tags (`!!str`, `!secret`) tell a parser which type to build. Here the field says what type it wants, \
            so a tag could only disagree with it.
            """,
            wrong: """
                version: !!str 1
                """,
            right: """
                version: 1
                """),
        Explanation(
            .undefinedAlias,
            """
            `*name` repeats what an earlier `&name` in the same file marks. Anchors do not reach into other \
            files of a folder.
            """,
            wrong: """
                dkim: *usual
                """,
            right: """
                dkim: &usual { keys: [ed25519, rsa2048] }
                """),
        Explanation(
            .recursiveAlias,
            """
            The value would contain itself without end.
            """,
            wrong: """
                spf: &a { include: *a }
                """,
            right: """
                spf: { include: [a.example] }
                """),
        Explanation(
            .mergeValue,
            """
            `<<` copies the keys of another mapping. Its value is an alias of a mapping, or a list of such \
            aliases.
            """,
            wrong: """
                <<: [1, 2]
                """,
            right: """
                <<: *usual
                """),
        Explanation(
            .complexKey,
            """
            YAML allows lists and mappings as keys; nothing in a manifest is named by one.
            """,
            wrong: """
                {[a, b]: c}
                """,
            right: """
                { "a, b": c }
                """),
        Explanation(
            .domainName,
            """
            A mail domain or host has labels of letters, digits and hyphens, each of 1 to 63 octets (RFC 1035 \
            §2.3.4, RFC 5321 §4.1.2), and no label starts or ends with a hyphen. U-labels are converted by \
            IDNA2008.
            """,
            wrong: """
                domains: { _dmarc.example.com: {} }
                """,
            right: """
                domains: { example.com: {} }
                """),
        Explanation(
            .mailAddress,
            """
            An address is `local@domain`, the local part a dot-atom of at most 64 octets (RFC 5321 §4.1.2, \
            §4.5.3.1.1), without display name or angle brackets.
            """,
            wrong: """
                owner: Ann <ann@example.com>
                """,
            right: """
                owner: ann@example.com
                """),
        Explanation(
            .url,
            """
            A scheme, `://`, a host, and at most a port and a path.
            """,
            wrong: """
                url: dns.example.net:8081
                """,
            right: """
                url: https://dns.example.net:8081
                """),
        Explanation(
            .address,
            """
            An IPv4 address is four decimal numbers; an IPv6 address is RFC 4291 text. Servers may have a port: \
            `192.0.2.1:5353`, `"[2001:db8::1]:5353"`. Host names are not taken: what is meant must not depend on \
            DNS.
            """,
            wrong: """
                egress: [mail.example.com]
                """,
            right: """
                egress: [192.0.2.10]
                """),
        Explanation(
            .identifier,
            """
            Names that you choose for providers, relays and approvers are 1 to 63 letters, digits, `-`, `_` or \
            `.`, and start with a letter or digit. They stand in plans, logs and options.
            """,
            wrong: """
                providers: { "my dns!": { type: manual } }
                """,
            right: """
                providers: { my-dns: { type: manual } }
                """),
        Explanation(
            .repeatedValue,
            """
            The second one has no effect. It is often a copy that was meant to be changed.
            """,
            wrong: """
                egress: [192.0.2.10, 192.0.2.10]
                """,
            right: """
                egress: [192.0.2.10, 192.0.2.11]
                """),
        Explanation(
            .version,
            """
            `version` says by which rules the manifest is read. This program knows version 1. Files of a folder \
            that repeat it must agree.
            """,
            wrong: """
                version: 2
                """,
            right: """
                version: 1
                """),
        Explanation(
            .outOfRange,
            """
            The field has a lower and an upper bound, which the message gives with their source.
            """,
            wrong: """
                attempts: 50
                """,
            right: """
                attempts: 5
                """),
        Explanation(
            .emptyList,
            """
            The field needs at least one value; without the key its default holds.
            """,
            wrong: """
                gate: { require: [] }
                """,
            right: """
                gate: { require: [dmarc] }
                """),
        Explanation(
            .nameTooLong,
            """
            A name has at most 255 octets on the wire (RFC 1035 §2.3.4). Signet writes names below the domain \
            (`_dmarc`, `SELECTOR._domainkey`, `k1.AGENT._agentid`), and they have to fit too.
            """,
            wrong: """
                a domain of 250 octets
                """,
            right: """
                a domain of at most 190 octets
                """),
        Explanation(
            .recordTooLarge,
            """
            A TXT record over 4096 octets does not fit into what resolvers accept over UDP, nor into what most \
            providers store. Receivers that cannot fetch it act as if it were not there.
            """,
            wrong: """
                aggregate_reports with 200 addresses
                """,
            right: """
                aggregate_reports with one address that forwards
                """),
        Explanation(
            .fileLimit,
            """
            The limit `fileBytes` bounds one file, so that a wrong path does not exhaust the memory.
            """,
            wrong: """
                signet plan disk.img
                """,
            right: """
                signet plan manifest.yaml
                """),
        Explanation(
            .totalLimit,
            """
            The limit `totalBytes` bounds all files of a folder together.
            """,
            wrong: """
                a folder of database dumps
                """,
            right: """
                a folder of manifests
                """),
        Explanation(
            .depthLimit,
            """
            The limit `depth` bounds mappings and lists inside each other, counted with what aliases stand for. \
            A manifest's own shape needs six levels.
            """,
            wrong: """
                [[[[[[ … ]]]]]]
                """,
            right: """
                [a]
                """),
        Explanation(
            .nodeLimit,
            """
            The limit `nodes` bounds all keys, values and lists of a manifest, and with them the memory.
            """,
            wrong: """
                ten million domains
                """,
            right: """
                several manifests
                """),
        Explanation(
            .aliasLimit,
            """
            A few lines of nested aliases can stand for billions of values ("billion laughs"). The limit \
            `aliasNodes` bounds what all aliases together stand for.
            """,
            wrong: """
                b: [*a, *a, *a, *a] and c: [*b, *b, *b, *b] and so on
                """,
            right: """
                defaults: { dkim: … }
                """),
        Explanation(
            .scalarLimit,
            """
            The limit `scalarBytes` bounds a single key or value. Nothing in DNS or mail is nearly as long.
            """,
            wrong: """
                owner: aaaaaaaa… (100,000 letters)
                """,
            right: """
                owner: ann@example.com
                """),
        Explanation(
            .filesLimit,
            """
            The limit `files` bounds the files of a folder that are read.
            """,
            wrong: """
                signet plan /
                """,
            right: """
                signet plan ./mail
                """),
        Explanation(
            .unknownProvider,
            """
            `provider` names an entry under `providers`, in any of the folder's files.
            """,
            wrong: """
                provider: eddge
                """,
            right: """
                provider: edge
                """),
        Explanation(
            .missingProvider,
            """
            Signet must know where the domain's zone is edited. With exactly one provider declared that one is \
            used; otherwise `provider` stands with the domain or under `defaults`.
            """,
            wrong: """
                domains: { example.com: {} }
                """,
            right: """
                domains: { example.com: { provider: lab } }
                """),
        Explanation(
            .unknownRelay,
            """
            `relay` names an entry under `relays`, in any of the folder's files.
            """,
            wrong: """
                relay: defualt
                """,
            right: """
                relay: default
                """),
        Explanation(
            .providerType,
            """
            The types are those that this program can speak to. Every other provider works by hand: type \
            `manual` prints what to publish and waits for it to appear.
            """,
            wrong: """
                type: cloudflare
                """,
            right: """
                type: manual
                """),
    ]
}
