import DNS
import MailAuth
import Testing

@Suite struct SPFRecordTests {
    // Read, written: RFC 7208's own forms, then the habits of published records.
    @Test(arguments: [
        ("v=spf1", "v=spf1"),
        ("V=SPF1 +MX A:Mail.Example.COM. -ALL", "v=spf1 mx a:mail.example.com -all"),
        ("v=spf1   ip4:192.0.2.1/32  ip6:2001:DB8::/32 ?all ", "v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 ?all"),
        ("v=spf1 a/24//64 mx:x.example//48 mx/0 ~all", "v=spf1 a/24//64 mx:x.example//48 mx/0 ~all"),
        ("v=spf1 Redirect=_SPF.Example.com", "v=spf1 redirect=_spf.example.com"),
        (
            "v=spf1 exp=why.example.com -include:X.example exists:%{ir}.%{L1r-}.sbl.Example.com -all",
            "v=spf1 -include:x.example exists:%{ir}.%{L1r-}.sbl.Example.com -all exp=why.example.com"
        ),
        (
            "v=spf1 moo.cow-far_out=man:dog/cat ptr ptr:example.org",
            "v=spf1 ptr ptr:example.org moo.cow-far_out=man:dog/cat"
        ),
        ("v=spf1 a:foo:bar/baz.example.com", "v=spf1 a:foo:bar/baz.example.com"),
    ])
    func readsAndWritesCanonically(text: String, canonical: String) throws {
        let record = try SPFRecord(text)
        #expect(record.text == canonical)
        #expect(try SPFRecord(record.text) == record)
    }

    @Test(arguments: [
        ("v=spf10 all", SPFSyntaxError.Reason.notSPF, ""),
        ("v=spf1mx", .notSPF, ""),
        ("v=spf1\tmx", .notSPF, ""),
        ("v=spf1 moo", .unknownMechanism, "moo"),
        ("v=spf1 moo.cow/far_out=man:dog/cat", .unknownMechanism, "moo.cow/far_out=man:dog/cat"),
        ("v=spf1 redirect:t2.example.com", .unknownMechanism, "redirect:t2.example.com"),
        ("v=spf1 -all.", .unknownMechanism, "-all."),
        ("v=spf1 -all:foobar", .unexpectedArgument, "-all:foobar"),
        ("v=spf1 -all/8", .unexpectedArgument, "-all/8"),
        ("v=spf1 ptr/0", .unexpectedArgument, "ptr/0"),
        ("v=spf1 include", .missingDomain, "include"),
        ("v=spf1 a: -all", .missingDomain, "a:"),
        ("v=spf1 exp=", .missingDomain, "exp="),
        ("v=spf1 a:museum", .badDomain, "a:museum"),
        ("v=spf1 a:museum.", .badDomain, "a:museum."),
        ("v=spf1 a:111.222.33.44", .badDomain, "a:111.222.33.44"),
        ("v=spf1 a:example.-com", .badDomain, "a:example.-com"),
        ("v=spf1 a:example.com:8080", .badDomain, "a:example.com:8080"),
        ("v=spf1 a:x.example/24/24", .badDomain, "a:x.example/24/24"),
        ("v=spf1 exists:%(ir).example.com", .badMacro, "exists:%(ir).example.com"),
        ("v=spf1 exists:%{d0}.example.com", .badMacro, "exists:%{d0}.example.com"),
        ("v=spf1 exp=%{r}.example.com", .badMacro, "exp=%{r}.example.com"),
        ("v=spf1 foo=%abc", .badMacro, "foo=%abc"),
        ("v=spf1 ip4", .badAddress, "ip4"),
        ("v=spf1 ip4:1.2.3", .badAddress, "ip4:1.2.3"),
        ("v=spf1 ip4:2001:db8::1", .badAddress, "ip4:2001:db8::1"),
        ("v=spf1 ip6:192.0.2.1", .badAddress, "ip6:192.0.2.1"),
        ("v=spf1 ip4:1.2.3.4/33", .badPrefixLength, "ip4:1.2.3.4/33"),
        ("v=spf1 ip4:1.2.3.4/032", .badPrefixLength, "ip4:1.2.3.4/032"),
        ("v=spf1 ip4:1.2.3.4//32", .badPrefixLength, "ip4:1.2.3.4//32"),
        ("v=spf1 a/33", .badPrefixLength, "a/33"),
        ("v=spf1 a//129", .badPrefixLength, "a//129"),
        ("v=spf1 a/24/64", .badPrefixLength, "a/24/64"),
        ("v=spf1 redirect=a.example redirect=b.example", .duplicateModifier, "redirect=b.example"),
        ("v=spf1 =all", .badModifierName, "=all"),
        ("v=spf1 1up=foo", .badModifierName, "1up=foo"),
        ("v=spf1 mx\tall", .forbiddenOctet(9), "mx\tall"),
    ])
    func refuses(text: String, reason: SPFSyntaxError.Reason, term: String) {
        let error = #expect(throws: SPFSyntaxError.self) { try SPFRecord(text) }
        #expect(error?.reason == reason)
        #expect(error?.term == term)
        if !term.isEmpty, let error {
            #expect(
                String(decoding: Array(text.utf8).dropFirst(error.offset).prefix(term.utf8.count), as: UTF8.self)
                    == term)
        }
    }

    @Test(arguments: [
        ("v=spf1 ip4:192.0.2.1 -all", 0),
        ("v=spf1 a mx ptr include:a.example exists:b.example ip6:::1 -all", 5),
        ("v=spf1 mx redirect=a.example", 2),
        ("v=spf1 mx -all redirect=a.example", 1),
        ("v=spf1 mx -all a a a", 1),
    ])
    func countsItsOwnLookUps(text: String, count: Int) throws {
        #expect(try SPFRecord(text).lookUpCount == count)
    }
}

@Suite struct SPFMergeTests {
    @Test func keepsForeignTermsBehindOurs() throws {
        let merge = SPFMerge(terms: [SPFTerm(.include("send.example"))], all: .softfail)
        let standing = try SPFRecord("v=spf1 include:_spf.crm.example ip4:192.0.2.7 -all exp=why.example.com x=y")
        let merged = merge.merged(into: [standing])
        #expect(
            merged.text
                == "v=spf1 include:send.example include:_spf.crm.example ip4:192.0.2.7 ~all exp=why.example.com x=y")
        #expect(merge.merged(into: [merged]) == merged)
        #expect(merge.merged(into: []).text == "v=spf1 include:send.example ~all")
    }

    @Test(arguments: [
        // Ours, from earlier, is dropped; its neighbour stays.
        (
            SPFMerge(terms: [], all: .fail, earlierTerms: [SPFTerm(.include("old.example"))]),
            ["v=spf1 include:old.example a -all"], "v=spf1 a -all"
        ),
        // Exclusive.
        (
            SPFMerge(terms: [SPFTerm(.mx(nil))], all: .fail, isExclusive: true),
            ["v=spf1 include:x.example ?all redirect=y.example"], "v=spf1 mx -all"
        ),
        // Two records become one, and equal terms one.
        (
            SPFMerge(terms: [SPFTerm(.mx(nil))], all: .fail), ["v=spf1 a ?mx ~all", "v=spf1 a include:y.example +all"],
            "v=spf1 mx a include:y.example -all"
        ),
        // What stood behind all had no effect, and gets none.
        (SPFMerge(terms: [], all: .softfail), ["v=spf1 a -all include:dead.example"], "v=spf1 a ~all"),
        // A foreign redirect that had an effect goes on having it.
        (
            SPFMerge(terms: [SPFTerm(.mx(nil))], all: .softfail), ["v=spf1 ip4:192.0.2.1 redirect=_spf.host.example"],
            "v=spf1 mx ip4:192.0.2.1 include:_spf.host.example ~all"
        ),
        (SPFMerge(terms: [], all: .softfail), ["v=spf1 a -all redirect=_spf.host.example"], "v=spf1 a ~all"),
        // Ours.
        (
            SPFMerge(terms: [SPFTerm(.a(nil))], all: nil, redirect: "r.example"), ["v=spf1 mx redirect=r.example"],
            "v=spf1 a mx redirect=r.example"
        ),
        (
            SPFMerge(terms: [], all: .fail, earlierRedirects: ["r.example"]), ["v=spf1 mx redirect=r.example"],
            "v=spf1 mx -all"
        ),
    ])
    func merges(merge: SPFMerge, standing: [String], expected: String) throws {
        let merged = merge.merged(into: try standing.map { text throws in try SPFRecord(text) })
        #expect(merged.text == expected)
        #expect(merge.merged(into: [merged]) == merged, "merging what was merged changes nothing")
    }
}

@Suite struct SPFNetworkTests {
    @Test(arguments: [
        (["192.0.2.1", "192.0.2.0"], ["192.0.2.0/31"]),
        (["192.0.2.0/25", "192.0.2.128/25", "192.0.2.7"], ["192.0.2.0/24"]),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], ["192.0.2.1/32", "192.0.2.2/31"]),
        (["2001:db8::1", "203.0.113.9", "2001:db8::"], ["203.0.113.9/32", "2001:db8::/127"]),
        (["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"]),
        (["255.255.255.255", "255.255.255.254", "::/0", "ffff::1"], ["255.255.255.254/31", "::/0"]),
        (["10.0.0.9/8"], ["10.0.0.0/8"]),
        ([], []),
    ])
    func minimalBlocks(given: [String], expected: [String]) {
        let networks = given.map { text in
            let parts = text.split(separator: "/")
            let address = IPAddress(String(parts[0]))!
            return parts.count == 1 ? SPFNetwork(address) : SPFNetwork(address, prefix: UInt8(parts[1])!)
        }
        #expect(SPFNetwork.minimal(networks).map(\.description) == expected)
        #expect(SPFNetwork.minimal(networks.reversed()).map(\.description) == expected)
    }

    @Test func containsByPrefix() {
        let network = SPFNetwork(IPAddress("192.0.2.77")!, prefix: 26)
        #expect(network.description == "192.0.2.64/26")
        #expect(network.contains(IPAddress("192.0.2.127")!))
        #expect(!network.contains(IPAddress("192.0.2.128")!))
        #expect(!network.contains(IPAddress("::ffff:192.0.2.77")!))
        #expect(SPFNetwork(IPAddress("::")!, prefix: 0).contains(IPAddress("ffff::")!))
    }
}

@Suite struct SPFFlatteningTests {
    static let resolver = TableResolver(
        [
            (
                "crm.example",
                .txt(TXTValue("v=spf1 include:n.crm.example a:h.crm.example/31 mx ~all include:never.example"))
            ),
            ("crm.example", .mx(preference: 1, exchange: TableResolver.name("h.crm.example"))),
            ("n.crm.example", .txt(TXTValue("v=spf1 ip4:192.0.2.0/25 ip6:2001:db8::/48 redirect=m.crm.example"))),
            ("m.crm.example", .txt(TXTValue("v=spf1 ip4:192.0.2.128/25 include:n.crm.example -all"))),
            ("h.crm.example", .a(IPAddress("203.0.113.5")!)), ("h.crm.example", .aaaa(IPAddress("2001:db8:1::1")!)),
            ("macro.example", .txt(TXTValue("v=spf1 exists:%{i}.x.example -all"))),
            ("not.example", .txt(TXTValue("v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all"))),
            ("open.example", .txt(TXTValue("v=spf1 +all"))),
            ("last.example", .txt(TXTValue("v=spf1 ip4:192.0.2.0/24 ~ip4:198.51.100.0/24 -all"))),
            ("late.example", .txt(TXTValue("v=spf1 a:down.example -all"))),
        ], failing: ["down.example"])

    @Test func addressesOfEverythingBelow() async throws {
        let terms = try await SPFFlattener(resolver: Self.resolver).flatten([TableResolver.name("crm.example")]).get()
        #expect(
            terms.map(\.mechanism) == [
                .ip4(IPAddress("192.0.2.0")!, prefix: 24), .ip4(IPAddress("203.0.113.4")!, prefix: 31),
                .ip6(IPAddress("2001:db8::")!, prefix: 48), .ip6(IPAddress("2001:db8:1::1")!, prefix: 128),
            ])
        let last = try await SPFFlattener(resolver: Self.resolver).flatten([TableResolver.name("last.example")]).get()
        #expect(last.map(\.mechanism) == [.ip4(IPAddress("192.0.2.0")!, prefix: 24)])
    }

    @Test(arguments: [
        ("macro.example", "macro.example holds \"exists:%{i}.x.example\", which depends on the sender"),
        ("not.example", "not.example holds \"-ip4:192.0.2.1\", which cannot be flattened"),
        ("open.example", "open.example lets every address pass"), ("none.example", "none.example has no SPF record"),
        ("late.example", "down.example A could not be looked up: no answer"),
    ])
    func whatNoListOfAddressesSays(domain: String, reason: String) async {
        let result = await SPFFlattener(resolver: Self.resolver).flatten([TableResolver.name(domain)])
        let failure = #expect(throws: SPFFlattener.Failure.self) { try result.get() }
        #expect(failure?.reason == reason)
    }
}

@Suite struct SPFLookUpCountTests {
    static let resolver = TableResolver(
        txt: [
            ("two.example", "v=spf1 a mx -all a a"),
            ("four.example", "v=spf1 include:two.example redirect=none.example"),
            ("loop.example", "v=spf1 include:loop.example include:loop.example -all"),
        ], failing: ["down.example"])

    @Test(arguments: [
        ("v=spf1 ip4:192.0.2.1 a include:two.example -all", [1, 3], 0),
        ("v=spf1 include:four.example exists:%{i}.x.example redirect=two.example", [5, 1, 3], 1),
        ("v=spf1 include:down.example include:%{d}.x.example -all", [1, 1], 2),
        ("v=spf1 -all redirect=two.example include:two.example", [], 0),
    ])
    func counts(text: String, counts: [Int], unknown: Int) async throws {
        let count = await SPFLookUpCount(of: try SPFRecord(text), resolver: Self.resolver)
        #expect(count.parts.map(\.count) == counts)
        #expect(count.unknown.count == unknown)
        #expect(!count.isOverLimit)
    }

    @Test func aLoopEnds() async throws {
        let count = await SPFLookUpCount(
            of: try SPFRecord("v=spf1 include:loop.example -all"), resolver: Self.resolver)
        #expect(count.isOverLimit)
        #expect(count.total == SPFLookUpCount.countMax)
    }

    @Test(
        "the order of terms that all pass does not count, and a last ?all neither",
        arguments: [
            ("v=spf1 a mx -all", "v=spf1 mx a -all", true), ("v=spf1 a ?all", "v=spf1 a", true),
            ("v=spf1 a -all", "v=spf1 a ~all", false), ("v=spf1 a -all", "v=spf1 a mx -all", false),
            ("v=spf1 -a mx -all", "v=spf1 mx -a -all", false), ("v=spf1 a redirect=b.example", "v=spf1 a", false),
            ("v=spf1 a -all exp=e.example", "v=spf1 a -all", false), ("v=spf1 a -all mx", "v=spf1 a -all", false),
        ])
    func sameMeaning(_ left: String, _ right: String, _ isSame: Bool) throws {
        #expect(try SPFRecord(left).saysTheSame(as: SPFRecord(right)) == isSame)
        #expect(try SPFRecord(right).saysTheSame(as: SPFRecord(left)) == isSame)
    }
}
