import DNS
import Foundation
import Testing

@testable import Keys
@testable import MailAuth

@Suite("Agent identity")
struct AgentIdentityTests {
    typealias Samples = AgentIdentitySamples

    @Test("what we write")
    func written() async throws {
        let field = Samples.field()
        #expect(field.hasPrefix("X-MultiMail-Identity: agent_id=writer-2; oversight=gated_send;"))
        #expect(field.hasSuffix("==\r\n") && !field.hasSuffix(";\r\n"))
        for line in field.split(separator: "\r\n") {
            let isUnbroken = line.hasPrefix(" sig=") || line.hasPrefix(" b=")
            #expect(line.utf8.count <= (isUnbroken ? 98 : 78), "\(line)")
        }
        let header = try AgentIdentityHeader(HeaderField(Array(field.utf8)[...]).body)
        #expect(header.agent == "writer-2")
        #expect(header.oversight == .gatedSend)
        #expect(header.approvalReference == "apr_7Q2:1")
        let binding = try #require(header.binding)
        #expect(binding.keyName == Samples.keyName)
        #expect(binding.model == "example/writer%20large/2026-09-01")
        #expect(binding.approval == Samples.approval.digest)
        #expect(binding.nonce == "101112131415161718191a1b1c1d1e1f")
        #expect(binding.expiresAt - binding.signedAt == 7 * 86_400)
        #expect(
            binding.signedHeaders == [
                "From", "From", "To", "To", "Cc", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID",
                "In-Reply-To", "References",
            ])
        #expect(await Samples.verdict(field + Samples.text) == .valid)
    }

    @Test("every mode, with and without approval and model, over bodies of every shape")
    func roundTrip() async throws {
        for mode in AgentOversight.allCases {
            for approval in [nil, Samples.approval] {
                for model in [nil, "a/b"] {
                    for body in ["", "x", "\r\n\r\n", "8-bit é\r\n", String(repeating: "a b\t\r\n", count: 3000)] {
                        let text = "From: writer@mail.d.example\r\n\r\n" + body
                        let claims = Samples.claims(mode, approval: approval, model: model)
                        #expect(await Samples.verdict(Samples.signed(text, claims)) == .valid)
                    }
                }
            }
        }
    }

    @Test("DKIM names the field once more than it stands there, and breaks if it is stripped or joined")
    func namedByDKIM() async throws {
        let signer = DKIMSigner(domain: Samples.domain, selector: "mm2", key: Samples.domainKey)
        let text = Samples.signed()
        let field = try signer.sign(Message(Array(text.utf8)), unixTime: Samples.signedAt)
        let signature = try DKIMSignature(HeaderField(field[...]).body)
        #expect(signature.signedHeaders.count { $0 == AgentIdentityHeader.fieldName } == 2)
        let dkim = DKIMVerifier(resolver: Samples.resolver(Samples.zone))
        func verdict(_ text: String) async -> DKIMVerdict? {
            await dkim.verify(Message(field + Array(text.utf8)), unixTime: Samples.now).first?.verdict
        }
        #expect(await verdict(text) == .pass)
        #expect(await verdict(Samples.text) == .fail(.signature))
        #expect(await verdict(Samples.field() + text) == .fail(.signature))
    }

    // SHOWN b of issue 4, in Swift; schemas/vectors/agent_identity.py has it in Python.
    @Test("a verifier of old accepts it: split at ;, each part at its first =")
    func readAsOfOld() throws {
        let value = HeaderField(Array(Samples.field().utf8)[...]).unfolded
        var tags: [String: String] = [:]
        for part in value.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            try #require(pair.count == 2)
            tags[pair[0].trimmingCharacters(in: .whitespaces)] = pair[1].trimmingCharacters(in: .whitespaces)
        }
        let signature = try #require(Data(base64Encoded: tags["sig"] ?? ""))
        let claim = "\(tags["agent_id"] ?? ""):\(tags["oversight"] ?? "")"
        #expect(Samples.domainKey.publicKey.verify(Array(signature), of: Array(claim.utf8)))
    }

    // SHOWN c.
    @Test("no octet of a tag, a signed field or the body can be changed in a message that stays valid")
    func everyOctet() async throws {
        let original = Array(Samples.signed().utf8)
        let message = Message(original)
        let verifier = AgentIdentityVerifier(resolver: Samples.resolver(Samples.zone))
        var covered = IndexSet(integersIn: message.bodyStart..<original.count)
        for field in message.fields where field.name.text != "X-Mailer" {
            covered.insert(integersIn: field.raw.startIndex..<field.raw.endIndex)
        }
        covered.insert(integersIn: (message.bodyStart - 2)..<message.bodyStart)
        var changed = 0
        for index in covered {
            for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                var altered = original
                altered[index] ^= mask
                // The case of a field's name, and nothing else, is no change to DKIM's relaxed form.
                let isCase =
                    mask == 32
                    && message.fields.contains { $0.name.contains(original[index]) && $0.name.indices.contains(index) }
                    && original[index].isASCIILetter
                if isCase { continue }
                changed += 1
                let verdict = await verifier.verify(Message(altered), unixTime: Samples.now)?.verdict
                #expect(verdict != .valid, "octet \(index) ^ \(mask): \(String(decoding: altered, as: UTF8.self))")
            }
        }
        #expect(changed > 8000)
        // Taken away and put in between.
        for index in covered {
            var shorter = original
            shorter.remove(at: index)
            // A blank more or less beside another is no change to the relaxed form.
            if await verifier.verify(Message(shorter), unixTime: Samples.now)?.verdict == .valid {
                #expect(original[index].isWhitespace, "octet \(index) taken out")
            }
            var longer = original
            longer.insert(UInt8(ascii: "x"), at: index)
            #expect(await verifier.verify(Message(longer), unixTime: Samples.now)?.verdict != .valid)
        }
    }

    @Test("the field on another message is never valid")
    func copied() async throws {
        let field = Samples.field()
        let others = [
            ("From: Writer <writer@mail.d.example>", "From: Writer <other@mail.d.example>"),
            ("Ann <ann@x.example>", "Eve <eve@x.example>"), ("The report", "Another"), ("04:00:00", "04:00:01"),
            ("<1@mail.d.example>", "<2@mail.d.example>"), ("X-Mailer: none", "Cc: eve@x.example"),
            ("X-Mailer: none", "References: <0@x.example>"), ("X-Mailer: none", "In-Reply-To: <0@x.example>"),
        ]
        for (old, new) in others {
            let other = Samples.text.replacing(old, with: new)
            try #require(other != Samples.text)
            #expect(await Samples.verdict(field + other)?.name == "fail", "\(new)")
        }
        let body = Samples.text.replacing("here it is.", with: "there it was.")
        #expect(await Samples.verdict(field + body) == .claimsValidBodyAltered)
        // A list's footer.
        #expect(await Samples.verdict(field + Samples.text + "-- \r\nthe list\r\n") == .claimsValidBodyAltered)
    }

    @Test("a replay is suspected, and only of what is otherwise valid")
    func replay() async throws {
        let memory = SetOfNonces()
        let text = Array(Samples.signed().utf8)
        let altered = Array((Samples.signed() + "more").utf8)
        #expect(await Samples.verdict(altered, memory: memory) == .claimsValidBodyAltered)
        #expect(await Samples.verdict(text, memory: memory) == .valid)
        #expect(await Samples.verdict(text, memory: memory) == .replaySuspected)
    }

    @Test("a signer that keeps to no rule is not believed")
    func strictness() async throws {
        let cases: [(String, (String) -> String, String)] = [
            ("an unknown tag, signed", { $0.replacing("v=2;", with: "v=2; z=1;") }, "valid"),
            ("blanks around a name, signed", { $0.replacing("v=2;", with: "v = 2 ;") }, "valid"),
            ("a tag twice", { $0.replacing("v=2;", with: "v=2; v=2;") }, "fail"),
            ("an empty part", { $0.replacing("v=2;", with: "v=2;;") }, "fail"),
            ("no version", { $0.replacing("v=2;", with: "") }, "fail"),
            ("version 3", { $0.replacing("v=2;", with: "v=3;") }, "fail"),
            ("another algorithm", { $0.replacing("ed25519-sha256", with: "rsa-sha256") }, "fail"),
            ("Subject not oversigned", { $0.replacing("Subject:Subject:", with: "Subject:") }, "fail"),
            ("Cc not named", { $0.replacing("Cc:", with: "") }, "fail"),
            ("an approval without its digest", { $0.replacing(/\bap=[^;]*;/, with: "") }, "fail"),
            ("no declaration", { $0.replacing(/decl=[^;]*;/, with: "") }, "fail"),
            ("a time with a leading zero", { $0.replacing("t=", with: "t=0") }, "fail"),
            ("a time in words", { $0.replacing("t=", with: "t=x") }, "fail"),
            ("longer than 30 days", { $0.replacing(/x=[0-9]+/, with: "x=\(Samples.signedAt + 2_592_001)") }, "fail"),
            ("30 days", { $0.replacing(/x=[0-9]+/, with: "x=\(Samples.signedAt + 2_592_000)") }, "valid"),
            ("over before it began", { $0.replacing(/x=[0-9]+/, with: "x=\(Samples.signedAt)") }, "fail"),
            ("a nonce in upper case", { $0.replacing("1a1b", with: "1A1B") }, "fail"),
            ("a key of another form", { $0.replacing("k=k1;", with: "k=k01;") }, "fail"),
            ("an unknown mode", { $0.replacing("=gated_send", with: "=free") }, "fail"),
            ("another mode", { $0.replacing("=gated_send", with: "=autonomous") }, "fail"),
            ("another domain", { $0.replacing("d=mail.d.example", with: "d=d.example") }, "fail"),
            ("a domain in U-labels", { $0.replacing("d=mail.d.example", with: "d=é.d.example") }, "fail"),
            ("the domain in upper case", { $0.replacing("d=mail.d.example", with: "d=MAIL.d.example") }, "valid"),
            ("no selector, and no DKIM signature", { $0.replacing(" s=mm2;", with: "") }, "fail"),
        ]
        for (name, change, verdict) in cases {
            let text = Samples.resigned(Samples.text, changing: change)
            #expect(text != Samples.signed(), "\(name)")
            #expect(await Samples.verdict(text)?.name == verdict, "\(name)")
        }
        // Outside what is signed there is one text only.
        for (old, new) in [(" b=", " b= "), ("==\r\nFrom", "== \r\nFrom"), ("==\r\nFrom", "==;\r\nFrom")] {
            let text = Samples.signed().replacing(old, with: new)
            #expect(text != Samples.signed())
            #expect(await Samples.verdict(text)?.name == "fail", "\(new)")
        }
        // RFC 4648 §3.5: bits that mean nothing.
        let field = Samples.field().dropLast(4)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let last = digits.firstIndex(of: field.last!)!
        let other = field.dropLast() + String(digits[last ^ 1]) + "==\r\n" + Samples.text
        #expect(await Samples.verdict(String(other))?.name == "fail")
    }

    @Test("bounds")
    func bounds() async throws {
        let long = Samples.resigned(Samples.text) {
            $0.replacing("v=2;", with: "v=2; z=\(String(repeating: "z", count: 8000));")
        }
        #expect(await Samples.verdict(long)?.name == "fail")
        let names = Samples.resigned(Samples.text) {
            $0.replacing("h=From", with: "h=" + String(repeating: "X:", count: 60) + "From")
        }
        #expect(await Samples.verdict(names)?.name == "fail")
        let tags = Samples.resigned(Samples.text) {
            $0.replacing("v=2;", with: "v=2; " + (0..<64).map { "z\($0)=1; " }.joined())
        }
        #expect(await Samples.verdict(tags)?.name == "fail")
        let early = Samples.signedAt - AgentIdentityVerifier.skewSecondsMax
        #expect(await Samples.verdict(Samples.signed(), now: early) == .valid)
        #expect(await Samples.verdict(Samples.signed(), now: early - 1) == .fail(.signedInFuture))
        let end = Samples.signedAt + 7 * 86_400
        #expect(await Samples.verdict(Samples.signed(), now: end) == .valid)
        #expect(await Samples.verdict(Samples.signed(), now: end + 1) == .expired)
    }

    @Test("what cannot carry an identity is refused before it is signed")
    func refusals() {
        let texts = [
            "To: a@x.example\r\n\r\n", "From: a@x.example\r\n\r\n", "From: a@mail.d.example, b@mail.d.example\r\n\r\n",
            "From: a@mail.d.example\r\nFrom: b@mail.d.example\r\n\r\n",
            "From: a@mail.d.example\r\nSubject: 1\r\nsubject: 2\r\n\r\n", Samples.signed(),
        ]
        for text in texts {
            #expect(throws: AgentIdentitySigningError.self, "\(text)") {
                try Samples.signer().sign(
                    Message(Array(text.utf8)), Samples.claims(), nonce: Samples.nonce, unixTime: Samples.signedAt)
            }
        }
        for (claims, nonce) in [
            (Samples.claims(approval: .init(reference: "a;b", digest: Samples.approval.digest)), Samples.nonce),
            (Samples.claims(model: "a b"), Samples.nonce), (Samples.claims(), [1, 2, 3]),
        ] {
            #expect(throws: AgentIdentitySigningError.self) {
                try Samples.signer().sign(
                    Message(Array(Samples.text.utf8)), claims, nonce: nonce, unixTime: Samples.signedAt)
            }
        }
        let rsa = Signer(try! PrivateKey.generate(.rsa2048))
        #expect(throws: AgentIdentitySigningError.notEd25519(Samples.keyName.name)) {
            try AgentIdentitySigner(
                keyName: Samples.keyName, key: rsa, domainSelector: "mm2", domainKey: Samples.domainKey)
        }
        #expect(throws: AgentIdentitySigningError.self) {
            try AgentIdentitySigner(
                keyName: Samples.keyName, key: Samples.agentKey, domainSelector: "mm1", domainKey: rsa)
        }
    }

    @Test(
        "ids and key names",
        arguments: [
            ("writer", "k1", true), ("a", "k999999999", true), ("w-2", "k10", true), ("", "k1", false),
            ("-a", "k1", false), ("a-", "k1", false), ("A", "k1", false), ("a.b", "k1", false), ("a_b", "k1", false),
            (String(repeating: "a", count: 63), "k1", true), (String(repeating: "a", count: 64), "k1", false),
            ("a", "1", false), ("a", "k", false), ("a", "k0", false), ("a", "k01", false), ("a", "k1000000000", false),
        ])
    func names(agent: String, key: String, isValid: Bool) {
        let name = AgentKeyName(domain: Samples.domain, agent: agent, key: key)
        #expect((name != nil) == isValid)
        #expect(
            name?.name.text ?? "\(key).\(agent)._agentid.mail.d.example" == "\(key).\(agent)._agentid.mail.d.example")
    }

    @Test(
        "key records",
        arguments: [
            ("v=AGENTID1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", true),
            ("v=AGENTID1;k=ed25519;p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=;z=1", true),
            ("v=AGENTID1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", false),
            ("k=ed25519; v=AGENTID1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", false),
            ("v=agentid1; k=ed25519; p=", false), ("v=AGENTID1; k=rsa; p=", false), ("v=AGENTID1; k=ed25519", false),
            ("v=AGENTID1; k=ed25519; p=AAAA", false),
            ("v=AGENTID1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURp=", false),
        ])
    func records(text: String, isValid: Bool) {
        let record = try? AgentIdentityRecord(text)
        #expect((record != nil) == isValid)
        if let record, text.hasSuffix("=") { #expect(record.text == text) }
        #expect(AgentIdentityRecord.revoked.text == "v=AGENTID1; k=ed25519; p=")
        #expect(try! AgentIdentityRecord("v=AGENTID1; k=ed25519; p=").publicKey == nil)
    }

    @Test("models")
    func models() {
        #expect(AgentModelText.encode(provider: "a b", name: "ü/x", version: nil) == "a%20b/%C3%BC%2Fx")
        #expect(AgentModelText.encode(provider: String(repeating: " ", count: 171), name: "", version: nil) == nil)
    }
}
