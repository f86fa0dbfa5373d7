import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import SendGate
import TestSupport
import Testing

@testable import Operations

/// Messages that go on: as part of another (docs/decisions/0008-forwarding.md), or as they are.
@Suite("Forwarding")
struct ForwardTests {
    static let plain = "From: Ada <ada@b.test>\r\nTo: agent@a.test\r\nSubject: Fwd: FW: A question\r\n\r\nWhat now?\r\n"

    static func forward(
        _ original: String, _ style: ForwardRequest.Style, _ text: String? = "Look."
    ) throws(SendRequestError) -> SendRequest.Fields {
        var request = ForwardRequest(agent: "a", original: Array(original.utf8), style: style)
        request.to = [.init("x@c.test")]
        request.text = text
        guard case .fields(let fields) = try ForwardComposition.compose(request).content else { return .init() }
        return fields
    }

    @Test func attached() throws {
        let fields = try Self.forward(Self.plain, .attachment)
        #expect(fields.subject == "Fwd: A question")
        #expect(fields.text == "Look.")
        #expect(fields.inReplyTo.isEmpty && fields.references.isEmpty)
        #expect(fields.attachments.map(\.mediaType) == ["message/rfc822"])
        #expect(fields.attachments.map(\.octets) == [Array(Self.plain.utf8)])
        // What RFC 2046 §5.2.1 allows no encoding for goes along as a file, octet by octet.
        for original in ["From: ada@b.test\r\n\r\nGrüße\r\n", "From: ada@b.test\r\n\r\na\rb\r\n"] {
            let fields = try Self.forward(original, .attachment)
            #expect(fields.attachments.map(\.mediaType) == ["application/octet-stream"])
            #expect(fields.attachments.map(\.octets) == [Array(original.utf8)])
        }
    }

    @Test func inline() throws {
        #expect(
            try Self.forward(Self.plain, .inline).text == """
                Look.

                ---------- Forwarded message ----------
                From: Ada <ada@b.test>
                Subject: Fwd: FW: A question
                To: agent@a.test

                What now?

                """)
        #expect(throws: SendRequestError.self) {
            try Self.forward("From: ada@b.test\r\nContent-Type: image/png\r\n\r\nx", .inline)
        }
    }

    // MARK: as it is

    static func redirect(_ octets: [UInt8], results: String = "") -> SendRequest {
        SendRequest(
            agent: "a",
            content: .redirect(
                RedirectedMessage(
                    octets: octets, results: Array(results.utf8), from: nil, to: [.init("x@c.test", name: "X")], cc: [],
                    bcc: [.init("y@c.test")])))
    }

    @Test func whatIsPutInFrontAndWhatEndsHere() throws {
        let original = """
            Return-Path: <ada@b.test>
            Authentication-Results: a.test; dmarc=pass header.from=b.test
            Authentication-Results: mx.b.test; spf=pass
            X-MultiMail-Identity: agent_id=other
            From: Ada <ada@b.test>
            To: agent@a.test
            Bcc: secret@b.test

            What now?

            """
        let prepared = try SendRequestTests.preparation.prepare(
            Self.redirect(Array(original.utf8), results: "Authentication-Results: a.test; dmarc=fail\r\n"))
        #expect(prepared.kind == .redirect)
        #expect(prepared.from == "agent@a.test")
        #expect(prepared.recipients == ["x@c.test", "y@c.test"])
        #expect(
            String(decoding: prepared.octets, as: UTF8.self)
                == """
                Resent-Date: Mon, 21 Sep 2026 14:13:20 +0000
                Resent-From: agent@a.test
                Resent-To: X <x@c.test>
                Resent-Message-ID: <aeaqcaibaeaqcaibaeaqcaibae@a.test>
                Authentication-Results: a.test; dmarc=fail
                Authentication-Results: mx.b.test; spf=pass
                X-MultiMail-Identity: agent_id=other
                From: Ada <ada@b.test>
                To: agent@a.test

                What now?

                """.replacing("\n", with: "\r\n"))
        let again = try SendRequestTests.preparation.prepare(
            Self.redirect(Array(original.utf8), results: "Authentication-Results: a.test; dmarc=pass\r\n"))
        #expect(again.requestDigest == prepared.requestDigest)
    }

    @Test(
        "what runs in a circle, and what two readers could read differently, stays here",
        arguments: [
            ("Resent-From: Agent <AGENT@a.test>\n", "resent-from: "),
            (String(repeating: "Received: by x\n", count: 101), "received: "),
            ("Subject: a\nSubject: b\n", "subject: "),
            ("X: a\u{1B}[1m\n", "x: "), ("X: \(String(repeating: "x", count: 1000))\n", "line 2 has more than 998"),
        ])
    func refused(fields: String, reason: String) {
        let octets = Array("From: ada@b.test\n\(fields)\nx\n".utf8)
        let refusal = SendRequestTests.refusal(Self.redirect(octets))
        #expect(refusal?.field == "original")
        #expect(refusal?.reason.hasPrefix(reason) == true, "\(String(describing: refusal))")
    }

    // MARK: the seal

    /// b.test signs and asks for reject; a.test forwards; c.test has no DMARC record.
    struct Lab {
        let network = TableNetwork()
        let author: DKIMSigner
        let forwarder: DKIMSigner
        let stranger: DKIMSigner
        static let server = ServerAddress("192.0.2.53")!

        init() throws {
            network.serve(TableNetwork.Zone(DomainName(canonical: "test")), at: Self.server)
            func signer(_ domain: String) throws -> DKIMSigner {
                let pem = try ChildProcess.run("openssl", ["genpkey", "-algorithm", "ed25519"]).output
                return DKIMSigner(
                    domain: DomainName(canonical: domain), selector: "s", key: try Signer(pem: Array(pem.utf8)))
            }
            (author, forwarder, stranger) = (try signer("b.test"), try signer("a.test"), try signer("c.test"))
            for signer in [author, forwarder, stranger] {
                put("s._domainkey.\(signer.domain)", DKIMRecord(publicKey: signer.key.publicKey).text)
            }
            put("_dmarc.b.test", "v=DMARC1; p=reject")
            put("_dmarc.a.test", "v=DMARC1; p=reject")
        }

        func put(_ name: String, _ text: String) {
            network.put(
                RecordSet(DomainName(canonical: name), .txt, timeToLiveSeconds: 60, data: [.txt(TXTValue(text))]),
                at: Self.server)
        }

        func message(from author: String, signedBy signer: DKIMSigner?) throws -> [UInt8] {
            let octets = Array("From: ada@\(author)\r\nTo: agent@a.test\r\nSubject: x\r\n\r\nWhat now?\r\n".utf8)
            guard let signer else { return octets }
            return try signer.sign(Message(octets), unixTime: 1_790_000_000) + octets
        }

        func prepared(_ octets: [UInt8]) throws -> [UInt8] {
            try SendRequestTests.preparation.prepare(
                ForwardTests.redirect(octets, results: "Authentication-Results: a.test; dkim=pass header.d=b.test\r\n")
            ).octets
        }

        func seal(_ octets: [UInt8], declares: Bool = true) async throws -> RedirectSeal.Outcome {
            try await RedirectSeal(
                domain: DomainDeclaration(
                    name: DomainName(canonical: "a.test"), sealsForwarded: declares, span: DomainNameSample.span),
                resolver: network, key: forwarder
            ).seal(octets, unixTime: 1_790_000_100)
        }
    }

    @Test func theSealHoldsAndTheAuthorsSignatureToo() async throws {
        let lab = try Lab()
        let octets = try lab.prepared(try lab.message(from: "b.test", signedBy: lab.author))
        guard case .sealed(let sealed) = try await lab.seal(octets) else {
            Issue.record("it was not sealed")
            return
        }
        #expect(sealed.suffix(octets.count).elementsEqual(octets))
        let front = String(decoding: sealed.dropLast(octets.count), as: UTF8.self)
        #expect(front.hasPrefix("ARC-Seal: i=1;"))
        #expect(front.contains("ARC-Authentication-Results: i=1; a.test;\r\n\tdkim=pass header.d=b.test"))
        #expect(front.contains("Resent-From"))
        #expect(!front.contains("DKIM-Signature: "))
        func verdict(_ octets: [UInt8]) async -> MessageVerdict {
            await MessageVerifier(resolver: lab.network).verify(
                Message(octets), envelope: .init(), unixTime: 1_790_000_200)
        }
        let whole = await verdict(sealed)
        #expect(whole.arc.verdict == .pass && whole.arc.sealers.map(\.text) == ["a.test"])
        #expect(whole.dmarc.verdict == .pass)
        // Nobody can put another forwarder's name on it.
        let renamed = String(decoding: sealed, as: UTF8.self).replacing(
            "Resent-From: agent@a", with: "Resent-From: other@a")
        #expect(await verdict(Array(renamed.utf8)).arc.verdict.name == "fail")
        // The next hop's set continues ours.
        let next = try SendRequestTests.preparation.prepare(
            SendRequest(
                agent: "a",
                content: .redirect(
                    RedirectedMessage(
                        octets: sealed, results: Array("Authentication-Results: a.test; arc=pass\r\n".utf8),
                        from: .init("next@a.test"), to: [.init("z@c.test")], cc: [], bcc: [])))
        ).octets
        guard case .sealed(let twice) = try await lab.seal(next) else {
            Issue.record("it was not sealed twice")
            return
        }
        #expect(await verdict(twice).arc.instance == 2)
        #expect(await verdict(twice).arc.verdict == .pass)
    }

    @Test func whatNoSignatureOfItsAuthorsCoversStaysHere() async throws {
        let lab = try Lab()
        let cases: [(String, [UInt8])] = [
            ("unsigned", try lab.message(from: "b.test", signedBy: nil)),
            ("signed by another", try lab.message(from: "b.test", signedBy: lab.stranger)),
            ("altered", try lab.message(from: "b.test", signedBy: lab.author) + Array("x\r\n".utf8)),
            // An agent must not make authentic what claims to be from its own domain.
            ("our own name", try lab.message(from: "a.test", signedBy: nil)),
            ("no policy, unsigned", try lab.message(from: "c.test", signedBy: nil)),
            ("no policy, signed by another", try lab.message(from: "c.test", signedBy: lab.author)),
        ]
        for (name, octets) in cases {
            guard case .unfit = try await lab.seal(try lab.prepared(octets)) else {
                Issue.record("\(name): it was sealed")
                continue
            }
        }
        let signed = try lab.prepared(try lab.message(from: "c.test", signedBy: lab.stranger))
        guard case .sealed = try await lab.seal(signed) else {
            Issue.record("signed by its author, with no policy: it was not sealed")
            return
        }
        #expect(
            try await lab.seal(signed, declares: false)
                == .unfit(RedirectSeal.sealsNothing(DomainName(canonical: "a.test"))))
    }

    @Test func whatCannotBeLookedUpIsNotKnown() async throws {
        for name in ["s._domainkey.b.test", "_dmarc.b.test", "s._domainkey.a.test"] {
            let lab = try Lab()
            let octets = try lab.prepared(try lab.message(from: "b.test", signedBy: lab.author))
            lab.network.script(
                ServerQuestion(server: Lab.server, name: DomainName(canonical: name), type: .txt), .failed(.timedOut))
            guard case .unknown = try await lab.seal(octets) else {
                Issue.record("\(name): what failed was taken for an answer")
                continue
            }
        }
    }

    @Test func aBrokenChainIsSealedAsBroken() async throws {
        let lab = try Lab()
        var octets = try lab.prepared(try lab.message(from: "b.test", signedBy: lab.author))
        guard case .sealed(let sealed) = try await lab.seal(octets) else {
            Issue.record("the first hop was not sealed")
            return
        }
        // Somebody between us altered the first hop's set, and nothing that the author signed.
        let altered = String(decoding: sealed, as: UTF8.self).replacing("Resent-To: X", with: "Resent-To: Z")
        octets = try SendRequestTests.preparation.prepare(
            SendRequest(
                agent: "a",
                content: .redirect(
                    RedirectedMessage(
                        octets: Array(altered.utf8),
                        results: Array("Authentication-Results: a.test; arc=fail\r\n".utf8),
                        from: .init("next@a.test"), to: [.init("z@c.test")], cc: [], bcc: [])))
        ).octets
        guard case .sealed(let twice) = try await lab.seal(octets) else {
            Issue.record("it was not sealed")
            return
        }
        #expect(String(decoding: twice, as: UTF8.self).hasPrefix("ARC-Seal: i=2; a=ed25519-sha256; cv=fail;"))
        // And whoever comes next must not continue it.
        let third = try SendRequestTests.preparation.prepare(
            SendRequest(
                agent: "a",
                content: .redirect(
                    RedirectedMessage(
                        octets: twice, results: Array("Authentication-Results: a.test; arc=fail\r\n".utf8),
                        from: .init("third@a.test"), to: [.init("z@c.test")], cc: [], bcc: [])))
        ).octets
        guard case .unfit = try await lab.seal(third) else {
            Issue.record("a chain that had failed was continued")
            return
        }
    }
}
