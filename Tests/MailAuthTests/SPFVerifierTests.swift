import DNS
import MailAuth
import Testing

/// What the suites don't ask.
@Suite struct SPFVerifierTests {
    private static func check(
        _ records: [(String, String)], address: String = "192.0.2.1", mailFrom: String = "me@d.example",
        failing: [String] = []
    ) async -> SPFResult {
        await SPFVerifier(resolver: TableResolver(txt: records, failing: failing)).check(
            address: IPAddress(address)!, mailFrom: mailFrom, helo: "helo.example.com", unixTime: 0)
    }

    @Test func redirectsAreCountedSoThatALoopEnds() async {
        let resolver = TableResolver(txt: [
            ("d.example", "v=spf1 redirect=e.example"), ("e.example", "v=spf1 redirect=d.example"),
        ])
        let result = await SPFVerifier(resolver: resolver).check(
            address: IPAddress("192.0.2.1")!, mailFrom: "me@d.example", helo: "h.example", unixTime: 0)
        #expect(result.verdict == .permerror(.tooManyLookUps))
        #expect(resolver.questions.count == SPFRecord.lookUpsMax + 1)
    }

    @Test func tracesEveryTerm() async {
        let result = await Self.check([
            ("d.example", "v=spf1 ip4:192.0.2.9 include:i.example redirect=r.example"),
            ("i.example", "v=spf1 -all"), ("r.example", "v=spf1 ip4:192.0.2.0/24 -all"),
        ])
        #expect(result.verdict == .pass)
        #expect(result.lookUpCount == 2)
        let lines = result.steps.map { "\($0.domain) \($0.depth) \($0.outcome)" }
        #expect(
            lines == [
                "d.example 0 notMatched", "i.example 1 matched", "d.example 0 notMatched", "d.example 0 followed",
                "r.example 0 matched",
            ])
    }

    @Test func threeIPv4OnlyMailExchangersAreNoErrorOverIPv6() async {
        let resolver = TableResolver([
            ("d.example", .txt(TXTValue("v=spf1 mx ip6:2001:db8::/32 -all"))),
            ("d.example", .mx(preference: 1, exchange: TableResolver.name("m1.example"))),
            ("d.example", .mx(preference: 2, exchange: TableResolver.name("m2.example"))),
            ("d.example", .mx(preference: 3, exchange: TableResolver.name("m3.example"))),
            ("m1.example", .a(IPAddress("192.0.2.1")!)), ("m2.example", .a(IPAddress("192.0.2.2")!)),
            ("m3.example", .a(IPAddress("192.0.2.3")!)),
        ])
        let result = await SPFVerifier(resolver: resolver).check(
            address: IPAddress("2001:db8::1")!, mailFrom: "me@d.example", helo: "h.example", unixTime: 0)
        #expect(result.verdict == .pass)
        #expect(result.voidLookUpCount == 0)
    }

    @Test(arguments: [
        ("v=spf1 exists:%{t}.%{r}.x.example -all", "0.unknown.x.example"),
        ("v=spf1 -all exp=%{l1r+}.x.example", ""),
    ])
    func macrosOutsideTheirPlaceAreErrors(record: String, name: String) async {
        let result = await Self.check([("d.example", record)], mailFrom: "a+b@d.example")
        if name.isEmpty {
            #expect(result.verdict == .fail(explanation: nil))
        } else {
            #expect(result.verdict.name == "permerror")
        }
    }

    @Test func aBackslashInALocalPartIsNoEscape() async {
        let resolver = TableResolver([
            ("d.example", .txt(TXTValue("v=spf1 exists:%{l}.x.example -all"))),
            ("a\\.b.x.example", .a(IPAddress("127.0.0.2")!)),
        ])
        let result = await SPFVerifier(resolver: resolver).check(
            address: IPAddress("192.0.2.1")!, mailFrom: "a\\.b@d.example", helo: "h.example", unixTime: 0)
        #expect(result.verdict == .pass)
        #expect(resolver.questions.last?.name.labels.first == Array("a\\".utf8))
    }

    @Test(arguments: [
        ("me@d.example", "temperror"), ("me@[192.0.2.1]", "none"), ("me@localhost", "none"), ("<>", "none"),
    ])
    func failuresAndAbsencesAreKeptApart(sender: String, verdict: String) async {
        let result = await Self.check([], mailFrom: sender, failing: ["d.example"])
        #expect(result.verdict.name == verdict)
    }
}
