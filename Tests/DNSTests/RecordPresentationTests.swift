import DNS
import Testing

@Suite("RDATA as master-file text")
struct RecordPresentationTests {
    static func name(_ text: String) -> DomainName { try! DomainName(text) }

    static let written: [(RecordData, String)] = [
        (.a(IPAddress("192.0.2.1")!), "192.0.2.1"),
        (.aaaa(IPAddress("2001:db8::1")!), "2001:db8::1"),
        (.ns(name("ns1.example.com")), "ns1.example.com."),
        (.cname(.root), "."),
        (.ptr(name("a\\;b.example")), "a\\;b.example."),
        (.mx(preference: 0, exchange: .root), "0 ."),
        (.mx(preference: 65_535, exchange: name("mx.example")), "65535 mx.example."),
        (.txt(TXTValue("v=spf1 -all")), "\"v=spf1 -all\""),
        (.txt(TXTValue("")), "\"\""),
        (.txt(TXTValue("a\"b\\c;d é")), "\"a\\\"b\\\\c;d \\195\\169\""),
        (.txt(TXTValue(strings: [Array("one".utf8), [], Array("two".utf8)])), "\"one\" \"\" \"two\""),
        (
            .soa(
                StartOfAuthority(
                    primary: name("ns1.example"), mailbox: name("john\\.doe.example"), serial: 4_294_967_295,
                    refresh: 1, retry: 2, expire: 3, minimum: 60)),
            "ns1.example. john\\.doe.example. 4294967295 1 2 3 60"
        ),
        (.opaque(type: RecordType("CAA")!, octets: [0, 5, 0x69]), "\\# 3 000569"),
        (.opaque(type: RecordType("TYPE731")!, octets: []), "\\# 0"),
    ]

    @Test("Written as the table says, and read back the same", arguments: written)
    func writes(data: RecordData, text: String) throws {
        #expect(data.presentation == text)
        #expect(try RecordData(type: data.type, presentation: text) == data)
    }

    @Test(
        "Other forms are read too",
        arguments: [
            (RecordType.txt, "v=spf1 -all", RecordData.txt(TXTValue("v=spf1-all"))),
            (.txt, "\"café\"", .txt(TXTValue("café"))),
            (.txt, " \t\"a\"\"b\" c\\032d ", .txt(TXTValue("abc d"))),
            (.txt, "\"a\nb\"", .txt(TXTValue("a\nb"))),
            (.txt, "\\# 3 02 61 62", .txt(TXTValue("ab"))),
            (.txt, "\"\\# 1\"", .txt(TXTValue("# 1"))),
            (.a, "\\# 4 C0000201", .a(IPAddress("192.0.2.1")!)),
            (.mx, "10  MX.Example.COM.", .mx(preference: 10, exchange: name("mx.example.com"))),
            (.aaaa, "2001:DB8:0:0::1", .aaaa(IPAddress("2001:db8::1")!)),
        ])
    func accepts(type: RecordType, text: String, data: RecordData) throws {
        #expect(try RecordData(type: type, presentation: text) == data)
    }

    @Test(
        "The split into strings survives",
        arguments: [["a", "", "b"], ["", ""], [String(repeating: "x", count: 255), "y"]])
    func split(strings: [String]) throws {
        let value = TXTValue(strings: strings.map { Array($0.utf8) })
        #expect(try TXTValue(presentation: value.presentation).strings == value.strings)
    }

    @Test(
        "What is no such data is refused",
        arguments: [
            (RecordType.txt, "", RecordPresentationError.fieldCount(.txt, expected: 1, found: 0)),
            (.txt, "\"a", .unterminatedString),
            (.txt, "\"a\\\"", .unterminatedString),
            (.txt, "\"a\\2x\"", .badEscape),
            (.txt, "\"\\256\"", .badEscape),
            (.txt, "v=DMARC1; p=none", .unquotedSpecial(UInt8(ascii: ";"))),
            (.txt, "( a )", .unquotedSpecial(UInt8(ascii: "("))),
            (.txt, "\"" + String(repeating: "a", count: 256) + "\"", .stringTooLong(octets: 256)),
            (.txt, "\\# 2 0561", .badGenericData(.txt)),
            (.a, "2001:db8::1", .badAddress("2001:db8::1")),
            (.aaaa, "192.0.2.1", .badAddress("192.0.2.1")),
            (.a, "\\# 3 010203", .badGenericData(.a)),
            (.a, "\\# 4 0102030", .badGenericData(.a)),
            (.ns, "ns1.example", .badName("ns1.example", DomainNameError(.relative))),
            (.ns, "ns1.example\\.", .badName("ns1.example\\.", DomainNameError(.relative))),
            (.mx, "mx.example.", .fieldCount(.mx, expected: 2, found: 1)),
            (.mx, "65536 mx.example.", .badNumber("65536")),
            (.mx, "+1 mx.example.", .badNumber("+1")),
            (RecordType("CAA")!, "0 issue \"ca.example\"", .unknownType(RecordType("CAA")!)),
        ])
    func refuses(type: RecordType, text: String, error: RecordPresentationError) {
        #expect(throws: error) { try RecordData(type: type, presentation: text) }
    }

    @Test("Every octet survives, alone and among others")
    func everyOctet() throws {
        for octet in UInt8.min...UInt8.max {
            for value in [
                [octet], [0x61, octet, 0x62], [octet, octet], [octet, UInt8(ascii: "1"), UInt8(ascii: "2")],
            ] {
                let text = TXTValue(strings: [value]).presentation
                #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
                #expect(try TXTValue(presentation: text).strings == [value])
            }
        }
        #expect(
            try TXTValue(presentation: TXTValue(strings: [Array(0...254)]).presentation).strings == [Array(0...254)])
    }

    @Test(
        "Lengths about each string's end",
        arguments: [0, 1, 254, 255, 256, 509, 510, 511, 764, 765, 766])
    func lengths(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let value = TXTValue(joined: generator.octets(count))
        #expect(value.strings.count == max(1, (count + 254) / 255))
        let read = try TXTValue(presentation: value.presentation)
        #expect(read.strings == value.strings)
        #expect(try RecordData(type: .txt, wire: RecordData.txt(value).wireOctets) == .txt(value))
    }

    @Test("Random octets never crash the reader, and what it reads it writes alike")
    func random() throws {
        let alphabet = Array("\"\\; ()#0123456789ab.é\n\t".utf8)
        for seed in 0..<3000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let octets = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator)!
            }
            let text = String(decoding: octets, as: UTF8.self)
            for type in [RecordType.txt, .mx, .ns, .soa, .a] {
                guard let data = try? RecordData(type: type, presentation: text) else { continue }
                #expect(try RecordData(type: type, presentation: data.presentation) == data, "seed \(seed)")
            }
        }
    }
}
