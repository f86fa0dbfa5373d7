import DNS
import Testing

@testable import MailAuth

@Suite struct MessageVerifierTests {
    static let time: Int64 = 1_790_000_000
    static let text = "From: Jo <jo@d.example>\r\nSubject: s\r\n\r\nA body.\r\n"

    static func verdict(
        _ envelope: MessageVerifier.Envelope, signed: Bool = true, dmarc: String = "v=DMARC1; p=reject",
        failing: [String] = []
    ) async throws -> MessageVerdict {
        let octets = Array(text.utf8)
        let signer = DKIMSigner(domain: DKIMVerifierTests.domain, selector: "s", key: DKIMVerifierTests.rsa.signer)
        let message = Message((signed ? try signer.sign(Message(octets), unixTime: time) : []) + octets)
        let records = [
            ("s._domainkey.d.example", DKIMVerifierTests.rsa.record), ("_dmarc.d.example", dmarc),
            ("d.example", "v=spf1 ip4:192.0.2.1 -all"), ("mx.d.example", "v=spf1 ip4:192.0.2.1 -all"),
        ]
        let resolver = TableResolver(txt: records.filter { !failing.contains($0.0) }, failing: failing)
        return await MessageVerifier(resolver: resolver, receiver: "r.example").verify(
            message, envelope: envelope, unixTime: time)
    }

    static func envelope(_ address: String, _ mailFrom: String = "jo@d.example") -> MessageVerifier.Envelope {
        MessageVerifier.Envelope(address: IPAddress(address), helo: "mx.d.example", mailFrom: mailFrom)
    }

    @Test func everythingPasses() async throws {
        let verdict = try await Self.verdict(Self.envelope("192.0.2.1"))
        #expect(verdict.dmarc.verdict == .pass && verdict.arc.verdict == .none)
        let results = verdict.authenticationResults(serverID: "r.example")
        #expect(results.results.map { "\($0.method)=\($0.value)" } == ["spf=pass", "dkim=pass", "dmarc=pass"])
        #expect(results.results[0].property("smtp", "mailfrom") == "jo@d.example")
        #expect(results.results[1].property("header", "d") == "d.example")
        #expect(results.results[1].comments == ["2048-bit key"])
        #expect(results.results[2].property("policy", "dmarc") == "reject")
        // What is written is read again.
        let field = Message(Array((results.field + "\r\n").utf8)).fields[0]
        #expect(AuthenticationResults(field.body) == results)
    }

    @Test("an unsigned message from elsewhere fails, and each part says why")
    func fails() async throws {
        let verdict = try await Self.verdict(Self.envelope("192.0.2.9"), signed: false)
        #expect(verdict.dmarc.verdict == .fail(.reject))
        let results = verdict.authenticationResults(serverID: "r.example").results
        #expect(results.map { "\($0.method)=\($0.value)" } == ["spf=fail", "dkim=none", "dmarc=fail"])
        #expect(results[2].reason == "no authenticated domain is aligned with the author's")
    }

    @Test("SPF is not evaluated from half an envelope, and DKIM speaks alone")
    func halfAnEnvelope() async throws {
        for envelope in [
            MessageVerifier.Envelope(), .init(address: IPAddress("192.0.2.1")), .init(mailFrom: "jo@d.example"),
            .init(address: IPAddress("192.0.2.1"), mailFrom: ""),
        ] {
            let verdict = try await Self.verdict(envelope)
            #expect(verdict.spf == nil && verdict.dmarc.verdict == .pass)
        }
    }

    @Test(
        "a look-up that failed keeps a message from failing where it might have made it pass (RFC 9989 §5.3.6)",
        arguments: [
            // signed, from, MAIL FROM, what fails, DMARC
            (true, "192.0.2.9", "jo@d.example", "s._domainkey.d.example", "temperror"),
            (false, "192.0.2.1", "jo@d.example", "d.example", "temperror"),
            (false, "192.0.2.1", "jo@mx.d.example", "mx.d.example", "temperror"),
            (false, "192.0.2.1", "", "mx.d.example", "temperror"),
            // Whatever it had come to, it would not have been aligned.
            (false, "192.0.2.1", "jo@other.example", "other.example", "fail"),
            // The other one passes.
            (true, "192.0.2.1", "jo@d.example", "s._domainkey.d.example", "pass"),
            (true, "192.0.2.1", "jo@d.example", "d.example", "pass"),
        ])
    func failedLookUps(signed: Bool, address: String, mailFrom: String, failing: String, dmarc: String) async throws {
        let verdict = try await Self.verdict(Self.envelope(address, mailFrom), signed: signed, failing: [failing])
        #expect(verdict.dmarc.verdict.name == dmarc, "\(verdict.dmarc.verdict)")
        // What DMARC did not wait for, and no signature of the author's needed, keeps nothing back.
        let isOpen = dmarc == "temperror" || failing.hasPrefix("s._domainkey")
        #expect(isOpen ? verdict.failedLookUp?.hasSuffix("no answer") == true : verdict.failedLookUp == nil)
    }

    @Test("of an empty MAIL FROM the identity is the HELO name's, to SPF and to DMARC (RFC 9989 §3.2.4, RFC 7208 §2.4)")
    func bounce() async throws {
        let verdict = try await Self.verdict(Self.envelope("192.0.2.1", ""), signed: false)
        #expect(verdict.spf?.verdict == .pass && verdict.dmarc.verdict == .pass)
        #expect(verdict.dmarc.spf?.domain.text == "mx.d.example")
        let elsewhere = MessageVerifier.Envelope(address: IPAddress("192.0.2.1"), helo: "mx.x.example", mailFrom: "")
        #expect(try await Self.verdict(elsewhere, signed: false).dmarc.verdict == .fail(.reject))
        let spf = verdict.authenticationResults(serverID: "r.example").results[0]
        #expect(spf.property("smtp", "helo") == "mx.d.example" && spf.property("smtp", "mailfrom") == nil)
    }
}
