import DNS
import MailAuth
import Testing

@Suite struct DMARCRecordTests {
    @Test(arguments: [
        ("v=DMARC1; p=reject", "v=DMARC1; p=reject"),
        (
            "v = DMARC1 ;p= Reject ; ; rua=mailto:A@x.example , mailto:b@x.example!10m;",
            "v=DMARC1; p=reject; rua=mailto:A@x.example,mailto:b@x.example"
        ),
        (
            "v=DMARC1; p=none; sp=quarantine; np=reject; adkim=S; aspf=r; ruf=mailto:f@x.example; fo=1:d; t=y; psd=n; pct=20",
            "v=DMARC1; p=none; sp=quarantine; np=reject; adkim=s; ruf=mailto:f@x.example; fo=1:d; t=y; psd=n"
        ),
        // RFC 9989 §4.10.1.
        ("v=DMARC1; rua=mailto:a@x.example", "v=DMARC1; p=none; rua=mailto:a@x.example"),
        ("v=DMARC1; p=reject; sp=oops; rua=mailto:a@x.example", "v=DMARC1; p=none; rua=mailto:a@x.example"),
        // §4.8: other mistakes fall back to defaults.
        ("v=DMARC1; p=reject; adkim=x; fo=0:1; t=maybe; nonsense; psd=u", "v=DMARC1; p=reject"),
    ])
    func readsAsAReceiverDoes(text: String, canonical: String) throws {
        let record = try DMARCRecord(text)
        #expect(record.text == canonical)
        #expect(try DMARCRecord(record.text) == record)
    }

    @Test(arguments: [
        ("v=dmarc1; p=reject", DMARCRecordError.notDMARC), ("p=reject; v=DMARC1", .notDMARC),
        (" v=DMARC1; p=reject", .notDMARC), ("\tv=DMARC1; p=reject", .notDMARC),
        ("v=DMARC1x; p=none", .notDMARC), ("", .notDMARC), (";v=DMARC1; p=none", .notDMARC),
        ("v=DMARC1", .noPolicy), ("v=DMARC1; p=maybe", .noPolicy), ("v=DMARC1; p=none; np=maybe", .noPolicy),
        ("v=DMARC1; p=maybe; rua=nowhere", .noPolicy),
    ])
    func refuses(text: String, error: DMARCRecordError) {
        #expect(throws: error) { try DMARCRecord(text) }
        #expect(DMARCRecord.isDMARC(Array(text.utf8)) == (error == .noPolicy))
    }

    @Test func namesTheTagsThatAreIgnored() {
        let text = "v=DMARC1; p=none; pct=50; rua=oops; x"
        // A part that is no tag at all has no name to report.
        #expect(DMARCRecord.ignoredTags(in: Array(text.utf8)) == ["pct=50", "rua=oops"])
    }

    /// Found by scripts/fuzz: behind the bound the rest was one tag, semicolons and all.
    @Test func looksAtNoMoreThanItsBoundOfParts() throws {
        let record = try DMARCRecord(
            "v=DMARC1; p=none" + String(repeating: ";", count: 200) + "rua=mailto:a@d.example;b=c")
        #expect(record.aggregateReports.isEmpty)
        #expect(try DMARCRecord(record.text) == record)
    }

    @Test func writesURIsThatSurviveTheirList() throws {
        let record = DMARCRecord(policy: .none, aggregateReports: ["mailto:a@x.example?subject=a,b;c!"])
        #expect(record.text == "v=DMARC1; p=none; rua=mailto:a@x.example?subject=a%2Cb%3Bc%21")
        #expect(try DMARCRecord(record.text).aggregateReports.count == 1)
    }
}

@Suite struct DMARCTreeWalkTests {
    @Test func asksTheEightNamesOfTheRFC() async {
        let resolver = TableResolver()
        let start = TableResolver.name("a.b.c.d.e.f.g.h.i.j.mail.example.com")
        let walk = await DMARCTreeWalk(from: start, resolver: resolver)
        // RFC 9989 §4.10.
        #expect(
            resolver.questions.map(\.name.text) == [
                "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com", "_dmarc.g.h.i.j.mail.example.com",
                "_dmarc.h.i.j.mail.example.com", "_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com",
                "_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com",
            ])
        #expect(walk.organizationalDomain == start)
    }

    // §4.10.2's examples, and the corners of its rules.
    @Test(arguments: [
        ("a.mail.example.com", [("mail.example.com", ""), ("example.com", "")], "example.com"),
        ("a.mail.example.com", [("mail.example.com", "; psd=n")], "mail.example.com"),
        ("a.mail.example.com", [("com", "; psd=y")], "example.com"),
        ("a.mail.example.com", [], "a.mail.example.com"),
        ("bank.example", [("bank.example", "; psd=y")], "bank.example"),
        ("a.b.example.com", [("b.example.com", "; psd=y"), ("example.com", "")], "a.b.example.com"),
        ("a.b.example.com", [("b.example.com", ""), ("b.example.com", ""), ("example.com", "")], "example.com"),
    ])
    func findsTheOrganizationalDomain(start: String, records: [(String, String)], expected: String) async {
        let resolver = TableResolver(txt: records.map { ("_dmarc." + $0.0, "v=DMARC1; p=none" + $0.1) })
        let walk = await DMARCTreeWalk(from: TableResolver.name(start), resolver: resolver)
        #expect(walk.organizationalDomain.text == expected)
        #expect(walk.failure == nil)
    }

    @Test func stopsWhereAQueryFails() async {
        let resolver = TableResolver(txt: [("_dmarc.com", "v=DMARC1; psd=y")], failing: ["_dmarc.example.com"])
        let walk = await DMARCTreeWalk(from: TableResolver.name("mail.example.com"), resolver: resolver)
        #expect(walk.failure?.domain.text == "example.com")
        #expect(walk.found.isEmpty)
        let discovery = await DMARCDiscovery(for: TableResolver.name("mail.example.com"), resolver: resolver)
        #expect(discovery == .temperror("no answer"))
    }
}

@Suite struct DMARCReportDestinationTests {
    static let resolver = TableResolver(
        txt: [
            ("_dmarc.example.com", "v=DMARC1; p=none"), ("_dmarc.example.net", "v=DMARC1; p=none"),
            ("blue.example.com._report._dmarc.red.example.net", "v=DMARC1"),
            ("example.com._report._dmarc.other.example", "something else"),
        ], failing: ["example.com._report._dmarc.down.example"])

    @Test(arguments: [
        ("mailto:r@reports.example.com", "mail.example.com", DMARCReportDestination.own),
        (
            "mailto:r@red.example.net!10m", "blue.example.com",
            .authorized(TableResolver.name("blue.example.com._report._dmarc.red.example.net"))
        ),
        (
            "mailto:r@red.example.net", "example.com",
            .notAuthorized(TableResolver.name("example.com._report._dmarc.red.example.net"))
        ),
        (
            "mailto:r@other.example", "example.com",
            .notAuthorized(TableResolver.name("example.com._report._dmarc.other.example"))
        ),
        ("mailto:r@down.example", "example.com", .temperror("no answer")),
        ("https://reports.example/", "example.com", .unusable),
    ])
    func checks(uri: String, domain: String, expected: DMARCReportDestination) async {
        let found = await DMARCReportDestination(
            of: uri, requestedBy: TableResolver.name(domain), resolver: Self.resolver)
        #expect(found == expected)
    }
}
