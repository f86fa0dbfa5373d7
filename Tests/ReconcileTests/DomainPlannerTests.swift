import DNS
import Diagnostics
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Testing
import TestSupport

@testable import Reconcile

@Suite("A domain's plan")
struct DomainPlannerTests {
    // MARK: what plans are made from

    static let nowhere = SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 1)
    static let now = Date(timeIntervalSince1970: 1_790_000_000)
    static let domain = DomainName(canonical: "d.example")
    static let provider = ProviderID(rawValue: "lab")
    static let servers = ["192.0.2.1", "192.0.2.2"].map { NameServer(name: nil, address: ServerAddress($0)!) }
    static let context = ZoneContext(
        apex: domain, servers: servers, serials: [7, 7], negativeTimeToLiveSeconds: 60)

    static func declaration(
        policy: DMARCRecord.Policy = .quarantine, keys: [DKIMDeclaration.KeyType] = [.ed25519],
        spf: [SPFMechanism] = [.include("_spf.m.example")], exclusive: Bool = false, ttl: UInt32? = nil,
        sends: Bool = true
    ) -> DomainDeclaration {
        DomainDeclaration(
            name: domain, provider: provider, sends: sends, timeToLiveSeconds: ttl,
            spf: sends
                ? SPFDeclaration(
                    terms: spf.map { SPFTerm($0) }, all: .softfail, isExclusive: exclusive, span: nowhere) : nil,
            dkim: sends ? DKIMDeclaration(selectorPrefix: "s", keys: keys) : nil,
            dmarc: DMARCDeclaration(record: DMARCRecord(policy: policy), span: nowhere), span: nowhere)
    }

    static func key(_ state: KeyState = .generated, selector: String = "s1") -> KeyRecord {
        KeyRecord(
            id: KeyID(domain: domain.text, selector: selector), algorithm: .ed25519, state: state,
            // RFC 8410 §4: the SPKI prefix of Ed25519, then 32 octets.
            publicKey: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
                + [UInt8](repeating: 7, count: 32),
            sealed: SealedPrivateKey(octets: []), createdAt: now, stateChangedAt: now)
    }

    static func name(_ labels: String) -> DomainName { DomainName(canonical: "\(labels).\(domain.text)") }

    static func texts(_ name: DomainName, _ values: String..., ttl: UInt32 = 3600) -> RecordSet {
        RecordSet(name, .txt, timeToLiveSeconds: ttl, data: values.map { .txt(TXTValue($0)) })
    }

    static func plan(
        _ declaration: DomainDeclaration, keyring: [KeyRecord] = [key()], served: [RecordSet] = [],
        second: [RecordSet]? = nil, serials: [UInt32?] = [7, 7], ledger: [LedgerEntry] = [],
        views: [RecordSetKey: [ServerView]] = [:], listed: [RecordSetKey: RecordSet]? = nil,
        agents: [AgentDeclaration] = [], leavingSPF: Bool = false, elsewhere: Set<RecordSetKey> = []
    ) -> DomainPlanner.Outcome {
        var desired = DesiredState(declaration, keyring: keyring, agents: agents, now: now)
        if leavingSPF { desired.leaveSPF() }
        let known = Dictionary(uniqueKeysWithValues: ledger.map { ($0.key, $0) })
        var context = context
        context.serials = serials
        var seen: [RecordSetKey: [ServerView]] = [:]
        for key in DomainPlanner.keys(desired: desired, ledger: known) {
            func state(_ sets: [RecordSet]) -> ServerView.State {
                sets.first { $0.key == key }.map { .present($0) } ?? .absent(negativeTimeToLiveSeconds: 60)
            }
            seen[key] =
                views[key] ?? [
                    ServerView(server: servers[0], state: state(served)),
                    ServerView(server: servers[1], state: state(second ?? served)),
                ]
        }
        return DomainPlanner(
            desired: desired, provider: declaration.provider,
            observation: DomainObservation(domain: domain, zone: .found(context), views: seen), ledger: known,
            listed: listed, desiredElsewhere: elsewhere, overlap: .seconds(86_400), now: now
        ).plan()
    }

    static func published(_ outcome: DomainPlanner.Outcome) -> [RecordSet] {
        outcome.inSync + outcome.changes.compactMap { $0.after?.recordSet($0.key) }
    }

    static func written(_ set: RecordSet, owned: [RecordData]? = nil) -> LedgerEntry {
        LedgerEntry(
            key: set.key, domain: domain, zone: domain, provider: provider, before: nil, after: set,
            owned: owned ?? set.data, staleSeconds: 60, outcome: .written, recordedAt: now)
    }

    static func values(_ set: PlannedRecordSet?) -> [String] {
        (set?.values ?? []).map { value in
            if case .known(.txt(let text)) = value { text.text } else { "\(value)" }
        }
    }

    // MARK: stages

    @Test("a new domain: keys and SPF first, a strict policy once they have converged")
    func newDomain() {
        let outcome = Self.plan(Self.declaration())
        #expect(outcome.changes.map(\.key.name.text) == ["d.example", "s1._domainkey.d.example", "_dmarc.d.example"])
        #expect(outcome.changes.map(\.stage) == [.publish, .publish, .tighten])
        #expect(outcome.changes.map(\.risk) == [.safe, .safe, .tightens])
        #expect(outcome.changes.allSatisfy { $0.action == .create && $0.staleSeconds == 60 })
        #expect(outcome.findings.isEmpty)
    }

    @Test("the plan right after an apply is empty")
    func settled() {
        let first = Self.plan(Self.declaration())
        let second = Self.plan(Self.declaration(), served: Self.published(first))
        #expect(second.changes.isEmpty)
        #expect(second.inSync.count == 3)
    }

    @Test(
        "a policy's way decides its stage",
        arguments: [
            (DMARCRecord.Policy.none, nil as String?, Stage.publish, Risk.safe),
            (.quarantine, "v=DMARC1; p=none", .tighten, .tightens),
            (.quarantine, "v=DMARC1; p=reject", .publish, .loosens),
            (.reject, "v=DMARC1; p=reject; t=y", .tighten, .tightens),
            (.none, "v=DMARC1; p=none; rua=mailto:a@d.example", .publish, .safe),
        ])
    func policy(policy: DMARCRecord.Policy, standing: String?, stage: Stage, risk: Risk) throws {
        let served = standing.map { [Self.texts(Self.name("_dmarc"), $0)] } ?? []
        let outcome = Self.plan(Self.declaration(policy: policy), served: served)
        let change = try #require(outcome.changes.first { $0.key.name.text == "_dmarc.d.example" })
        #expect(change.stage == stage)
        #expect(change.risk == risk)
        let stays = standing?.contains("p=\(policy.rawValue)") == true
        #expect(change.reason.hasPrefix(stays ? "DMARC stays at p=\(policy.rawValue)," : "DMARC goes from"))
    }

    @Test(
        "a policy that somebody published stays where none is declared; Signet's own, and what nobody can read, does not"
    )
    func impliedPolicy() {
        var declaration = Self.declaration(policy: .none)
        declaration.dmarc?.isImplied = true
        let key = RecordSetKey(Self.name("_dmarc"), .txt)
        func values(_ standing: String..., ledger: [LedgerEntry] = []) -> [String]? {
            let set = RecordSet(
                key.name, .txt, timeToLiveSeconds: 60, data: standing.map { .txt(TXTValue($0)) })
            let outcome = Self.plan(declaration, served: [set], ledger: ledger)
            let change = outcome.changes.first { $0.key == key }
            #expect((change == nil) == outcome.inSync.contains(set))
            return change.map { Self.values($0.after) }
        }
        let strict = "v=DMARC1; p=reject; rua=mailto:them@d.example"
        #expect(values(strict) == nil)
        #expect(values("theirs", strict) == nil)
        #expect(values(strict, ledger: [Self.written(Self.texts(key.name, strict))]) == ["v=DMARC1; p=none"])
        #expect(values("v=DMARC1; p=often") == ["v=DMARC1; p=none"])
        #expect(values(strict, strict + ";") == ["v=DMARC1; p=none"])
        #expect(Self.plan(declaration).changes.contains { $0.key == key && $0.action == .create })
    }

    @Test("a parked domain is locked down at once")
    func parked() {
        let outcome = Self.plan(Self.declaration(policy: .reject, sends: false), keyring: [])
        #expect(outcome.changes.allSatisfy { $0.stage == .publish })
        let all = outcome.changes.map { "\($0.key): \(Self.values($0.after).joined())" }
        #expect(all.contains("d.example TXT: v=spf1 -all"))
        #expect(all.contains("*._domainkey.d.example TXT: v=DKIM1; p="))
        #expect(all.contains("_dmarc.d.example TXT: v=DMARC1; p=reject"))
        #expect(outcome.changes.contains { $0.key.type == .mx })
    }

    @Test("a key that does not exist yet is known after apply")
    func missingKey() {
        let outcome = Self.plan(Self.declaration(), keyring: [])
        #expect(outcome.keys == [PlannedKey(id: KeyID(domain: "d.example", selector: "s1"), algorithm: .ed25519)])
        let change = outcome.changes.first { $0.key.name.text == "s1._domainkey.d.example" }
        #expect(
            change?.after?.values == [.futureKey(KeyID(domain: "d.example", selector: "s1"), .ed25519, testing: false)])
    }

    // MARK: other people's strings

    @Test("foreign strings at the apex survive, split and all")
    func foreignStrings() throws {
        let odd = TXTValue(strings: [Array("site-".utf8), Array("verification=1".utf8), []])
        let base = RecordSet(
            Self.domain, .txt, timeToLiveSeconds: 300,
            data: [.txt(odd), .txt(TXTValue("v=spf1 ip4:198.51.100.7 -all"))])
        let change = try #require(Self.plan(Self.declaration(), served: [base]).changes.first { $0.key == base.key })
        guard case .known(.txt(let kept))? = change.after?.values.first else { throw Missing() }
        #expect(kept.strings == odd.strings)
        #expect(Self.values(change.after)[1] == "v=spf1 include:_spf.m.example ip4:198.51.100.7 ~all")
        #expect(change.after?.timeToLiveSeconds == 300)
    }

    struct Missing: Error {}

    @Test("two SPF records are found and merged")
    func twoSPF() throws {
        let base = Self.texts(Self.domain, "v=spf1 ip4:198.51.100.7 ~all", "x=1", "v=spf1 include:_spf.m.example -all")
        let outcome = Self.plan(Self.declaration(), served: [base])
        #expect(outcome.findings.map(\.code) == ["SPF109", "SPF102"])
        #expect(outcome.findings[0].detail == "kept, not declared: ip4:198.51.100.7")
        #expect(Self.plan(Self.declaration(exclusive: true), served: [base]).findings.map(\.code) == ["SPF102"])
        let change = try #require(outcome.changes.first { $0.key == base.key })
        #expect(Self.values(change.after) == ["v=spf1 include:_spf.m.example ip4:198.51.100.7 ~all", "x=1"])
    }

    @Test("terms that Signet wrote and no longer wants go; terms of others stay")
    func formerTerms() throws {
        let base = Self.texts(Self.domain, "v=spf1 include:_spf.old.example ip4:198.51.100.7 ~all")
        let entry = Self.written(base, owned: [.txt(TXTValue("v=spf1 include:_spf.old.example ~all"))])
        let outcome = Self.plan(Self.declaration(), served: [base], ledger: [entry])
        let change = try #require(outcome.changes.first { $0.key == base.key })
        #expect(Self.values(change.after) == ["v=spf1 include:_spf.m.example ip4:198.51.100.7 ~all"])
    }

    @Test("terms of a write that was not seen to succeed are Signet's as well as those of the one before")
    func termsOfFailedWrite() throws {
        let base = Self.texts(Self.domain, "v=spf1 include:old.example include:crm.example ~all")
        let owned = ["v=spf1 include:_spf.m.example ~all", "v=spf1 include:old.example ~all"]
            .map { RecordData.txt(TXTValue($0)) }
        for owned in [owned, owned.reversed()] {
            let outcome = Self.plan(Self.declaration(), served: [base], ledger: [Self.written(base, owned: owned)])
            let change = try #require(outcome.changes.first { $0.key == base.key })
            #expect(Self.values(change.after) == ["v=spf1 include:_spf.m.example include:crm.example ~all"])
            #expect(change.owned == [.txt(TXTValue("v=spf1 include:_spf.m.example ~all"))])
        }
    }

    @Test(
        "a record that says the same in other words stays as it stands",
        arguments: [
            (
                TextKind.dmarc, "v=DMARC1;p=reject;rua=mailto:a@b.example;adkim=r",
                "v=DMARC1; p=reject; rua=mailto:a@b.example", true
            ),
            (.dmarc, "v=DMARC1; p=reject; pct=50", "v=DMARC1; p=reject", false),
            (.dmarc, "v=DMARC1; p=reject", "v=DMARC1; p=quarantine", false),
            (.tlsReports, "v=TLSRPTv1;rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:a@b.example", true),
            (.tlsReports, "v=TLSRPTv1; rua=mailto:c@b.example", "v=TLSRPTv1; rua=mailto:a@b.example", false),
            (.bimi, "v=BIMI1; l=https://a.example/l.svg", "v=BIMI1; l=https://a.example/l.svg; a=", true),
            (
                .bimi, "v=BIMI1; l=https://a.example/l.svg; a=; avp=brand", "v=BIMI1; l=https://a.example/l.svg; a=",
                false
            ),
            (.tlsReports, "v=TLSRPTv1; rua=mailto:a@b.example; x=1", "v=TLSRPTv1; rua=mailto:a@b.example", false),
            (.mtaSTS, "v=STSv1; id=7; x=1", "v=STSv1; id=7", false),
            (.dmarc, "v=DMARC1; p=reject", "v=DMARC1; p=reject; sp=reject; np=reject", true),
            (.dmarc, "v=DMARC1; p=reject", "v=DMARC1; p=reject; sp=none", false),
            (.mtaSTS, "v=STSv1;id=7;", "v=STSv1; id=7", true), (.mtaSTS, "v=STSv1; id=8", "v=STSv1; id=7", false),
        ])
    func otherWords(_ kind: TextKind, _ standing: String, _ wanted: String, _ stays: Bool) {
        let other = RecordData.txt(TXTValue("site-verification=1"))
        let base = [other, .txt(TXTValue(standing))]
        let outcome = SharedText.put(TXTValue(wanted), kind: kind, into: base)
        #expect(outcome.data == (stays ? base : [other, .txt(TXTValue(wanted))]))
        // Of two, none is right.
        let two = SharedText.put(TXTValue(wanted), kind: kind, into: base + [.txt(TXTValue(standing))])
        #expect(two.data == [other, .txt(TXTValue(wanted))] && two.found == 2)
    }

    @Test(
        "an SPF record whose terms stand in another order stays, unless the order counts",
        arguments: [
            ("v=spf1 ip4:192.0.2.1 include:_spf.m.example ~all", true),
            ("v=spf1 -ip4:192.0.2.1 include:_spf.m.example ~all", false),
            ("v=spf1 ip4:192.0.2.1 include:_spf.m.example ?all", false),
            ("v=spf1 ip4:192.0.2.1 include:_spf.m.example", false),
        ])
    func order(_ standing: String, _ stays: Bool) {
        let terms: [SPFMechanism] = [.include("_spf.m.example"), .ip4(IPAddress("192.0.2.1")!, prefix: 32)]
        let served = Self.texts(Self.domain, standing)
        let outcome = Self.plan(Self.declaration(spf: terms), served: [served])
        #expect(outcome.inSync.contains(served) == stays)
    }

    @Test(
        "who has not said what holds for the rest has not asked for less than stands there", arguments: [true, false])
    func impliedAll(_ isImplied: Bool) throws {
        var declaration = Self.declaration()
        declaration.spf?.isAllImplied = isImplied
        for (all, kept) in [("-all", isImplied), ("?all", false), ("+all", false)] {
            let served = Self.texts(Self.domain, "v=spf1 include:_spf.m.example \(all)")
            let outcome = Self.plan(declaration, served: [served])
            #expect(outcome.inSync.contains(served) == kept, "\(all)")
        }
    }

    @Test("once a write is known to stand, what stood before is Signet's no longer")
    func standing() {
        func spf(_ text: String) -> RecordData { .txt(TXTValue("v=spf1 \(text) ~all")) }
        let theirs = RecordData.txt(TXTValue("theirs"))
        let set = RecordSet(
            Self.domain, .txt, timeToLiveSeconds: 60, data: [spf("include:new.example include:crm.example"), theirs])
        let owned = [spf("include:new.example"), spf("include:old.example"), .txt(TXTValue("gone"))]
        #expect(SharedText.standing(owned, in: set) == [spf("include:new.example")])
        #expect(SharedText.standing([theirs], in: set) == [theirs])
        #expect(SharedText.standing(owned, in: nil).isEmpty)
        // Of a domain that was parked, and sends again.
        let nobody = RecordData.txt(TXTValue("v=spf1 -all"))
        #expect(SharedText.standing([nobody], in: set).isEmpty)
        #expect(SharedText.standing([nobody], in: Self.texts(Self.domain, "v=spf1  -all")) == [nobody])
        let redirect = RecordData.txt(TXTValue("v=spf1 redirect=r.example"))
        let merged = "v=spf1 include:crm.example redirect="
        #expect(SharedText.standing([redirect], in: Self.texts(Self.domain, merged + "r.example")) == [redirect])
        #expect(SharedText.standing([redirect], in: Self.texts(Self.domain, merged + "o.example")).isEmpty)
    }

    @Test("an SPF record that would let more mail pass is shown as such", arguments: ["-all", "~all", "?all"])
    func weakerSPF(all: String) throws {
        let base = Self.texts(Self.domain, "v=spf1 \(all)")
        let change = try #require(Self.plan(Self.declaration(), served: [base]).changes.first { $0.key == base.key })
        #expect(change.risk == (all == "-all" ? .loosens : .safe))
    }

    @Test("SPF that could not be made out stays as it stands, and a strict policy waits for it")
    func unresolvedSPF() {
        let base = Self.texts(Self.domain, "v=spf1 ip4:192.0.2.1 ~all")
        let outcome = Self.plan(
            Self.declaration(), served: [base], ledger: [Self.written(base)], leavingSPF: true)
        #expect(!outcome.changes.contains { $0.key == base.key })
        #expect(!outcome.absent.contains(base.key))
        #expect(outcome.changes.first { $0.key.name == Self.name("_dmarc") }?.stage == .tighten)
    }

    @Test("a broken SPF record is not thrown away unasked")
    func brokenSPF() {
        let base = Self.texts(Self.domain, "v=spf1 includ:_spf.m.example -all")
        let careful = Self.plan(Self.declaration(), served: [base])
        #expect(careful.findings.map(\.code) == ["SPF101"])
        #expect(!careful.changes.contains { $0.key == base.key })
        let told = Self.plan(Self.declaration(exclusive: true), served: [base])
        #expect(Self.values(told.changes.first { $0.key == base.key }?.after) == ["v=spf1 include:_spf.m.example ~all"])
    }

    @Test("somebody else's key at the selector is destructive to replace; our own is not")
    func foreignKey() throws {
        let base = Self.texts(Self.name("s1._domainkey"), "v=DKIM1; k=rsa; p=MIGf")
        let foreign = Self.plan(Self.declaration(), served: [base]).changes.first { $0.key == base.key }
        #expect(foreign?.risk == .destructive)
        let ours = Self.plan(Self.declaration(), served: [base], ledger: [Self.written(base)])
            .changes.first { $0.key == base.key }
        #expect(ours?.risk == .safe)
    }

    @Test(
        "a write that came to nothing makes nobody else's records Signet's",
        arguments: [LedgerEntry.Outcome.failed, .intended, .written, .handedOver])
    func foreignAfterFailure(outcome: LedgerEntry.Outcome) throws {
        var declaration = Self.declaration()
        declaration.mx = [.init(preference: 10, exchange: Self.name("mx"))]
        func mx(_ label: String) -> RecordSet {
            RecordSet(
                Self.domain, .mx, timeToLiveSeconds: 3600, data: [.mx(preference: 10, exchange: Self.name(label))])
        }
        func risk(served: RecordSet, owned: [RecordData]) throws -> Risk {
            var entry = Self.written(mx("mx"), owned: owned)
            entry.outcome = outcome
            return try #require(
                Self.plan(declaration, served: [served], ledger: [entry]).changes.first { $0.key.type == .mx }
            ).risk
        }
        let isKnown = outcome == .written || outcome == .handedOver
        #expect(try risk(served: mx("theirs"), owned: mx("mx").data) == (isKnown ? .safe : .destructive))
        #expect(try risk(served: mx("before"), owned: mx("mx").data + mx("before").data) == .safe)
    }

    // MARK: servers

    @Test("servers that disagree: the newest serial is believed, and the lag is reported")
    func lag() {
        let done = Self.published(Self.plan(Self.declaration()))
        let outcome = Self.plan(Self.declaration(), served: [], second: done, serials: [4_294_967_295, 0])
        #expect(outcome.changes.isEmpty)
        #expect(outcome.findings.count == 3)
        #expect(outcome.findings.allSatisfy { $0.code == "DNS105" && $0.severity == .pending })
        let behind = Self.plan(Self.declaration(), served: done, second: [], serials: [7, 8])
        #expect(behind.changes.count == 3)
    }

    @Test("unknown is never taken for absent")
    func unknown() {
        let key = RecordSetKey(Self.name("_dmarc"), .txt)
        let silent = Self.servers.map { ServerView(server: $0, state: .failed("no answer")) }
        let outcome = Self.plan(Self.declaration(), views: [key: silent])
        #expect(!outcome.changes.contains { $0.key == key })
        #expect(outcome.findings.contains { $0.code == "DNS103" && $0.severity == .unknown })
    }

    @Test("one silent server does not stop the plan, and is reported once")
    func oneSilent() {
        let key = RecordSetKey(Self.name("_dmarc"), .txt)
        let views = [
            ServerView(server: Self.servers[0], state: .failed("SERVFAIL")),
            ServerView(server: Self.servers[1], state: .absent(negativeTimeToLiveSeconds: 5)),
        ]
        let outcome = Self.plan(Self.declaration(), views: [key: views])
        #expect(outcome.changes.contains { $0.key == key })
        #expect(outcome.findings.map(\.code) == ["DNS104"])
    }

    @Test("an alias, or a further zone cut, stands in the way")
    func inTheWay() {
        let key = RecordSetKey(Self.name("_dmarc"), .txt)
        for (state, code) in [
            (ServerView.State.alias(DomainName(canonical: "x.example")), Diagnostic.Code("DNS106")),
            (.delegatedAway(Self.name("_dmarc")), "DNS107"),
        ] {
            let outcome = Self.plan(
                Self.declaration(), views: [key: Self.servers.map { ServerView(server: $0, state: state) }])
            #expect(!outcome.changes.contains { $0.key == key })
            #expect(outcome.findings.map(\.code) == [code])
        }
    }

    @Test("the provider's list, where there is one, is what a write starts from")
    func listed() {
        let done = Self.published(Self.plan(Self.declaration()))
        let listed = Dictionary(uniqueKeysWithValues: done.map { ($0.key, $0) })
        #expect(Self.plan(Self.declaration(), served: [], listed: listed).changes.isEmpty)
    }

    @Test("caches may hold what any server said, for the longest of their times to live")
    func stale() throws {
        let key = RecordSetKey(Self.name("_dmarc"), .txt)
        let views = [
            ServerView(server: Self.servers[0], state: .present(Self.texts(key.name, "v=DMARC1; p=reject", ttl: 30))),
            ServerView(server: Self.servers[1], state: .present(Self.texts(key.name, "v=DMARC1; p=reject", ttl: 900))),
        ]
        let outcome = Self.plan(Self.declaration(), views: [key: views])
        #expect(try #require(outcome.changes.first { $0.key == key }).staleSeconds == 900)
    }

    @Test("a declared time to live is kept to; an undeclared one is left alone")
    func timeToLive() {
        let done = Self.published(Self.plan(Self.declaration())).map { set in
            var set = set
            set.timeToLiveSeconds = 77
            return set
        }
        #expect(Self.plan(Self.declaration(), served: done).changes.isEmpty)
        let told = Self.plan(Self.declaration(ttl: 300), served: done)
        #expect(told.changes.count == 3)
        #expect(
            told.changes.allSatisfy { $0.after?.timeToLiveSeconds == 300 && $0.risk == .safe && $0.stage == .publish })
    }

    // MARK: what is no longer wanted

    @Test("a record that Signet wrote and no longer wants is taken back, and nothing else")
    func retire() throws {
        let base = Self.texts(Self.name("_smtp._tls"), "v=TLSRPTv1; rua=mailto:t@d.example", "theirs")
        let entry = Self.written(base, owned: [base.data[0]])
        let outcome = Self.plan(Self.declaration(), served: [base], ledger: [entry])
        let change = try #require(outcome.changes.first { $0.key == base.key })
        #expect(change.stage == .retire)
        #expect(change.risk == .destructive)
        #expect(Self.values(change.after) == ["theirs"])
        let alone = Self.texts(Self.name("_smtp._tls"), "v=TLSRPTv1; rua=mailto:t@d.example")
        let gone = Self.plan(Self.declaration(), served: [alone], ledger: [Self.written(alone)])
        #expect(gone.changes.first { $0.key == alone.key }?.action == .delete)
        let nothing = Self.plan(Self.declaration(), served: [], ledger: [entry])
        #expect(!nothing.changes.contains { $0.key == base.key })
        #expect(nothing.absent == [base.key])
        // Only others' strings are left.
        let others = Self.plan(
            Self.declaration(), served: [Self.texts(base.name, "theirs")], ledger: [entry])
        #expect(!others.changes.contains { $0.key == base.key })
        #expect(others.absent == [base.key])
    }

    @Test("a record that another declared domain asks for is not taken back by the one that wrote it")
    func desiredElsewhere() {
        let base = Self.texts(Self.name("other.example._report._dmarc"), "v=DMARC1")
        let outcome = Self.plan(
            Self.declaration(), served: [base], ledger: [Self.written(base)], elsewhere: [base.key])
        #expect(!outcome.changes.contains { $0.key == base.key })
        #expect(outcome.absent.isEmpty)
    }

    @Test("a key's record outlives the key by the overlap, then says revoked, then goes")
    func retiringKey() throws {
        let name = Self.name("s9._domainkey")
        let revoked = Self.texts(name, "v=DKIM1; k=ed25519; p=")
        // The overlap of the declaration is 7 days.
        let day: Double = 86_400
        let cases: [(state: KeyState, ago: Double, served: RecordSet?, action: Change.Action?, codes: [String])] = [
            (.retiring, 7 * day - 1, nil, nil, ["DKM101"]), (.retiring, 7 * day, nil, .update, []),
            (.revoked, 7 * day - 1, revoked, nil, []), (.revoked, 7 * day, revoked, .delete, []),
            (.removed, 7 * day, nil, .delete, []), (.generated, 0, nil, nil, ["DKM106"]),
        ]
        for (state, ago, served, action, codes) in cases {
            var old = Self.key(state, selector: "s9")
            old.stateChangedAt = Self.now.addingTimeInterval(-ago)
            old.createdAt = Self.now.addingTimeInterval(1)
            let text = try #require(old.recordText())
            let base = served ?? Self.texts(name, text)
            let outcome = Self.plan(
                Self.declaration(), keyring: [Self.key(.active), old], served: [base], ledger: [Self.written(base)])
            let change = outcome.changes.first { $0.key == base.key }
            #expect(change?.action == action, "\(state)")
            #expect(outcome.findings.map(\.code.rawValue) == codes, "\(state)")
            if action == .update {
                #expect(change?.after?.recordSet(base.key)?.sameData(as: revoked) == true)
                #expect(change?.stage == .retire && change?.risk == .tightens)
            }
            // What nobody could miss needs nobody's consent; a record of a key that was never revoked does.
            if action == .delete { #expect(change?.risk == (state == .revoked ? .safe : .destructive)) }
        }
    }

    @Test("a domain that is no longer declared keeps its keys' records for the overlap")
    func forgottenKey() {
        let base = Self.texts(Self.name("s1._domainkey"), "v=DKIM1; k=ed25519; p=x")
        func outcome(_ state: KeyState, daysAgo: Double) -> DomainPlanner.Outcome {
            var key = Self.key(state)
            key.stateChangedAt = Self.now.addingTimeInterval(-86_400 * daysAgo)
            let views = Self.servers.map { ServerView(server: $0, state: .present(base)) }
            return DomainPlanner(
                desired: DesiredState(forgotten: Self.domain, keyring: [key], now: Self.now), provider: nil,
                observation: DomainObservation(
                    domain: Self.domain, zone: .found(Self.context), views: [base.key: views]),
                ledger: [base.key: Self.written(base)], overlap: .seconds(7 * 86_400), now: Self.now
            ).plan()
        }
        for (state, days) in [(KeyState.active, 99.0), (.retiring, 6.9)] {
            #expect(outcome(state, daysAgo: days).changes.isEmpty)
            #expect(outcome(state, daysAgo: days).findings.map(\.code) == ["DKM101"])
        }
        #expect(outcome(.retiring, daysAgo: 7).changes.map(\.action) == [.delete])
        #expect(outcome(.retiring, daysAgo: 7).changes.map(\.provider) == [Self.provider])
        #expect(outcome(.retiring, daysAgo: 7).findings.isEmpty, "the ledger knows the provider")
    }

    // MARK: the zone

    @Test("a zone that was never delegated, or that nobody answers for, has no changes")
    func noZone() {
        for (zone, code) in [
            (ZoneOutcome.notDelegated("x"), Diagnostic.Code("DNS101")), (.unobservable("x"), "DNS102"),
        ] {
            let outcome = DomainPlanner(
                desired: DesiredState(Self.declaration(), keyring: [], now: Self.now), provider: Self.provider,
                observation: DomainObservation(domain: Self.domain, zone: zone), ledger: [:], overlap: .zero,
                now: Self.now
            ).plan()
            #expect(outcome.changes.isEmpty && outcome.keys.isEmpty)
            #expect(outcome.findings.map(\.code) == [code])
        }
    }
}
