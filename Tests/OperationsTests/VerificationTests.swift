import DNS
import MailAuth
import SendGate
import Testing

@testable import Operations

/// What a look-up that fails does to a verification.
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
}
