import DNS
import Testing

@Suite("Domain names")
struct DomainNameTests {
    @Test(
        "User text becomes canonical text",
        arguments: [
            ("example.com", "example.com"),
            ("Example.COM.", "example.com"),
            (".", ""),
            ("a", "a"),
            ("_dmarc.Example.com", "_dmarc.example.com"),
            ("*.example.com", "*.example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            // Non-transitional: the sharp s is a letter of its own.
            ("straße.de", "xn--strae-oqa.de"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("example。com。", "example.com"),
            ("ｅｘａｍｐｌｅ.com", "example.com"),
            ("john\\.doe.example", "john\\.doe.example"),
            ("john\\046doe.example", "john\\.doe.example"),
            ("a\\\\b.example", "a\\\\b.example"),
            ("\\065b.example", "ab.example"),
            ("a\\032b.example", "a\\032b.example"),
            ("a\\000\\255b", "a\\000\\255b"),
            ("\\a\\;.example", "a;.example"),
        ])
    func parses(text: String, canonical: String) throws {
        let name = try DomainName(text)
        #expect(name.text == canonical)
        // Canonical text is a fixed point, and the wire form leads back.
        #expect(try DomainName(canonical.isEmpty ? "." : canonical) == name)
        #expect(try DomainName(wire: name.wireOctets) == name)
        #expect(try DomainName(absolute: name.presentation) == name)
    }

    @Test(
        "What is no name is refused with its reason",
        arguments: [
            ("", DomainNameError(.emptyText)),
            ("..", DomainNameError(.emptyLabel, label: 1)),
            (".example", DomainNameError(.emptyLabel, label: 1)),
            ("a..b", DomainNameError(.emptyLabel, label: 2)),
            ("a.b..", DomainNameError(.emptyLabel, label: 3)),
            ("your company.com", DomainNameError(.forbiddenOctet(0x20), label: 1)),
            ("a.b\u{1B}.c", DomainNameError(.forbiddenOctet(0x1B), label: 2)),
            ("a\u{0}", DomainNameError(.forbiddenOctet(0), label: 1)),
            ("a.b\\", DomainNameError(.badEscape, label: 2)),
            ("a\\25", DomainNameError(.badEscape, label: 1)),
            ("a\\256", DomainNameError(.badEscape, label: 1)),
            ("a\\é", DomainNameError(.badEscape, label: 1)),
        ])
    func refuses(text: String, error: DomainNameError) {
        #expect(throws: error) { try DomainName(text) }
    }

    @Test(
        "libidn2's refusals become errors",
        arguments: ["é\\046b.example", "\u{301}a.example", "a\u{FFFD}b.example", "💩-\u{200D}x.é\u{2028}"])
    func refusesInternational(text: String) {
        let error = #expect(throws: DomainNameError.self) { try DomainName(text) }
        guard case .notInternational = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A label has at most 63 octets, a name 255 on the wire (RFC 1035 §2.3.4)")
    func limits() throws {
        let label63 = String(repeating: "a", count: 63)
        #expect(try DomainName(label63 + ".example").labels[0].count == 63)
        #expect(throws: DomainNameError(.labelTooLong(octets: 64), label: 2)) {
            try DomainName("x." + label63 + "a.example")
        }
        let name255 = [label63, label63, label63, String(repeating: "b", count: 61)].joined(separator: ".")
        for text in [name255, name255 + ".", name255.uppercased()] {
            #expect(try DomainName(text).wireOctets.count == 255)
        }
        #expect(throws: DomainNameError(.nameTooLong(octets: 256))) { try DomainName(name255 + "b") }
        // The same limits through escapes: each `\000` is one octet.
        let escaped63 = String(repeating: "\\000", count: 63)
        #expect(try DomainName(escaped63).labels == [[UInt8](repeating: 0, count: 63)])
        #expect(throws: DomainNameError(.labelTooLong(octets: 64), label: 1)) { try DomainName(escaped63 + "\\000") }
        let escaped255 = [escaped63, escaped63, escaped63, String(repeating: "\\000", count: 61)]
            .joined(separator: ".")
        #expect(try DomainName(escaped255).wireOctets.count == 255)
        #expect(throws: DomainNameError.self) { try DomainName("a." + escaped255) }
    }

    @Test("Labels, parents and names below")
    func tree() throws {
        let name = try DomainName("a\\.b._domainkey.example.com")
        #expect(name.labels == ["a.b", "_domainkey", "example", "com"].map { Array($0.utf8) })
        #expect(name.labelCount == 4)
        #expect(name.firstLabel == "a\\.b")
        #expect(name.parent == (try DomainName("_domainkey.example.com")))
        #expect(try DomainName("com").parent == .root)
        #expect(DomainName.root.parent == nil)
        #expect(DomainName.root.labelCount == 0)
        #expect(DomainName.root.labels.isEmpty)
        #expect(try DomainName("example.com").prepending("k1.Writer._agentid").text == "k1.writer._agentid.example.com")
        #expect(try DomainName.root.prepending("com").text == "com")
        #expect(throws: DomainNameError(.nameTooLong(octets: 256))) {
            let label = String(repeating: "a", count: 61)
            return try DomainName([label, label, label, label].joined(separator: ".")).prepending("_dmarc.")
        }
    }

    @Test(
        "Being below is decided by whole labels",
        arguments: [
            ("example.com", "example.com", true), ("a.example.com", "example.com", true),
            ("aexample.com", "example.com", false), ("example.com", "a.example.com", false),
            ("example.com", ".", true), (".", ".", true), (".", "com", false),
            // The dot before is escaped: one label `a.example`.
            ("a\\.example.com", "example.com", false), ("a\\\\.example.com", "example.com", true),
        ])
    func below(name: String, zone: String, expected: Bool) throws {
        #expect(try DomainName(name).isEqualOrBelow(DomainName(zone)) == expected)
    }

    @Test("Shown with U-labels where they lead back")
    func unicode() throws {
        #expect(try DomainName("_dmarc.xn--bcher-kva.example").unicodeText == "_dmarc.bücher.example")
        #expect(try DomainName("xn--999999999.example").unicodeText == "xn--999999999.example")
        #expect(try DomainName("example.com").unicodeText == "example.com")
        #expect(DomainName.root.unicodeText == ".")
    }

    @Test("Every octet of a label survives text and wire")
    func everyOctet() throws {
        for octet in UInt8.min...UInt8.max {
            let name = try DomainName(wire: [1, octet, 3, 0x61, 0x62, 0x63, 0])
            #expect(try DomainName(name.text) == name)
            #expect(try DomainName(absolute: name.presentation) == name)
            let isUpper = (0x41...0x5A).contains(octet)
            #expect(name.wireOctets == [1, isUpper ? octet | 0x20 : octet, 3, 0x61, 0x62, 0x63, 0])
        }
    }
}
