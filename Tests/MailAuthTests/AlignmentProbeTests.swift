import DNS
import MailAuth
import Testing

@Suite struct AlignmentProbeTests {
    static func probe(egress: [String] = ["192.0.2.10", "2001:db8::10"]) -> AlignmentProbe {
        AlignmentProbe(
            domain: DKIMVerifierTests.domain,
            signers: [
                DKIMSigner(domain: DKIMVerifierTests.domain, selector: "s", key: DKIMVerifierTests.rsa.signer),
                DKIMSigner(domain: DKIMVerifierTests.domain, selector: "e", key: DKIMVerifierTests.ed25519.signer),
            ], egress: egress.map { IPAddress($0)! })
    }

    static func resolver(
        spf: String = "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 -all", rsa: String = DKIMVerifierTests.rsa.record,
        dmarc: String = "v=DMARC1; p=reject", failing: [String] = []
    ) -> TableResolver {
        TableResolver(
            txt: [
                ("d.example", spf), ("s._domainkey.d.example", rsa),
                ("e._domainkey.d.example", DKIMVerifierTests.ed25519.record), ("_dmarc.d.example", dmarc),
            ].filter { !$0.1.isEmpty }, failing: failing)
    }

    @Test func everythingAligned() async throws {
        let report = try await Self.probe().run(resolver: Self.resolver(), unixTime: 1_790_000_000)
        #expect(report.isSPFAligned && report.isDKIMAligned && report.isDMARCPassing)
        #expect(report.dkim.map(\.selector) == ["s", "e"])
        #expect(report.paths.map(\.spf.verdict) == [.pass, .pass])
    }

    @Test func oneAddressThatSPFLeavesOut() async throws {
        let report = try await Self.probe().run(
            resolver: Self.resolver(spf: "v=spf1 ip4:192.0.2.10 -all"), unixTime: 0)
        #expect(!report.isSPFAligned)
        #expect(report.paths[1].spf.verdict == .fail(explanation: nil))
        #expect(report.isDMARCPassing, "DKIM still speaks for the domain")
    }

    @Test func oneKeyThatIsNotPublished() async throws {
        let report = try await Self.probe().run(resolver: Self.resolver(rsa: ""), unixTime: 0)
        #expect(!report.isDKIMAligned)
        #expect(report.dkim.map(\.result.verdict.name) == ["permerror", "pass"])
        #expect(report.isDMARCPassing)
    }

    @Test func nothingIsTakenForGrantedWhereAQueryFails() async throws {
        let report = try await Self.probe().run(
            resolver: Self.resolver(dmarc: "", failing: ["_dmarc.d.example"]), unixTime: 0)
        #expect(!report.isDMARCPassing)
        #expect(report.paths.map(\.dmarc.verdict.name) == ["temperror", "temperror"])
        #expect(report.failedLookUp == "no answer")
        let unsure = try await Self.probe().run(
            resolver: Self.resolver(spf: "", rsa: "", failing: ["d.example"]), unixTime: 0)
        #expect(!unsure.isSPFAligned && !unsure.isDKIMAligned)
        #expect(unsure.failedLookUp != nil, "what SPF would have said is not known")
        let sure = try await Self.probe().run(resolver: Self.resolver(spf: "v=spf1 -all", rsa: ""), unixTime: 0)
        #expect(!sure.isSPFAligned && sure.failedLookUp == nil)
        let none = try await Self.probe(egress: []).run(resolver: Self.resolver(), unixTime: 0)
        #expect(!none.isSPFAligned && none.isDKIMAligned && none.isDMARCPassing)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 +0000"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"), (1_790_000_000, "Mon, 21 Sep 2026 14:13:20 +0000"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 +0000"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 +0000"),
    ])
    func dates(unixTime: Int64, expected: String) {
        #expect(InternetDate.text(unixTime: unixTime) == expected)
    }
}
