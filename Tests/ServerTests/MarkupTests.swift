import Testing

@testable import Server

/// Nothing but elements becomes markup, whatever a text says.
@Suite struct MarkupTests {
    @Test(arguments: [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onclick=\"x", "&quot; onclick=&quot;x"), ("' x='", "&#39; x=&#39;"), ("&lt;", "&amp;lt;"),
        ("a\u{0}b\u{1B}c\u{85}d", "a\u{FFFD}b\u{FFFD}c\u{FFFD}d"), ("a\tb\nc", "a\tb\nc"), ("\r", "\u{FFFD}"),
        ("grün – 日本 🙂", "grün – 日本 🙂"), ("", ""),
    ])
    func textIsEscaped(text: String, html: String) {
        #expect(Markup.text(text).html == html)
        #expect(Markup.element(.p, [.title(text)], [.text(text)]).html == "<p title=\"\(html)\">\(html)</p>")
    }

    @Test func elementsAreClosedUnlessTheyAreVoid() {
        #expect(Markup.element(.input, [.name("a"), .required]).html == "<input name=\"a\" required>")
        #expect(Markup.element(.div, [], ["a", .element(.span), "b"]).html == "<div>a<span></span>b</div>")
        // What begins with a line end keeps it.
        #expect(Markup.element(.pre, [], ["\nx"]).html == "<pre>\n\nx</pre>")
    }

    @Test(arguments: [
        (["approvals", "ap_1"], "/approvals/ap_1"), (["a/b", ".."], "/a%2Fb/.."), (["javascript:x"], "/javascript%3Ax"),
        (["é\" \u{0}"], "/%C3%A9%22%20%00"), ([""], "/"), (["\\evil.example"], "/%5Cevil.example"),
    ])
    func pathsStayOnThisServer(segments: [String], text: String) {
        #expect(WebPath(segments).text == text)
    }

    @Test(
        arguments: [
            ("/", "/"), ("/approvals/ap_1", "/approvals/ap_1"), ("/domains/a.test", "/domains/a.test"),
            ("//evil.example", nil), ("/\\evil.example", nil), ("https://evil.example/", nil), ("/sign-out", nil),
            ("//domains/evil.example", "/domains/evil.example"), ("", nil), ("/v1/agents", nil),
            ("/approvals/" + String(repeating: "a", count: 600), nil),
        ] as [(String, String?)])
    func afterSigningInOnlyOurPagesAreGoneTo(asked: String, path: String?) {
        #expect(WebRoute.page(asked)?.text == path)
    }

    @Test(
        arguments: [
            ("a=1&b=2", ["a": "1", "b": "2"]), ("a=x%2By+z", ["a": "x+y z"]), ("a", ["a": ""]), ("", [:]),
            ("a=1&a=2", nil), ("c=1", nil), ("a=%", nil), ("a=%4", nil), ("a=%zz", nil), ("a=%FF", nil),
            ("a=b=c", ["a": "b=c"]),
        ] as [(String, [String: String]?)])
    func formsAreReadStrictly(body: String, fields: [String: String]?) throws {
        let form = try? FormBody(Array(body.utf8), known: ["a", "b"])
        #expect((form == nil) == (fields == nil))
        for (name, value) in fields ?? [:] { #expect(form?[name] == value) }
    }
}
