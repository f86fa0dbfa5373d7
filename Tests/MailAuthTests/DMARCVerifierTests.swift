import DNS
import Foundation
import MailAuth
import Testing

@Suite struct AddressListTests {
    @Test(arguments: [
        ("a@d.example", ["a@d.example"]),
        (" \"Last, First\" (a (nested) comment) <a.b@D.Example> ", ["a.b@d.example"]),
        ("A <a@d.example>, b@e.example", ["a@d.example", "b@e.example"]),
        ("team: a@d.example, B <b@e.example>; , c@f.example", ["a@d.example", "b@e.example", "c@f.example"]),
        ("undisclosed:;", []),
        ("\"a@x.example\" <b@d.example>", ["b@d.example"]),
        ("(a@x.example) b@d.example", ["b@d.example"]),
        ("<@r1.example,@r2.example:a@d.example>", ["a@d.example"]),
        ("\"a b\"@d.example", ["\"a b\"@d.example"]),
        ("a . b @ d . example", ["a.b@d.example"]),
        ("J. Doe <j@d.example>", ["j@d.example"]),
        ("=?utf-8?q?x=40evil.example?= <a@d.example>", ["a@d.example"]),
        ("用户@例え.example", ["用户@xn--r8jz45g.example"]),
        ("A\r\n <a@d.example>", ["a@d.example"]),
    ])
    func reads(text: String, expected: [String]) {
        #expect(AddressList(Array(text.utf8)[...])?.mailboxes.map(\.text) == expected)
    }

    // A look back over all words at each comma would take minutes.
    @Test(.timeLimit(.minutes(1))) func manyTokensAreReadOnce() {
        let text = String(repeating: "a ", count: 100_000) + "<" + String(repeating: ",", count: 100_000)
        #expect(AddressList(Array(text.utf8)[...]) == nil)
    }

    // Each of these is read differently by some reader: none has an author for us.
    @Test(arguments: [
        "a", "a@", "@d.example", "a@d.example b@e.example", "<a@d.example", "a@d.example>", "a@x.example <b@d.example>",
        "<a@x.example> <b@d.example>", "a@b@d.example", "a@[192.0.2.1]", "(unclosed a@d.example",
        "\"unclosed a@d.example",
        "a@d..example", "a..b@d.example", "a@d.example\0", "a\\@d.example", "a@\"d.example\"", "team: a@d.example",
        "<a@d.example>x", "a:b:c@d.example;",
    ])
    func refuses(text: String) {
        #expect(AddressList(Array(text.utf8)[...]) == nil)
    }
}

@Suite struct DMARCVerifierTests {
    static func verdict(_ header: String) async -> DMARCVerdict {
        let resolver = TableResolver(txt: [("_dmarc.d.example", "v=DMARC1; p=reject")])
        return await DMARCVerifier(resolver: resolver).verify(
            Message(Array((header + "\r\n\r\nbody").utf8)), spf: nil, dkim: [TableResolver.name("d.example")]
        ).verdict
    }

    @Test(arguments: [
        ("From: a@d.example", DMARCVerdict.pass),
        ("From: a@d.example, b@d.example", .pass),
        ("From: a@d.example\r\nFrom: b@d.example", .permerror(.severalFromFields)),
        ("From : a@d.example\r\nfrom: b@x.example", .permerror(.severalFromFields)),
        (
            "From: a@d.example, b@x.example",
            .permerror(.severalDomains([TableResolver.name("d.example"), TableResolver.name("x.example")]))
        ),
        ("Subject: s", .permerror(.noFrom)),
        ("From: a@d.example <b@x.example>", .permerror(.malformedFrom)),
        ("From: a@x.example", .none(.noRecord)),
        (String(repeating: "X: y\r\n", count: Message.fieldsMax) + "From: a@d.example", .permerror(.tooManyFields)),
    ])
    func oneAuthorDomainOrNone(header: String, expected: DMARCVerdict) async {
        #expect(await Self.verdict(header) == expected)
    }

    @Test func aFailedQueryIsNeitherPassNorFail() async {
        let resolver = TableResolver(
            txt: [("_dmarc.d.example", "v=DMARC1; p=reject")], failing: ["_dmarc.other.example"])
        let verifier = DMARCVerifier(resolver: resolver)
        let author = TableResolver.name("d.example")
        let other = TableResolver.name("other.example")
        #expect(await verifier.verify(author: author, spf: other, dkim: []).verdict == .temperror("no answer"))
        #expect(await verifier.verify(author: author, spf: other, dkim: [author]).verdict == .pass)
    }
}

/// The cases of mailauth's tests for RFC 9989.
@Suite(.enabled(if: SharedSuites.has("dmarc/mailauth-dmarc-cases.json"), SharedSuites.absence))
struct DMARCSuiteTests {
    /// Cases whose zone the collection lost: the record that the case's name and expectation speak of.
    static let lostZones: [String: [(String, String)]] = [
        "Should return pass when DKIM aligns": [("example.com", "v=DMARC1; p=reject")],
        "Should return pass when SPF aligns": [("example.com", "v=DMARC1; p=quarantine")],
        "Should return fail when neither DKIM nor SPF aligns": [("example.com", "v=DMARC1; p=reject")],
        "Should return none when no DMARC record exists": [],
        "Should parse all common tags": [("example.com", "v=DMARC1; p=quarantine; sp=reject; pct=50")],
        "Should handle minimal DMARC record": [("example.com", "v=DMARC1; p=none")],
        "Should handle split TXT records": [("example.com", "v=DMARC1; p=reject; pct=100")],
        "Should use p= policy for direct domain": [("example.com", "v=DMARC1; p=reject; sp=none")],
        "Should use sp= policy for subdomain with org domain record": [
            ("example.com", "v=DMARC1; p=reject; sp=quarantine")
        ],
        "Should use p= policy for subdomain when sp= not set": [("example.com", "v=DMARC1; p=reject")],
        "Should use relaxed DKIM alignment by default": [("example.com", "v=DMARC1; p=reject")],
        "Should fail strict DKIM alignment when only the org domain matches (adkim=s)": [
            ("example.com", "v=DMARC1; p=reject; adkim=s")
        ],
        "Should pass strict DKIM alignment when the signing domain is identical (adkim=s)": [
            ("example.com", "v=DMARC1; p=reject; adkim=s")
        ],
        "Should pass strict DKIM alignment when the signing domain matches a subdomain author (adkim=s)": [
            ("example.com", "v=DMARC1; p=reject; adkim=s")
        ],
        "Should fail strict DKIM alignment for different org domain": [("example.com", "v=DMARC1; p=reject; adkim=s")],
        "Should use relaxed SPF alignment by default": [("example.com", "v=DMARC1; p=reject")],
        "Should fail strict SPF alignment when only the org domain matches (aspf=s)": [
            ("example.com", "v=DMARC1; p=reject; aspf=s")
        ],
        "Should pass strict SPF alignment when the SPF domain is identical (aspf=s)": [
            ("example.com", "v=DMARC1; p=reject; aspf=s")
        ],
        "Should pass when SPF aligns relaxed even though DKIM strict fails (adkim=s; aspf=r)": [
            ("example.com", "v=DMARC1; p=reject; adkim=s; aspf=r")
        ],
        "Should fallback to org domain when subdomain has no record": [("example.com", "v=DMARC1; p=reject")],
        "Should not fallback when subdomain has its own record": [
            ("mail.example.com", "v=DMARC1; p=reject"), ("example.com", "v=DMARC1; p=none"),
        ],
        "Should handle IDN domains": [("xn--e1afmkfd.xn--p1ai", "v=DMARC1; p=reject")],
        "Should return raw record in rr field": [("example.com", "v=DMARC1; p=reject; pct=100")],
    ]

    /// Properties of mailauth's own result that ours has no like of: nothing of DMARC's hangs on them.
    static let foreignPaths = ["info", "rr", "status.comment", "error", "pct", "underSized", "status.header"]

    @Test func casesOfMailauth() async throws {
        let cases =
            try JSONSerialization.jsonObject(
                with: Data(try SharedSuites.bytes("dmarc/mailauth-dmarc-cases.json"))) as! [[String: Any]]
        var agreed = 0
        var checked = 0
        for item in cases {
            let name = item["name"] as! String
            var results: [DMARCResult?] = []
            for call in item["calls"] as! [[String: Any]] { results.append(await Self.run(call, case: name)) }
            var isAgreed = true
            for expectation in item["expect"] as! [[String: Any]] {
                guard let holds = Self.holds(expectation, results) else { continue }
                checked += 1
                if !holds {
                    isAgreed = false
                    Issue.record("\(name): \(expectation) but \(results)")
                }
            }
            if isAgreed { agreed += 1 }
        }
        print("mailauth's DMARC cases: \(agreed) of \(cases.count), \(checked) expectations checked")
        #expect(cases.count == 63)
    }

    private static func run(_ call: [String: Any], case name: String) async -> DMARCResult? {
        var records: [(String, RecordData)] = []
        for (owner, types) in call["zone"] as? [String: [String: Any]] ?? [:] {
            for text in types["TXT"] as? [[String]] ?? [] { records.append((owner, .txt(TXTValue(text.joined())))) }
            if types["A"] != nil { records.append((owner, .a(IPAddress("192.0.2.10")!))) }
            if types["MX"] != nil {
                records.append((owner, .mx(preference: 1, exchange: TableResolver.name("mx.example.com"))))
            }
        }
        if records.isEmpty {
            let lost =
                lostZones[name]
                ?? (name == "returns none when no DMARC record exists" ? [] : [("example.com", "v=DMARC1; p=reject")])
            records = lost.map { ("_dmarc." + $0.0, .txt(TXTValue($0.1))) }
        }
        let fails = name == "Should return temperror on DNS failure"
        let resolver = TableResolver(fails ? [] : records, failing: fails ? ["_dmarc.example.com"] : [])
        let froms = call["headerFrom"] as? [String] ?? [call["headerFrom"] as! String]
        let authors = froms.map { $0.contains("@") ? $0 : "x@" + $0 }
        func domains(_ key: String) -> [DomainName] {
            (call[key] as? [Any] ?? []).map {
                TableResolver.name(($0 as? [String: Any])?["domain"] as? String ?? $0 as! String)
            }
        }
        // Several authors are several From fields, or one: DMARC is not done for either.
        let header =
            authors.count == 1 ? "From: \(authors[0])" : authors.map { "From: \($0)" }.joined(separator: "\r\n")
        return await DMARCVerifier(resolver: resolver).verify(
            Message(Array((header + "\r\n\r\n").utf8)), spf: domains("spfDomains").first, dkim: domains("dkimDomains"))
    }

    /// nil: about a property that we don't have.
    private static func holds(_ expectation: [String: Any], _ results: [DMARCResult?]) -> Bool? {
        let path = (expectation["path"] as! String).split(separator: ".", maxSplits: 1).map(String.init)
        let result = results[Int(path[0].dropFirst())!]!
        let argument = (expectation["args"] as? [Any])?.first as? String
        guard path.count == 2 else {
            switch argument {
            case nil: return result.verdict == .permerror(.severalFromFields)
            case "policy": return result.policy == nil
            default: return nil
            }
        }
        if foreignPaths.contains(where: { path[1].hasSuffix($0) || path[1].hasPrefix($0) }) { return nil }
        switch path[1] {
        case "status.result": return result.verdict.name == argument
        case "policy": return result.policy?.rawValue == argument
        case "p": return result.record?.policy.rawValue == argument
        case "sp": return result.record?.subdomainPolicy?.rawValue == argument
        case "domain": return result.recordDomain?.text == argument
        case "alignment.dkim.strict":
            return (result.record?.dkimAlignment == .strict) == (expectation["ops"] as! [String]).contains("true")
        case "alignment.spf.strict":
            return (result.record?.spfAlignment == .strict) == (expectation["ops"] as! [String]).contains("true")
        case "alignment.dkim.result":
            return !result.dkim.contains { $0.alignment == .aligned }
        case "alignment.spf.result":
            // mailauth names the organizational domain here.
            return result.spf?.alignment == .aligned
        default: return false
        }
    }
}
