import DNS
import Diagnostics
import Foundation
import Keys
import MailAuth
import Manifest
import Operations
import Reconcile

@testable import CLI

/// Hand-made reports, with the worst that a DNS answer can bring.
enum Samples {
    static let time = Date(timeIntervalSince1970: 1_795_492_800)
    static let domain = try! DomainName("mail.example.test")
    static let other = try! DomainName("parked.example")
    static let zone = try! DomainName("example.test")
    static let edge = ProviderID(rawValue: "edge")

    /// Escape sequences, a line end, a bell, a direction override, a pipe, backticks, HTML, a mention and a link.
    static let hostile =
        "x|y\\|z \u{1B}[31mred\r\n\u{7}\u{202E}evil`` ``` <script>alert(1)</script> @org/team [a](https://b.example) | \\"

    static func txt(_ text: String) -> RecordData { .txt(TXTValue(text)) }
    static func key(_ name: String, _ type: RecordType = .txt) -> RecordSetKey {
        RecordSetKey(try! DomainName(name), type)
    }
    static func planned(_ ttl: UInt32, _ data: RecordData...) -> PlannedRecordSet {
        PlannedRecordSet(timeToLiveSeconds: ttl, values: data.map { .known($0) })
    }

    static let base64Key = String(repeating: "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", count: 12) + "12345678"

    static let spf = Change(
        domain: domain, zone: zone, provider: edge, key: key("mail.example.test"),
        before: planned(300, txt("v=spf1 include:old.example ~all"), txt("site-verification=1")),
        after: planned(3600, txt("v=spf1 include:send.example ~all"), txt("site-verification=1")), stage: .publish,
        risk: .tightens, reason: "the SPF record lacks include:send.example", staleSeconds: 300)
    static let newKey = Change(
        domain: domain, zone: zone, provider: edge, key: key("mm1._domainkey.mail.example.test"), before: nil,
        after: PlannedRecordSet(
            timeToLiveSeconds: 3600,
            values: [.futureKey(KeyID(domain: "mail.example.test", selector: "mm1"), .rsa2048, testing: false)]),
        stage: .publish, risk: .safe, reason: "publishes the key", staleSeconds: 60)
    static let dmarc = Change(
        domain: domain, zone: zone, provider: edge, key: key("_dmarc.mail.example.test"),
        before: planned(3600, txt("v=DMARC1; p=none")), after: planned(3600, txt("v=DMARC1; p=reject")),
        stage: .tighten, risk: .tightens, reason: "the policy is to be reject", staleSeconds: 3600)
    static let oldKey = Change(
        domain: other, zone: other, provider: edge, key: key("old._domainkey.parked.example"),
        before: planned(3600, txt("v=DKIM1; k=rsa; p=\(base64Key)")), after: nil, stage: .retire, risk: .destructive,
        reason: "the key's overlap is over", staleSeconds: 3600)
    static let hostileChange = Change(
        domain: other, zone: other, provider: edge, key: key("parked.example"), before: planned(60, txt(hostile)),
        after: planned(60, txt("v=spf1 -all")), stage: .publish, risk: .loosens, reason: hostile, staleSeconds: 60)

    static let finding = Finding(
        domain: domain, code: "DNS104", severity: .warning, summary: "a name server does not answer",
        detail: "192.0.2.53:53: no answer", help: "repair the server")
    static let hostileFinding = Finding(
        domain: other, code: "DNS106", severity: .misaligned, summary: "an alias stands at the name", detail: hostile)
    static let unknownFinding = Finding(
        domain: other, code: "DNS102", severity: .unknown, summary: "the zone could not be observed", detail: "SERVFAIL"
    )

    static let manifestDigest = SHA256.hash(Array("manifest".utf8))

    static func plan(_ changes: [Change], keys: [PlannedKey] = [], findings: [Finding] = []) -> Plan {
        Plan(manifestDigest: manifestDigest, domainCount: 2, keys: keys, changes: changes, findings: findings)
    }

    static let fullPlan = plan(
        [spf, newKey, dmarc, oldKey],
        keys: [PlannedKey(id: KeyID(domain: "mail.example.test", selector: "mm1"), algorithm: .rsa2048)],
        findings: [finding])
    static let hostilePlan = plan([hostileChange], findings: [hostileFinding])
    static let emptyPlan = plan([])

    static let file = SourceFile(
        path: "signet.yaml", bytes: Array("version: 1\ndomains:\n  mail.example.test: {}\n".utf8))
    static let warning = Diagnostic(
        "MAN003", .warning, "a key is not known",
        at: SourceSpan(file: 0, startLine: 2, startColumn: 2, endLine: 2, endColumn: 19), label: "here",
        notes: ["why"], helps: ["mend it"])
    static let error = Diagnostic(
        "MAN001", .error, "a required key is missing",
        at: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 7), label: "`domains` | missing")

    static func report(_ plan: Plan, differences: [ProviderDifference] = [], diagnostics: [Diagnostic] = [])
        -> PlanReport
    {
        PlanReport(
            plan: plan, providerDifferences: differences, diagnostics: diagnostics, files: [file])
    }

    static let approvers = zip(["alice", "bob|`", "carol", "dave"], ApproverChange.Effect.allCases).map {
        ApproverChange($0, $1)
    }

    static func approving(_ report: PlanReport) -> PlanReport {
        var report = report
        report.approvers = approvers
        return report
    }

    static let difference = ProviderDifference(
        domain: domain, key: key("mail.example.test"), listed: nil,
        served: RecordSet(key("mail.example.test"), timeToLiveSeconds: 60, data: [txt("v=spf1 | `all`")]))

    static let keySummary = KeySummary(
        id: KeyID(domain: "mail.example.test", selector: "mm1"), algorithm: .rsa2048, state: .active, createdAt: time,
        stateChangedAt: time.addingTimeInterval(60), record: "v=DKIM1; k=rsa; p=\(base64Key)",
        asOf: time.addingTimeInterval(86_400 * 60 + 7),
        next: KeyStep(.rotate, dueAt: time.addingTimeInterval(60 + 86_400 * 90)))

    static func state(
        _ status: DomainState.Status, _ verdict: DomainState.Verdict = .pass, domain: DomainName = domain,
        findings: [Finding] = []
    ) -> DomainState {
        DomainState(
            domain: domain, status: status, spf: verdict, dkim: verdict, dmarc: verdict, alignment: .notRequired,
            findings: findings, convergedAt: status == .propagating ? time.addingTimeInterval(90) : nil,
            waitingFor: status == .propagating
                ? ["_dmarc.mail.example.test TXT: caches may still hold \(hostile)"] : [],
            waitingForAgents: status == .propagating
                ? ["k1.writer._agentid.mail.example.test TXT: not published as declared"] : [],
            waitingForKeys: status == .propagating
                ? ["mm3._domainkey.mail.example.test TXT: caches may hold the older answer until later"] : [],
            keys: status == .aligned ? [keySummary] : [])
    }

    static let states = [
        state(.aligned), state(.propagating), state(.misaligned, .fail, domain: other, findings: [hostileFinding]),
        state(.unknown, .unknown, domain: other, findings: [unknownFinding]),
    ]

    static let lease = Lease(holder: "build-7, process 4711", fencingNumber: 3, expiresAt: time)

    static let outcomes: [ChangeOutcome] = [
        .written, .alreadyThere, .waiting, .failed(ProviderError(.unavailable, "the API answered 503 three times")),
    ]

    static func apply(
        _ plan: Plan = fullPlan, _ outcomes: [ChangeOutcome] = outcomes, domains: [DomainState] = []
    ) -> ApplyReport {
        ApplyReport(
            plan: plan, outcomes: outcomes,
            generatedKeys: plan.keys.map(\.id),
            finishedIntents: outcomes.count > 1 ? [key("_smtp._tls.mail.example.test")] : [],
            domains: domains)
    }

    static let records = RecordsReport(entries: [
        RecordsReport.Entry(
            domain: domain, key: key("mail.example.test"),
            recordSet: planned(3600, txt("v=spf1 include:send.example ~all")),
            reason: "SPF"),
        RecordsReport.Entry(
            domain: domain, key: newKey.key, recordSet: newKey.after!, reason: "DKIM"),
        RecordsReport.Entry(
            domain: other, key: key("old._domainkey.parked.example"),
            recordSet: planned(3600, txt("v=DKIM1; k=rsa; p=\(base64Key)")), reason: hostile),
    ])

    /// Every answer that a command can give, by the name of its snapshots.
    static let views: [(name: String, command: String, view: any View)] =
        [
            (
                "plan", "plan",
                PlanView(
                    report: report(fullPlan, diagnostics: [warning]), invocation: Invocation(manifestPath: "my mail/"))
            ),
            ("plan-saved", "plan", PlanView(report: report(fullPlan), savedTo: "plan.json")),
            ("plan-in-sync", "plan", PlanView(report: report(emptyPlan))),
            ("plan-hostile", "plan", PlanView(report: report(hostilePlan, differences: [difference]))),
            ("plan-incomplete", "plan", PlanView(report: report(plan([], findings: [unknownFinding])))),
            ("drift", "drift", PlanView(report: report(plan([dmarc])), purpose: .drift)),
            ("drift-none", "drift", PlanView(report: report(emptyPlan), purpose: .drift)),
            (
                "drift-key-steps", "drift",
                PlanView(report: report(emptyPlan), purpose: .drift, upcoming: KeySamples.upcoming)
            ),
            ("plan-approvers", "plan", PlanView(report: approving(report(emptyPlan)))),
            (
                "apply-approvers", "apply",
                ApplyView(
                    report: {
                        var report = apply(emptyPlan, [])
                        report.approvers = approvers
                        return report
                    }())
            ),
            ("apply", "apply", ApplyView(report: apply())),
            ("apply-converged", "apply", ApplyView(report: apply(plan([spf]), [.written], domains: [state(.aligned)]))),
            (
                "apply-trouble", "apply",
                ApplyView(
                    report: apply(
                        plan([spf, newKey, hostileChange]),
                        [
                            .conflict(
                                found: RecordSet(key("mail.example.test"), timeToLiveSeconds: 60, data: [txt(hostile)])),
                            .handedOver(instructions: "publish this:\nmm1 TXT \(hostile)"), .notTried,
                        ]))
            ),
            ("apply-in-sync", "apply", ApplyView(report: apply(emptyPlan, []))),
            ("apply-incomplete", "apply", ApplyView(report: apply(plan([], findings: [unknownFinding]), []))),
            ("apply-declined", "apply", ApplyView(report: apply(plan([spf]), [.notTried]), isDeclined: true)),
            ("verify", "verify", DomainStatesView(title: "Signet verify", states: states)),
            ("verify-aligned", "verify", DomainStatesView(title: "Signet verify", states: [state(.aligned)])),
            (
                "status", "status",
                DomainStatesView(
                    title: "Signet status", states: [state(.aligned)],
                    store: StatusReport(domains: [], lease: lease, openIntents: [key("mail.example.test")]))
            ),
            ("records", "records", RecordsView(report: records)),
            (
                "export", "export",
                ExportView(
                    report: ExportReport(
                        domains: [domain],
                        octets: DomainsDocument.octets(
                            [
                                DomainDeclaration(
                                    name: domain,
                                    spf: SPFDeclaration(
                                        terms: [SPFTerm(.include("send.example"))], all: .softfail,
                                        span: DomainDeclaration.bare.span), dkim: DKIMDeclaration(),
                                    dmarc: DomainDeclaration.bare.dmarc, span: DomainDeclaration.bare.span)
                            ], header: ["Domains."], provider: .byHand(notNamed: [])),
                        leftOut: [DomainName(canonical: "other.example.test")]))
            ),
            (
                "import", "import",
                ImportView(
                    report: ImportReport(
                        domains: [ImportReport.Domain(name: domain, notes: ["A note."])],
                        octets: DomainsDocument.octets(
                            [], header: ["Domains."], provider: .declared("edge"), settings: ["  state: state.db"])))
            ),
            ("keys", "keys list", KeysView(keys: [keySummary])),
            ("keys-none", "keys list", KeysView(keys: [])),
            ("keys-life", "keys list", KeysView(keys: KeySamples.life)),
            ("keys-revoke", "keys revoke", ApplyView(report: KeySamples.revocation)),
            (
                "validate", "validate",
                ValidateView(
                    report: ValidateReport(manifest: Manifest(files: [file]), diagnostics: [warning], files: [file]))
            ),
            (
                "validate-bad", "validate",
                ValidateView(report: ValidateReport(manifest: nil, diagnostics: [error, warning], files: [file]))
            ),
            (
                "fmt", "fmt",
                FormatView(report: FormatReport(changed: ["a|b.yaml", "c.yaml"], files: [file]), isCheck: true)
            ),
            ("init", "init", InitView(report: InitReport(written: ["signet.yaml", ".signet/kek"]))),
            (
                "explain", "explain",
                ExplainView(entry: CatalogueEntry("DNS101", "the zone is not delegated", "Why.\n\nHow."))
            ),
            (
                "explain-list", "explain",
                CatalogueView(entries: [CatalogueEntry("DNS101", "the zone is not delegated", "Why.")])
            ),
            (
                "demo", "demo",
                DemoView(
                    steps: [
                        DemoStep(
                            headline: "Notice it", arguments: ["drift", "--manifest", "/tmp/a b/signet.yaml"],
                            expected: .differences, status: .differences, output: "Drift: 1 record set\n")
                    ], folder: "/tmp/a b")
            ),
        ] + MailSamples.views + TokenSamples.views + ApprovalSamples.views + SendSamples.views + auditViews + agentViews
}
