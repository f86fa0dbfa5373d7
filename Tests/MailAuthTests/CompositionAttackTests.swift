import DNS
import Foundation
import Testing

@testable import Keys
@testable import MailAuth

/// Attacks that need no broken mechanism, only two readers who understand one message differently. Each row states the
/// attack and the verdict; the victim's policy is reject.
///
/// The attacker signs with a key of its own for attacker.example and passes SPF for it; what must never happen is a
/// DMARC pass for victim.example.
@Suite struct CompositionAttackTests {
    static let attacker = TableResolver.name("attacker.example")
    static let victim = TableResolver.name("victim.example")

    static func resolver() -> TableResolver {
        TableResolver(txt: [
            ("s._domainkey.attacker.example", DKIMVerifierTests.rsa.record),
            ("s._domainkey.victim.example", DKIMVerifierTests.ed25519.record),
            ("_dmarc.attacker.example", "v=DMARC1; p=none"), ("_dmarc.victim.example", "v=DMARC1; p=reject"),
        ])
    }

    /// What a receiver does: SPF passes for the attacker's MAIL FROM.
    static func receive(_ octets: [UInt8]) async -> (dkim: [DKIMVerdict], dmarc: DMARCResult) {
        let resolver = resolver()
        let message = Message(octets)
        let dkim = await DKIMVerifier(resolver: resolver).verify(message, unixTime: 2000)
        let passing = dkim.filter { $0.verdict == .pass }.compactMap { $0.signature?.domain }
        return (
            dkim.map(\.verdict),
            await DMARCVerifier(resolver: resolver).verify(message, spf: attacker, dkim: passing)
        )
    }

    static func sign(_ text: String, as domain: DomainName) throws -> [UInt8] {
        let key = domain == victim ? DKIMVerifierTests.ed25519.signer : DKIMVerifierTests.rsa.signer
        let octets = Array(text.utf8)
        return try DKIMSigner(domain: domain, selector: "s", key: key).sign(Message(octets), unixTime: 1000) + octets
    }

    struct Attack: Sendable, CustomTestStringConvertible {
        let attack: String
        let header: String
        let verdict: DMARCVerdict

        init(_ attack: String, _ header: String, _ verdict: DMARCVerdict) {
            self.attack = attack
            self.header = header
            self.verdict = verdict
        }

        var testDescription: String { attack }
    }

    static let several = DMARCVerdict.permerror(.severalFromFields)
    static let malformed = DMARCVerdict.permerror(.malformedFrom)
    static let rejected = DMARCVerdict.fail(.reject)

    /// Signed by the attacker, who is entitled to sign for itself.
    static let fromAttacks = [
        Attack(
            "two From fields, the attacker's first", "From: a@attacker.example\r\nFrom: v@victim.example", several),
        Attack("two From fields, the victim's first", "From: v@victim.example\r\nFrom: a@attacker.example", several),
        Attack("two From fields alike", "From: a@attacker.example\r\nFrom: a@attacker.example", several),
        Attack(
            "a second From with a space before its colon", "From: a@attacker.example\r\nFrom : v@victim.example",
            several),
        Attack("a second From in another case", "From: a@attacker.example\r\nfROM: v@victim.example", several),
        Attack(
            "two authors of two domains in one field", "From: a@attacker.example, v@victim.example",
            .permerror(.severalDomains([attacker, victim]))),
        Attack(
            "a group of authors", "From: team: v@victim.example, a@attacker.example;",
            .permerror(.severalDomains([attacker, victim]))),
        Attack("an empty group", "From: victim@victim.example:;", malformed),
        Attack("no From at all", "Sender: v@victim.example", .permerror(.noFrom)),
        Attack("a From without a name", "From: v", malformed),
        Attack("a NUL that ends the domain for some", "From: v@victim.example\0.attacker.example", malformed),
        Attack("a NUL in the local part", "From: a\0@attacker.example", malformed),
        Attack("a NUL in the field's name", "From\0: v@victim.example", .permerror(.noFrom)),
        Attack("a bare LF before a second From", "From: a@attacker.example\nFrom: v@victim.example", malformed),
        Attack("a bare CR before a second From", "From: a@attacker.example\rFrom: v@victim.example", malformed),
        Attack(
            "a bare LF in an earlier field", "Subject: x\nFrom: v@victim.example\r\nFrom: a@attacker.example", .pass),
        Attack(
            "a bare CR in an earlier field", "Subject: x\rFrom: v@victim.example\r\nFrom: a@attacker.example", .pass),
        Attack("CR CR LF for an end of the header", "Subject: x\r\r\nFrom: v@victim.example", rejected),
        Attack("a folded name", "Fr\r\n om: v@victim.example", .permerror(.noFrom)),
        Attack(
            "a second address on a folded line of blanks", "From: a@attacker.example\r\n \r\n v@victim.example",
            malformed),
        Attack("the victim's address in a comment", "From: (v@victim.example) a@attacker.example", .pass),
        Attack("the attacker's address in a comment", "From: v@victim.example (a@attacker.example)", rejected),
        Attack("a comment inside the address", "From: v@victim.example(.attacker.example)", rejected),
        Attack("nested comments", "From: v@(a(b)c@attacker.example)victim.example", rejected),
        Attack("comments that never end", "From: v@victim.example (a@attacker.example", malformed),
        Attack("the victim's address as display name", "From: v@victim.example <a@attacker.example>", malformed),
        Attack("the same, quoted", "From: \"v@victim.example\" <a@attacker.example>", .pass),
        Attack(
            "an escaped quote in a display name", "From: \"\\\" <a@attacker.example>\" <v@victim.example>", rejected),
        Attack("two addresses in brackets", "From: <a@attacker.example> <v@victim.example>", malformed),
        Attack("brackets in brackets", "From: <<v@victim.example>@attacker.example>", malformed),
        Attack("a route", "From: <@attacker.example:v@victim.example>", rejected),
        Attack("a source route by percent sign", "From: v%victim.example@attacker.example", .pass),
        Attack("a quoted local part with an @", "From: \"v@victim.example\"@attacker.example", .pass),
        Attack(
            "the victim's address in an encoded word", "From: =?utf-8?q?v=40victim=2Eexample?= <a@attacker.example>",
            .pass),
        Attack("an encoded word alone", "From: =?utf-8?q?v=40victim=2Eexample?=", malformed),
        Attack("an encoded word for a domain", "From: v@=?utf-8?q?victim.example?=", malformed),
        Attack(
            "an encoded word with brackets", "From: =?utf-8?b?PHZAdmljdGltLmV4YW1wbGU+?= <a@attacker.example>", .pass),
        Attack("a domain literal", "From: v@[192.0.2.1]", malformed),
        Attack("a final dot", "From: v@victim.example.", malformed),
        Attack("an escape in the domain", "From: v@victim\\.example", malformed),
        Attack("a full stop that is not ASCII", "From: v@victim\u{3002}example", rejected),
        Attack("letters of full width", "From: v@ｖｉｃｔｉｍ.example", rejected),
        Attack("a letter of another script", "From: v@v\u{456}ctim.example", .none(.noRecord)),
        Attack("upper case", "From: v@VICTIM.EXAMPLE", rejected),
        Attack("a name below the victim's", "From: v@x.victim.example", rejected),
        Attack("a name below the victim's, with an octet of its own", "From: v@a_b.victim.example", rejected),
    ]

    @Test(arguments: fromAttacks)
    func nobodyPassesForAnother(attack: Attack) async throws {
        let octets = try Self.sign(attack.header + "\r\nTo: r@x.example\r\n\r\nBody.\r\n", as: Self.attacker)
        let received = await Self.receive(octets)
        #expect(received.dkim == [.pass], "the attacker's own signature is good")
        #expect(received.dmarc.verdict == attack.verdict)
        // A pass is for the attacker's own domain, and says so.
        if received.dmarc.verdict == .pass { #expect(received.dmarc.author == Self.attacker) }
    }

    static let honest = "From: v@victim.example\r\nTo: r@x.example\r\nSubject: one\r\n\r\nBody.\r\n"

    struct Change: Sendable, CustomTestStringConvertible {
        let attack: String
        let change: @Sendable (String) -> String
        let verdict: DKIMVerdict

        init(_ attack: String, _ verdict: DKIMVerdict, _ change: @escaping @Sendable (String) -> String) {
            self.attack = attack
            self.verdict = verdict
            self.change = change
        }

        var testDescription: String { attack }
    }

    /// To a message that the victim signed.
    static let changes = [
        Change("nothing at all", .pass) { $0 },
        Change("a From added above", .fail(.signature)) { "From: a@attacker.example\r\n" + $0 },
        Change("a From added below", .fail(.signature)) {
            $0.replacing("\r\n\r\n", with: "\r\nFrom: a@attacker.example\r\n\r\n")
        },
        Change("a Subject added", .fail(.signature)) { "Subject: two\r\n" + $0 },
        Change("a Reply-To added, which had not been there", .fail(.signature)) {
            "Reply-To: a@attacker.example\r\n" + $0
        },
        Change("a Content-Type that hides the body", .fail(.signature)) {
            "Content-Type: multipart/mixed; boundary=x\r\n" + $0
        },
        Change("a field that nobody signs", .pass) { "X-Note: hello\r\n" + $0 },
        Change("white space that relaxed canonicalisation forgives", .pass) {
            $0.replacing("Subject: one", with: "Subject:\r\n\t one  ")
        },
        Change("a NUL in a signed field", .fail(.signature)) { $0.replacing("one", with: "one\0") },
        Change("a bare LF in a signed field", .fail(.signature)) { $0.replacing("one", with: "one\nX: y") },
        Change("a bare CR in a signed field", .fail(.signature)) { $0.replacing("one", with: "one\rX: y") },
        Change("a bare LF in the body", .fail(.bodyHash)) { $0.replacing("Body.", with: "Body.\n") },
        Change("a bare CR in the body", .fail(.bodyHash)) { $0.replacing("Body.", with: "Body.\r") },
        Change("text behind the body", .fail(.bodyHash)) { $0 + "More.\r\n" },
        Change("empty lines behind the body, which are not part of it", .pass) { $0 + "\r\n\r\n" },
        Change("l=0 added", .fail(.bodyHash)) { $0.replacing("v=1;", with: "v=1; l=0;") },
        Change("l=5 added, and text behind", .fail(.bodyHash)) {
            $0.replacing("v=1;", with: "v=1; l=5;") + "More.\r\n"
        },
        Change("x= added", .fail(.signature)) { $0.replacing("v=1;", with: "v=1; x=9999;") },
        Change("d= twice", .permerror(.signature(.syntax(.duplicate("d"))))) {
            $0.replacing("d=victim.example;", with: "d=victim.example; d=attacker.example;")
        },
        Change("h= twice", .permerror(.signature(.syntax(.duplicate("h"))))) {
            $0.replacing("v=1;", with: "v=1; h=From;")
        },
        Change("i= of another domain", .permerror(.signature(.identityOutsideDomain("ceo@attacker.example")))) {
            $0.replacing("v=1;", with: "v=1; i=ceo@attacker.example;")
        },
        Change(
            "i= of a name that only ends alike", .permerror(.signature(.identityOutsideDomain("a@notvictim.example")))
        ) {
            $0.replacing("v=1;", with: "v=1; i=a@notvictim.example;")
        },
        Change("an upper-case tag in place of the real one", .permerror(.signature(.missing("d")))) {
            $0.replacing("d=victim.example;", with: "D=victim.example;")
        },
        Change("a tag that is a comment to some", .permerror(.signature(.syntax(.malformed("(d=x)"))))) {
            $0.replacing("v=1;", with: "v=1; (d=x);")
        },
        Change("From taken out of h=", .permerror(.signature(.fromNotSigned))) {
            $0.replacing("h=From:From:", with: "h=")
        },
        Change("rsa-sha1", .permerror(.signature(.algorithm("rsa-sha1")))) {
            $0.replacing("a=ed25519-sha256", with: "a=rsa-sha1")
        },
        Change("the other algorithm, to confuse the key", .permerror(.keyType(.ed25519))) {
            $0.replacing("a=ed25519-sha256", with: "a=rsa-sha256")
        },
    ]

    @Test(arguments: changes)
    func whatIsChangedIsSeen(change: Change) async throws {
        let signed = String(decoding: try Self.sign(Self.honest, as: Self.victim), as: UTF8.self)
        let changed = change.change(signed)
        #expect(change.attack == "nothing at all" || changed != signed, "the change changes something")
        let received = await Self.receive(Array(changed.utf8))
        #expect(received.dkim == [change.verdict])
        #expect((received.dmarc.verdict == .pass) == (change.verdict == .pass), "\(received.dmarc.verdict)")
    }

    // The last field of a name is signed first (RFC 6376 §5.4.2): one added on top is what the oversigned name covers.
    @Test func aMessageBelowAnotherHeaderIsNotVouchedFor() async throws {
        let signed = try Self.sign(Self.honest, as: Self.victim)
        let wrapped = Array("From: v@victim.example\r\nTo: r@x.example\r\n\r\n".utf8) + signed
        let received = await Self.receive(wrapped)
        #expect(received.dkim == [], "a signature in a body is none")
        #expect(received.dmarc.verdict == .fail(.reject))
    }

    // RFC 6376 §3.6.1, t=s: the key's owner does not allow identities below its domain.
    @Test func aSubdomainIdentityAgainstAStrictKey() async throws {
        let octets = Array(Self.honest.utf8)
        var signer = DKIMSigner(domain: Self.victim, selector: "s", key: DKIMVerifierTests.ed25519.signer)
        signer.identity = "ceo@board.victim.example"
        let signed = try signer.sign(Message(octets), unixTime: 1000) + octets
        let strict = DKIMVerifierTests.ed25519.record.replacing("k=ed25519", with: "k=ed25519; t=s")
        for (record, verdict) in [
            (DKIMVerifierTests.ed25519.record, DKIMVerdict.pass), (strict, .permerror(.subdomainNotAllowed)),
        ] {
            let verifier = DKIMVerifier(resolver: TableResolver(txt: [("s._domainkey.victim.example", record)]))
            #expect(await verifier.verify(Message(signed), unixTime: 2000).map(\.verdict) == [verdict])
        }
    }

    // RFC 6376 §8.2: l= leaves the end of a body to anybody.
    @Test func aSignedPrefixWithAStrangersEnding() async throws {
        let whole = try DKIMVerifierTests.signed(tags: "l=8;", body: "signed\r\n", hashed: "signed\r\n")
        let resolver = DKIMVerifierTests.resolver()
        let message = Message(Array((whole + "<h1>Pay here</h1>\r\n").utf8))
        let results = await DKIMVerifier(resolver: resolver).verify(message, unixTime: 2000)
        #expect(results.map(\.verdict) == [.policy(.unsignedBody(octets: 19))], "not a pass, so DMARC has nothing")
    }

    @Test(arguments: [
        // Of two tags alike the first counts (RFC 9989 §4.8); of two records none does (§4.10.1).
        (["v=DMARC1; p=reject; p=none"], DMARCVerdict.fail(.reject)),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], .none(.severalRecords)),
        (["v=DMARC1; p=reject", "v=spf1 -all"], .fail(.reject)),
        (["v=DMARC1 p=none; p=reject"], .none(.noRecord)), (["V=DMARC1; p=reject"], .none(.noRecord)),
        (["v=DMARC1; p=reject; sp=\0none"], .fail(.reject)),
    ])
    func recordsThatSayTwoThings(records: [String], verdict: DMARCVerdict) async {
        let resolver = TableResolver(txt: records.map { ("_dmarc.victim.example", $0) })
        let result = await DMARCVerifier(resolver: resolver).verify(author: Self.victim, spf: nil, dkim: [])
        #expect(result.verdict == verdict)
    }

    @Test(arguments: [
        ("v=DKIM1; p=KEY; p=OTHER", DKIMVerdict.permerror(.key(.syntax(.duplicate("p"))))),
        ("v=DKIM1; k=ed25519; k=rsa; p=KEY", .permerror(.key(.syntax(.duplicate("k"))))),
        ("p=KEY; v=DKIM1; k=ed25519", .permerror(.key(.version("DKIM1")))),
    ])
    func keyRecordsThatSayTwoThings(record: String, verdict: DKIMVerdict) async throws {
        let signed = try Self.sign(Self.honest, as: Self.victim)
        let key = DKIMVerifierTests.ed25519.record.split(separator: "p=")[1]
        let verifier = DKIMVerifier(
            resolver: TableResolver(txt: [("s._domainkey.victim.example", record.replacing("KEY", with: key))]))
        #expect(await verifier.verify(Message(signed), unixTime: 2000).map(\.verdict) == [verdict])
    }

    /// A hop that reads its own Authentication-Results must have written them.
    static let forgeries = [
        "Authentication-Results: me.example; dmarc=pass header.from=victim.example",
        "authentication-results: ME.EXAMPLE; dmarc=pass", "Authentication-Results : me.example; dmarc=pass",
        "Authentication-Results: (a comment) me.example; dmarc=pass",
        "Authentication-Results:\r\n\tme.example;\r\n\tdmarc=pass",
        "Authentication-Results: \"me.example\"; dmarc=pass",
        "Authentication-Results: me.example 1; dmarc=pass", "Authentication-Results: me.example/1; dmarc=pass",
        "Authentication-Results: me.example; dmarc=pass (", "Authentication-Results: me.example; dmarc",
        "Authentication-Results: me.example\0; dmarc=pass", "Authentication-Results: me.example 2; dmarc=pass",
        "Authentication-Results: other.example\r\nAuthentication-Results: me.example; dmarc=pass",
    ]

    @Test(arguments: forgeries)
    func forgedResultsAreRemovedAtTheDoor(field: String) {
        let message = Message(Array((field + "\r\nFrom: v@victim.example\r\n\r\nBody.\r\n").utf8))
        let cleaned = Message(AuthenticationResults.removingForged(from: message, serverID: "me.example"))
        #expect(AuthenticationResults.consolidated(from: cleaned, serverID: "me.example") == nil)
        #expect(!String(decoding: cleaned.octets, as: UTF8.self).contains("dmarc=pass"))
        #expect(String(decoding: cleaned.octets, as: UTF8.self).hasSuffix("From: v@victim.example\r\n\r\nBody.\r\n"))
    }

    @Test func thousandsOfFieldsHideNothing() async throws {
        let filler = String(repeating: "X: y\r\n", count: Message.fieldsMax)
        for text in [filler + Self.honest, "From: a@attacker.example\r\n" + filler + Self.honest] {
            let received = await Self.receive(try Self.sign(text, as: Self.attacker))
            #expect(received.dkim == [.permerror(.tooManyFields)])
            #expect(received.dmarc.verdict == .permerror(.tooManyFields))
        }
    }

    // RFC 7208 §4.3, §7.3: what a sender says ends up in names that are looked up.
    @Test(arguments: [
        ("a@victim.example\0.attacker.example", "none"), ("a@", "none"), ("@", "none"), ("a@b@victim.example", "fail"),
        ("a@victim..example", "none"), ("a@" + String(repeating: "a.", count: 200) + "example", "none"),
        ("a b@victim.example", "fail"), ("\"a@attacker.example\"@victim.example", "fail"), ("a@[192.0.2.1]", "none"),
    ])
    func hostileMAILFROM(mailFrom: String, verdict: String) async {
        let resolver = TableResolver(txt: [
            ("victim.example", "v=spf1 exists:%{l}.%{d} -all"), ("attacker.example", "v=spf1 +all"),
        ])
        let result = await SPFVerifier(resolver: resolver).check(
            address: IPAddress("192.0.2.1")!, mailFrom: mailFrom, helo: "x.example", unixTime: 0)
        #expect(result.verdict.name == verdict, "\(result.verdict)")
    }

    // A chain says who vouches, not that anybody should believe them: it never turns a DMARC failure into a pass.
    @Test func aChainOfTheAttackersOwnIsNoPass() async throws {
        let octets = try Self.sign(Self.honest, as: Self.attacker)
        let sealer = ARCSealer(domain: Self.attacker, selector: "s", key: DKIMVerifierTests.rsa.signer)
        let claims = AuthenticationResults(
            serverID: "mx.victim.example",
            results: [.init("dmarc", "pass", properties: [.init("header", "from", "victim.example")])])
        let verifier = ARCVerifier(resolver: Self.resolver())
        let chain = await verifier.verify(Message(octets), unixTime: 1)
        let sealed = try #require(try sealer.seal(Message(octets), results: claims, chain: chain, unixTime: 1)) + octets
        let result = await verifier.verify(Message(sealed), unixTime: 1)
        #expect(result.verdict == .pass && result.sealers == [Self.attacker], "whose word it is stands there")
        #expect(await Self.receive(sealed).dmarc.verdict == .fail(.reject))
    }

    @Test(arguments: [
        ("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=attacker.example; s=s; b=AA==\r\n", ARCFailure.structure),
        ("ARC-Authentication-Results: i=1; x\r\nARC-Authentication-Results: i=1; y\r\n", .structure),
        ("ARC-Authentication-Results: i=0; x\r\n", .structure), ("ARC-Authentication-Results: i=01; x\r\n", .structure),
        ("ARC-Authentication-Results: i=99999999999999999999; x\r\n", .structure),
    ])
    func brokenChainsFail(fields: String, failure: ARCFailure) async {
        let message = Message(Array((fields + Self.honest).utf8))
        let verdict = await ARCVerifier(resolver: Self.resolver()).verify(message, unixTime: 1).verdict
        #expect(verdict == .fail(failure))
    }
}
