import MailAuth
import Testing

@Suite struct AuthenticationResultsTests {
    typealias Result = AuthenticationResults.Result
    typealias Property = AuthenticationResults.Result.Property

    // RFC 8601 appendix B, and fields as they are met.
    @Test(arguments: [
        ("example.org 1; none", "example.org", []),
        ("example.org", "example.org", []),
        (
            " example.com;\r\n\tspf=pass smtp.mailfrom=example.net", "example.com",
            [Result("spf", "pass", properties: [Property("smtp", "mailfrom", "example.net")])]
        ),
        (
            "example.com; auth=pass (cram-md5) smtp.auth=sender@example.com; spf=fail smtp.mailfrom=example.com;",
            "example.com",
            [
                Result(
                    "auth", "pass", comments: ["cram-md5"], properties: [Property("smtp", "auth", "sender@example.com")]
                ),
                Result("spf", "fail", properties: [Property("smtp", "mailfrom", "example.com")]),
            ]
        ),
        (
            "x.example; dkim=FAIL (1024-bit (rsa) key) reason=\"bad \\\"sig; nature\" header.i=\"@d.example\" header.b=AbCd+/=",
            "x.example",
            [
                Result(
                    "dkim", "fail", comments: ["1024-bit (rsa) key"], reason: "bad \"sig; nature",
                    properties: [Property("header", "i", "@d.example"), Property("header", "b", "AbCd+/=")])
            ]
        ),
        (
            "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
            "foo.example.net",
            [
                Result(
                    "dkim", "fail",
                    comments: [
                        "Because I like it", "One yay", "wait for it", "A dot can go here", "like that",
                        "this surprised me", "as I wasn't expecting it",
                    ], properties: [Property("policy", "expired", "1362471462")])
            ]
        ),
    ])
    func reads(text: String, serverID: String, results: [Result]) {
        let found = AuthenticationResults(Array(text.utf8)[...])
        #expect(found == AuthenticationResults(serverID: serverID, results: results))
        if let found { #expect(AuthenticationResults(Array(found.body.utf8)[...]) == found, "what we write we read") }
    }

    @Test(arguments: [
        "", ";", "x.example 2; none", "x.example; spf", "x.example; spf=", "x.example; spf=pass smtp.mailfrom",
        "x.example; spf=pass (open", "x.example; spf=pass reason=\"open", "x.example; spf=pass \0", "x.example; =pass",
    ])
    func refuses(text: String) {
        #expect(AuthenticationResults(Array(text.utf8)[...]) == nil)
    }

    /// A quoted authserv-id may hold what a plain one may not, and is written so that it reads as the same.
    @Test(arguments: ["a@b.example", "me.example/1", "a b", "\"", "x;y"])
    func anyServerIDIsWrittenReadably(_ serverID: String) {
        let results = AuthenticationResults(serverID: serverID, results: [Result("spf", "pass")])
        #expect(AuthenticationResults(Array(results.body.utf8)[...]) == results)
    }

    @Test func valuesCannotBreakOutOfTheField() {
        let evil = AuthenticationResults(
            serverID: "me.example",
            results: [
                Result(
                    "spf", "fail", comments: ["x) smtp.mailfrom=evil.example (", "line\r\nFrom: x"],
                    reason: "\r\nTo: y\"",
                    properties: [Property("smtp", "mailfrom", "a; dkim=pass"), Property("smtp", "helo", "\r\nCc: z")])
            ])
        let message = Message(Array((evil.field + "\r\nbody").utf8))
        #expect(message.fields.count == 1)
        let read = AuthenticationResults(message.fields[0].body)
        #expect(read?.results.count == 1)
        #expect(read?.results.first?.value == "fail")
        #expect(read?.results.first?.property("smtp", "mailfrom") == "a; dkim=pass")
        #expect(read?.results.first?.comments.first == "x) smtp.mailfrom=evil.example (")
    }

    @Test("however long a stranger's text, no line is too long, and what is cut names nobody (RFC 5322 §2.1.1)")
    func longValues() throws {
        let long = String(repeating: "\\\"", count: 2000)
        let name = String(repeating: "é", count: 120) + "@x.example"
        let results = AuthenticationResults(
            serverID: "me.example",
            results: [
                Result(
                    "spf", "fail", comments: [long], reason: long,
                    properties: [
                        Property("smtp", "mailfrom", String(repeating: "é", count: 2000) + "@x.example"),
                        Property("smtp", "helo", name),
                    ]),
                Result(
                    "dkim", "pass", comments: ["2048-bit key"],
                    properties: ["d", "s", "a", "b"].map { Property("header", $0, String(repeating: $0, count: 40)) }),
            ])
        let lines = results.field.split(separator: "\r\n").map(\.utf8.count)
        #expect(lines.allSatisfy { $0 <= 998 } && lines.suffix(4).allSatisfy { $0 <= 78 })
        let message = Message(Array((results.field + "\r\nbody").utf8))
        #expect(message.fields.count == 1)
        let read = try #require(AuthenticationResults(message.fields[0].body))
        #expect(read.body == results.body && read.results[1] == results.results[1])
        #expect(read.results[0].property("smtp", "helo") == name)
        let cut = try #require(read.results[0].property("smtp", "mailfrom"))
        #expect(cut.utf8.count <= 256 && cut.hasSuffix("é...") && !cut.contains("\u{FFFD}"))
    }

    @Test func forgedFieldsAreRemovedAndOnlyThose() {
        let text = """
            Authentication-Results: other.example; spf=pass\r\n\
            Authentication-Results: ME.example; dkim=pass\r\n\
            Subject: s\r\n\
            authentication-results : me.example;\r\n dmarc=pass\r\n\
            Authentication-Results: me.example; spf=\r\n\
            \r\n\
            Authentication-Results: me.example; in=body\r\n
            """
        let cleaned = AuthenticationResults.removingForged(from: Message(Array(text.utf8)), serverID: "me.example")
        #expect(
            String(decoding: cleaned, as: UTF8.self)
                == "Authentication-Results: other.example; spf=pass\r\nSubject: s\r\n\r\nAuthentication-Results: me.example; in=body\r\n"
        )
    }
}
