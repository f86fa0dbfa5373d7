import DNS
import MailAuth
import SendGate
import TestSupport
import Testing

@testable import Operations

/// What a look-up that fails, or comes too late, does to a verification.
@Suite struct VerificationTests {
    struct Fixed: Resolver {
        let answer: LookUpAnswer
        func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer { answer }
    }

    @Test(
        "a look-up that failed is no misalignment",
        arguments: [
            (LookUpAnswer.failed("no answer"), GateFacts.Alignment.unknown), (.noSuchName, .misaligned),
        ])
    func judgement(answer: LookUpAnswer, alignment: GateFacts.Alignment) async throws {
        let report = try await AlignmentProbe(
            domain: try DomainName("d.example"), signers: [], egress: [try #require(IPAddress("192.0.2.1"))]
        ).run(resolver: Fixed(answer: answer), unixTime: 0)
        let judgement = report.judgement(missing: ["SPF"])
        #expect(judgement.alignment == alignment)
        #expect(judgement.finding.hasPrefix("a message sent now would not pass SPF"))
        #expect(judgement.finding.contains("no answer") == (alignment == .unknown))
    }

    @Test("one message's look-ups end with its time (RFC 7208 §4.6.4)")
    func deadline() async throws {
        let name = try DomainName("d.example")
        let clock = TestClock()
        let resolver = DeadlineResolver(Fixed(answer: .noData), clock: clock)
        #expect(await resolver.look(up: name, .txt) == .noData)
        clock.advance(bySeconds: 29)
        #expect(await resolver.look(up: name, .txt) == .noData)
        clock.advance(bySeconds: 1)
        guard case .failed = await resolver.look(up: name, .txt) else {
            Issue.record("it was asked after its time")
            return
        }
        let spf = await SPFVerifier(resolver: resolver).check(
            address: try #require(IPAddress("192.0.2.1")), mailFrom: "a@d.example", helo: "d.example", unixTime: 0)
        #expect(spf.verdict.name == "temperror")
    }
}
