import DNS
import Foundation
import Testing

@testable import Keys
@testable import MailAuth

@Suite struct DKIMVerifierTests {
    static let domain = TableResolver.name("d.example")
    static let text = "From: A <a@d.example>\r\nTo: b@x.example\r\nSubject: one\r\n\r\nA body.\r\n"

    struct Keys: Sendable {
        let signer: Signer
        let record: String
    }

    static let rsa = makeKey(.rsa2048)
    static let ed25519 = makeKey(.ed25519)

    static func makeKey(_ algorithm: KeyAlgorithm) -> Keys {
        let signer = Signer(try! PrivateKey.generate(algorithm))
        return Keys(signer: signer, record: DKIMRecord(publicKey: signer.publicKey).text)
    }

    static func resolver(_ record: String = rsa.record, failing: [String] = []) -> TableResolver {
        TableResolver(
            txt: [("s._domainkey.d.example", record), ("e._domainkey.d.example", ed25519.record)], failing: failing)
    }

    static func signed(
        _ text: String = text, with signer: DKIMSigner = DKIMSigner(domain: domain, selector: "s", key: rsa.signer)
    ) throws -> String {
        String(decoding: try signer.sign(Message(Array(text.utf8)), unixTime: 1000), as: UTF8.self) + text
    }

    static func verdicts(
        _ text: String, _ resolver: TableResolver = resolver(), unixTime: Int64 = 2000,
        acceptsUnsignedBody: Bool = false
    ) async -> [DKIMVerdict] {
        await DKIMVerifier(resolver: resolver, acceptsUnsignedBody: acceptsUnsignedBody)
            .verify(Message(Array(text.utf8)), unixTime: unixTime).map(\.verdict)
    }

    @Test func whatWeSignVerifies() async throws {
        let bodies = [
            "", "A body.\r\n", "no line end", "\r\n\r\n", "8-bit é\r\n" + String(repeating: "x ", count: 5000),
        ]
        for body in bodies {
            for canonicalization in DKIMCanonicalization.allCases {
                var one = DKIMSigner(domain: Self.domain, selector: "s", key: Self.rsa.signer)
                one.headerCanonicalization = canonicalization
                one.bodyCanonicalization = canonicalization
                var two = DKIMSigner(domain: Self.domain, selector: "e", key: Self.ed25519.signer)
                two.identity = "agent@sub.d.example"
                two.lifetimeSeconds = 5000
                let text = "From: a@d.example\r\nSubject: s\r\n\r\n" + body
                let fields = try DKIMSigner.sign(Message(Array(text.utf8)), with: [one, two], unixTime: 1000)
                let message = String(decoding: fields.joined(), as: UTF8.self) + text
                #expect(await Self.verdicts(message) == [.pass, .pass])
                #expect(fields.joined().split(separator: 10).allSatisfy { $0.count <= 79 }, "78 columns and a CR")
            }
        }
    }

    // The attack, and what it gets.
    @Test func changesInTransitAreNoticed() async throws {
        let signed = try Self.signed()
        let attacks: [(String, DKIMVerdict)] = [
            (signed.replacing("A body.", with: "A Body."), .fail(.bodyHash)),
            (signed + "more\r\n", .fail(.bodyHash)),
            (signed + "\r\n\r\n", .pass),
            (signed.replacing("Subject: one", with: "subject:   one  "), .pass),
            (signed.replacing("Subject: one", with: "Subject: two"), .fail(.signature)),
            // Fields added above and below what is signed: oversigning.
            ("From: evil@x.example\r\n" + signed, .fail(.signature)),
            (signed.replacing("\r\n\r\nA", with: "\r\nFrom: evil@x.example\r\n\r\nA"), .fail(.signature)),
            ("Content-Type: text/html\r\n" + signed, .fail(.signature)),
            ("Subject: evil\r\n" + signed, .fail(.signature)),
            ("Received: by x.example\r\n" + signed, .pass),
            // A NUL, and a line end that is none.
            (signed.replacing("A body.", with: "A body.\0"), .fail(.bodyHash)),
            (signed.replacing("Subject: one", with: "Subject: one\nFrom: evil@x.example"), .fail(.signature)),
        ]
        for (message, expected) in attacks {
            #expect(await Self.verdicts(message) == [expected], "\(message.debugDescription)")
        }
    }

    @Test(arguments: [
        ("v=DKIM1; p=", DKIMVerdict.permerror(.revoked)),
        ("v=DKIM1; h=sha1; p=KEY", .permerror(.hashNotAllowed)),
        ("v=DKIM1; h=sha1:sha256; s=*; p=KEY", .pass),
        ("v=DKIM1; s=chat; p=KEY", .permerror(.serviceNotAllowed)),
        ("v=DKIM1; s=email; t=y; p=KEY", .pass),
        ("v=DKIM1; t=s; p=KEY", .pass),
        (ed25519.record, .permerror(.keyType(.ed25519))),
        ("v=DKIM1; k=rsa; p=AAAA", .permerror(.key(.badKey(.rsa)))),
        ("v=DKIM3; p=KEY", .permerror(.key(.version("DKIM3")))),
    ])
    func theKeyRecordDecides(record: String, expected: DKIMVerdict) async throws {
        let record = record.replacing("KEY", with: Self.rsa.record.split(separator: "p=")[1])
        #expect(await Self.verdicts(try Self.signed(), Self.resolver(record)) == [expected])
    }

    @Test func aSubdomainIdentityNeedsAKeyThatAllowsIt() async throws {
        var signer = DKIMSigner(domain: Self.domain, selector: "s", key: Self.rsa.signer)
        signer.identity = "a@sub.d.example"
        let signed = try Self.signed(with: signer)
        #expect(await Self.verdicts(signed) == [.pass])
        let strict = Self.rsa.record.replacing("k=rsa", with: "k=rsa; t=s")
        #expect(await Self.verdicts(signed, Self.resolver(strict)) == [.permerror(.subdomainNotAllowed)])
    }

    @Test func timeIsTheCallers() async throws {
        var signer = DKIMSigner(domain: Self.domain, selector: "s", key: Self.rsa.signer)
        signer.lifetimeSeconds = 60
        let signed = try Self.signed(with: signer)
        #expect(await Self.verdicts(signed, unixTime: 1060) == [.pass])
        #expect(await Self.verdicts(signed, unixTime: 1061) == [.fail(.expired)])
    }

    @Test func absenceAndFailureAreKeptApart() async throws {
        let signed = try Self.signed()
        let name = TableResolver.name("s._domainkey.d.example")
        #expect(await Self.verdicts(signed, TableResolver()) == [.permerror(.noKey(name))])
        #expect(
            await Self.verdicts(signed, TableResolver(failing: ["s._domainkey.d.example"]))
                == [.temperror("TXT of s._domainkey.d.example: no answer")])
        #expect(await Self.verdicts(Self.text) == [])
    }

    /// A signature with tags of the caller's choice; ours never has `l=`.
    static func signed(tags: String, body: String, hashed: String) throws -> String {
        let bodyHash = Base64.encodeText(SHA256.hash(Array(hashed.utf8)).octets)
        let field = "DKIM-Signature: v=1; a=rsa-sha256; d=d.example; s=s; h=From; \(tags) bh=\(bodyHash); b="
        let text = "From: a@d.example\r\n\r\n" + body
        var octets: [UInt8] = []
        DKIMHeaderHash.append(
            signedHeaders: Array("From".utf8)[...], of: Message(Array(text.utf8)), .simple, to: &octets)
        octets += field.utf8
        return field + Base64.encodeText(try rsa.signer.sign(octets)) + "\r\n" + text
    }

    // RFC 6376 §8.2: what l= leaves out, anybody may have added.
    @Test func aPartOfTheBodyThatIsNotSignedIsSeen() async throws {
        let whole = try Self.signed(tags: "l=8;", body: "signed\r\n", hashed: "signed\r\n")
        #expect(await Self.verdicts(whole) == [.pass])
        let added = whole + "<b>added</b>\r\n"
        #expect(await Self.verdicts(added) == [.policy(.unsignedBody(octets: 14))])
        #expect(await Self.verdicts(added, acceptsUnsignedBody: true) == [.pass])
        let none = try Self.signed(tags: "l=0;", body: "anything\r\n", hashed: "")
        #expect(await Self.verdicts(none) == [.policy(.unsignedBody(octets: 10))])
        let short = try Self.signed(tags: "l=9;", body: "signed\r\n", hashed: "signed\r\n")
        #expect(await Self.verdicts(short) == [.fail(.bodyShorterThanSigned)])
        let huge = try Self.signed(
            tags: "l=\(String(repeating: "9", count: 76));", body: "signed\r\n", hashed: "signed\r\n")
        #expect(await Self.verdicts(huge) == [.fail(.bodyShorterThanSigned)])
    }

    @Test(arguments: [
        ("v=1; ", "", DKIMSignatureError.missing("v")),
        ("v=1;", "v=2;", .version("2")),
        ("a=rsa-sha256", "a=rsa-sha1", .algorithm("rsa-sha1")),
        ("d=d.example", "d=other.example; i=@d.example", .identityOutsideDomain("@d.example")),
        ("c=relaxed/relaxed", "c=relaxed/", .canonicalization("relaxed/")),
        ("h=From:From:", "h=", .fromNotSigned),
        ("t=1000", "t=1000; x=1000", .expiresBeforeSigning),
        ("t=1000", "t=soon", .malformed("t")),
        ("s=s;", "s=s; s=s;", .syntax(.duplicate("s"))),
        ("s=s;", "s=s; q=http;", .queryMethod("http")),
        ("bh=", "bh=!", .malformed("bh")),
    ])
    func malformedSignaturesArePermanentErrors(part: String, replacement: String, error: DKIMSignatureError)
        async throws
    {
        let signed = try Self.signed().replacing(part, with: replacement, maxReplacements: 1)
        #expect(await Self.verdicts(signed) == [.permerror(.signature(error))])
    }

    @Test func onlyTheFirstTenSignaturesAreTried() async throws {
        let signed = try Self.signed()
        let field = String(decoding: signed.utf8.dropLast(Self.text.utf8.count), as: UTF8.self)
        let resolver = Self.resolver()
        let verdicts = await Self.verdicts(String(repeating: field, count: 12) + Self.text, resolver)
        #expect(
            verdicts == [DKIMVerdict](repeating: .pass, count: 10) + [
                .permerror(.tooManySignatures), .permerror(.tooManySignatures),
            ])
        #expect(resolver.questions.count == 10)
    }
}

/// Vectors and corpora of others.
@Suite(.enabled(if: SharedSuites.has("dkim"), SharedSuites.absence))
struct DKIMSuiteTests {
    private static func verdicts(
        _ path: String, _ keys: [(String, String)], failing: [String] = [], unixTime: Int64 = 1_800_000_000
    ) async throws -> [DKIMVerdict] {
        try await DKIMVerifier(resolver: TableResolver(txt: keys, failing: failing), acceptsUnsignedBody: true)
            .verify(Message(file: SharedSuites.bytes(path)), unixTime: unixTime).map(\.verdict)
    }

    @Test func rfc8463sMessageVerifiesWithBothKeys() async throws {
        let keys = [
            ("brisbane._domainkey.football.example.com", DKIMRecordTests.ed25519),
            (
                "test._domainkey.football.example.com",
                """
                v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\
                Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G\
                +2kryOTIKT+l/K4w3QIDAQAB
                """
            ),
        ]
        #expect(try await Self.verdicts("dkim/stalwart/001.eml", keys) == [.pass, .pass])
    }

    @Test func stalwartsMessagesVerify() async throws {
        let keys = try Self.records("dkim/stalwart/dns.txt")
        var good = 0
        for number in 1...6 {
            // 005 has expired since.
            let verdicts = try await Self.verdicts(
                "dkim/stalwart/00\(number).eml", keys, unixTime: number == 5 ? 1_617_780_000 : 1_800_000_000)
            if !verdicts.isEmpty, verdicts.allSatisfy({ $0 == .pass }) {
                good += 1
            } else {
                Issue.record("00\(number): \(verdicts)")
            }
        }
        print("Stalwart DKIM: \(good) of 6 pass")
    }

    private static func records(_ path: String) throws -> [(String, String)] {
        String(decoding: try SharedSuites.bytes(path), as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let space = line.firstIndex(of: " ") else { return nil }
            return (String(line[..<space]), line[space...].trimmingCharacters(in: .whitespaces))
        }
    }

    @Test func mailDKIMsCorpusUnderRFC8301() async throws {
        struct Expected: Decodable {
            struct Case: Decodable {
                let family, rfc8301Expect: String
                let skippedUpstream: Bool
            }
            let cases: [String: Case]
            let dnsTxt: [String: String]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let expected = try decoder.decode(
            Expected.self, from: Data(try SharedSuites.bytes("dkim/mail-dkim-expected.json")))
        let failing = expected.dnsTxt.filter { $0.value.hasPrefix("~~") }.map(\.key)
        let keys = expected.dnsTxt.filter { !$0.value.hasPrefix("~~") && $0.value != "NXDOMAIN" && $0.value != "\"\"" }
            .map { ($0.key, $0.value) }
        var usable = 0
        var agreed = 0
        for (file, item) in expected.cases where item.family == "dkim" && !item.skippedUpstream {
            usable += 1
            let verdicts = try await Self.verdicts("dkim/mail-dkim-corpus/" + file, keys, failing: failing)
            if verdicts.contains(.pass) == (item.rfc8301Expect == "pass") {
                agreed += 1
            } else {
                Issue.record("\(file): \(verdicts), the corpus says \(item.rfc8301Expect)")
            }
        }
        print("Mail::DKIM corpus under RFC 8301: \(agreed) of \(usable)")
        #expect(usable == 57)
    }
}
