import DNS
import Keys
import Testing

@testable import MailAuth

/// Parsers fed with what no grammar made: each answers, whatever it answers, and what it accepts survives a round.
@Suite struct RobustnessTests {
    static let rounds = 3000

    static let seeds = [
        "v=spf1 a:%{d1r+}.x.example/24//64 mx ip4:192.0.2.0/24 ip6:2001:db8::/32 include:a.example ?ptr ~all exp=e.example",
        "v=DKIM1; h=sha1:sha256; k=rsa; n=note; s=email; t=y:s; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDw",
        "v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; aspf=r; rua=mailto:a@x.example!10m,mailto:b@y.example; fo=1:d:s; t=y; psd=n",
        "v=1; a=rsa-sha256; c=relaxed/simple; d=d.example; s=s; i=@a.d.example; l=10; t=1; x=2; q=dns/txt; h=From:To; bh=YWJj; b=YWJj",
        "i=2; a=rsa-sha256; cv=pass; d=d.example; s=s; t=1; b=YWJj",
        "me.example 1; spf=pass (c(c)c) reason=\"r\" smtp.mailfrom=a@d.example; dkim=fail header.d=d.example",
        "\"A, B\" (c) <a.b@d.example>, g: c@d.example; , <@r.example:d@e.example>",
        "version: STSv1\r\nmode: enforce\r\nmx: *.x.example\r\nmax_age: 86400\r\n",
        "From: a@d.example\r\nDKIM-Signature: v=1; b=\r\n\tYWJj\r\nARC-Seal: i=1\r\nSubject : x\r\n \r\n\r\nbody  \r\n\r\n",
        "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/xml\r\n\r\n<feedback/>\r\n--b--\r\n",
        "<?xml version='1.0'?><feedback><report_metadata><report_id>&lt;1</report_id><date_range><begin>1</begin><end>2</end>"
            + "</date_range></report_metadata><policy_published><domain>d</domain></policy_published><record/></feedback>",
        "{\"report-id\":\"\\u00fc\",\"date-range\":{\"start-datetime\":\"x\",\"end-datetime\":\"y\"},\"policies\":[{\"policy\":"
            + "{\"policy-type\":\"sts\"},\"summary\":{\"total-failure-session-count\":1e3}}]}",
        "=?utf-8?q?a=20b?= =?iso-8859-1*en?b?YWJj?= x",
    ]

    /// Seeds with octets changed, cut out, doubled and put in from elsewhere.
    static func mutant(_ generator: inout LinearGenerator) -> [UInt8] {
        var octets = Array(seeds[Int(generator.next() >> 33) % seeds.count].utf8)
        for _ in 0...Int(generator.next() >> 61) {
            let place = Int(generator.next() >> 33) % (octets.count + 1)
            switch generator.next() >> 62 {
            case 0: if place < octets.count { octets[place] = UInt8(truncatingIfNeeded: generator.next() >> 40) }
            case 1: octets.removeSubrange(place..<min(octets.count, place + Int(generator.next() >> 61)))
            case 2: octets.insert(contentsOf: octets.prefix(place).suffix(Int(generator.next() >> 59)), at: place)
            default:
                let specials = Array(";:=,@<>()\"\\%{}[]./-+!\r\n\t \0\u{FF}".utf8)
                octets.insert(specials[Int(generator.next() >> 33) % specials.count], at: place)
            }
        }
        return octets
    }

    @Test(arguments: [1, 2, 3]) func everyParserAnswers(seed: UInt64) async throws {
        var generator = LinearGenerator(state: seed)
        for _ in 0..<Self.rounds {
            let octets = Self.mutant(&generator)
            if let record = try? SPFRecord(octets: octets) {
                #expect(try SPFRecord(record.text) == record, "\(record.text)")
            }
            if let record = try? DKIMRecord(octets: octets) {
                #expect(try DKIMRecord(record.text).publicKey == record.publicKey)
            }
            if let record = try? DMARCRecord(octets: octets) {
                #expect(try DMARCRecord(record.text) == record, "\(record.text)")
            }
            _ = try? DKIMSignature(octets[...])
            if let results = AuthenticationResults(octets[...]) {
                #expect(AuthenticationResults(Array(results.body.utf8)[...]) == results, "\(results.body)")
            }
            _ = AddressList(octets[...])
            _ = MTASTSPolicy(octets: octets)
            _ = MTASTSRecord(octets: octets)
            _ = TLSReportRecord(octets: octets)
            _ = BIMIRecord(octets: octets)
            _ = PublicKey(subjectPublicKeyInfo: octets)
            _ = try? MailReport.reports(in: octets)
            _ = try? MailReport.reports(in: Message(octets))
            _ = EncodedWord.decode(octets)
            let message = Message(octets)
            #expect(message.fields.flatMap(\.raw).count <= message.bodyStart)
            for canonicalization in DKIMCanonicalization.allCases {
                let hash = DKIMBodyHash(canonicalization)
                hash.update(message.body)
                #expect(
                    hash.finish()
                        == SHA256.hash(DKIMCanonicalizationTests.plainly(Array(message.body), canonicalization)))
                var output: [UInt8] = []
                for field in message.fields { canonicalization.append(header: field.raw, to: &output) }
            }
        }
    }

    /// Whatever a caller puts into a field, nothing but that field comes of it, or it is refused.
    @Test(arguments: [6, 7]) func nothingBreaksOutOfABuiltMessage(seed: UInt64) throws {
        var generator = LinearGenerator(state: seed)
        var built = 0
        for _ in 0..<Self.rounds {
            var builder = MessageBuilderTests.builder { $0.cc = [.init("c@x.example")] }
            let text = String(decoding: Self.mutant(&generator), as: UTF8.self)
            let short = String(text.prefix(Int(generator.next() >> 59)))
            switch generator.next() >> 61 {
            case 0: builder.from = .init("\(short)@d.example", name: text)
            case 1: builder.subject = text
            case 2: builder.to = [.init("a@d.example", name: short), .init("b@d.example", name: text)]
            case 3: builder.headers = [.init("X-A", text)]
            case 4: builder.headers = [.init(short, "value")]
            case 5: builder.messageID = short + "@d.example"
            case 6: builder.html = text
            default: builder.attachments = [.init(filename: short, content: Array(text.utf8))]
            }
            guard let octets = try? MessageBuilderTests.build(builder).octets else { continue }
            built += 1
            let message = Message(octets)
            let expected =
                ["Date", "From", "To", "Cc", "Subject", "Message-ID"] + builder.headers.map(\.name)
                + ["MIME-Version", "Content-Type"]
            #expect(message.fields.map(\.name.text).prefix(expected.count).elementsEqual(expected))
            #expect(message.fields.count - expected.count <= 1, "Content-Transfer-Encoding, but for a multipart")
            #expect(AddressList(message.fields(named: "from")[0].body)?.mailboxes.count == 1)
            #expect(AddressList(message.fields(named: "to")[0].body)?.mailboxes.count == builder.to.count)
            #expect(octets.split(separator: .lineFeed).allSatisfy { $0.count <= 999 }, "998 octets and a CR")
            #expect(!zip(octets, octets.dropFirst()).contains { ($0 == 13) != ($1 == 10) })
        }
        #expect(built > Self.rounds / 10)
    }

    @Test(arguments: [4, 5]) func everyVerifierAnswers(seed: UInt64) async {
        var generator = LinearGenerator(state: seed)
        for _ in 0..<Self.rounds / 4 {
            let record = Self.mutant(&generator)
            let text = Self.mutant(&generator)
            let resolver = TableResolver([
                ("d.example", .txt(TXTValue(joined: record))),
                ("s._domainkey.d.example", .txt(TXTValue(joined: record))),
                ("_dmarc.d.example", .txt(TXTValue(joined: record))),
            ])
            let message = Message(text)
            _ = await DKIMVerifier(resolver: resolver).verify(message, unixTime: 1)
            _ = await ARCVerifier(resolver: resolver).verify(message, unixTime: 1)
            _ = await DMARCVerifier(resolver: resolver).verify(message, spf: nil, dkim: [])
            let sender = String(decoding: text.prefix(40), as: UTF8.self)
            let result = await SPFVerifier(resolver: resolver).check(
                address: IPAddress("192.0.2.1")!, mailFrom: sender + "@d.example", helo: sender, unixTime: 1)
            #expect(result.lookUpCount <= SPFRecord.lookUpsMax + 1)
        }
    }
}
