import Diagnostics
import Testing

@Suite("Text rendering")
struct TextRendererTests {
    private func render(_ text: String, _ span: SourceSpan, colour: Bool = false, secrets: [SourceSpan] = []) -> String
    {
        let file = SourceFile(path: "manifest.yaml", bytes: Array(text.utf8), secrets: secrets)
        let diagnostic = Diagnostic("ABC001", .error, "Something is wrong", at: span, label: "here")
        return TextRenderer(files: [file], diagnostics: [diagnostic], colour: colour).render(diagnostic)
    }

    private func span(_ line: UInt32, _ from: UInt32, _ to: UInt32, endLine: UInt32? = nil) -> SourceSpan {
        SourceSpan(file: 0, startLine: line, startColumn: from, endLine: endLine ?? line, endColumn: to)
    }

    @Test("The example of the style guide")
    func example() {
        let text = String(repeating: "#\n", count: 13) + "    - include: _spf.crm.example\n"
        let file = SourceFile(path: "manifest.yaml", bytes: Array(text.utf8))
        let diagnostic = Diagnostic(
            "SPF004", .error, "SPF policy exceeds the DNS look-up limit", at: span(13, 15, 31),
            label: "brings the total to 12",
            notes: ["RFC 7208 §4.6.4 allows 10; receivers then answer permerror"],
            helps: ["remove an include, list it under `flatten`, or send from a subdomain"])
        #expect(
            TextRenderer(files: [file], diagnostics: [diagnostic]).render(diagnostic) == """
                error[SPF004]: SPF policy exceeds the DNS look-up limit
                  --> manifest.yaml:14:16
                14 |     - include: _spf.crm.example
                   |                ^^^^^^^^^^^^^^^^ brings the total to 12
                   = note: RFC 7208 §4.6.4 allows 10; receivers then answer permerror
                   = help: remove an include, list it under `flatten`, or send from a subdomain

                """)
    }

    @Test(
        "Tabs, wide and combining characters keep the mark below its text",
        arguments: [
            ("a\tbc", 2, 3, "1 | a   bc\n  |     ^ here"),
            ("日本: x", 4, 5, "1 | 日本: x\n  |       ^ here"),
            ("日本: x", 0, 2, "1 | 日本: x\n  | ^^^^ here"),
            ("cafe\u{301}: x", 7, 8, "1 | cafe\u{301}: x\n  |       ^ here"),
            ("a\u{1B}[31mb", 6, 7, "1 | a\\u{1B}[31mb\n  |            ^ here"),
            ("a\u{202E}b", 2, 3, "1 | a\\u{202E}b\n  |          ^ here"),
            ("key:", 4, 4, "1 | key:\n  |     ^ here"),
            ("key:   ", 9, 12, "1 | key:\n  |        ^ here"),
        ] as [(String, UInt32, UInt32, String)])
    func columns(text: String, from: UInt32, to: UInt32, expected: String) {
        let lines = render(text, span(0, from, to)).split(separator: "\n").dropFirst(2).joined(separator: "\n")
        #expect(lines == expected)
    }

    @Test("A span over several lines is marked to the end of the first")
    func severalLines() {
        #expect(render("a: {\n  b: c }\n", span(0, 3, 8, endLine: 1)).contains("1 | a: {\n  |    ^ here"))
    }

    @Test("What is secret is masked, on every line it covers")
    func masked() {
        let secret = SourceSpan(file: 0, startLine: 0, startColumn: 5, endLine: 0, endColumn: 12)
        let text = render("key: hunter2 # x", span(0, 0, 3), secrets: [secret])
        #expect(text.contains("1 | key: ******* # x"))
        #expect(!text.contains("hunter2"))
    }

    @Test("A long line is cut around the mark")
    func longLine() {
        let text = String(repeating: "a", count: 5_000) + "!" + String(repeating: "b", count: 5_000)
        let lines = render(text, span(0, 5_000, 5_001)).split(separator: "\n")
        #expect(lines[2].hasPrefix("1 | …aaa"))
        #expect(lines[2].hasSuffix("b…"))
        #expect(lines[2].count < 170)
        let mark = lines[3].firstIndex(of: "^")!
        #expect(Array(lines[2])[lines[3].distance(from: lines[3].startIndex, to: mark)] == "!")
    }

    @Test("Colour is there only where asked for")
    func colour() {
        #expect(!render("a", span(0, 0, 1)).contains("\u{1B}"))
        #expect(render("a", span(0, 0, 1), colour: true).hasPrefix("\u{1B}[1;31merror[ABC001]\u{1B}[0m"))
    }

    @Test("Texts from the file cannot forge lines")
    func forged() {
        let diagnostic = Diagnostic("ABC001", .error, "Something is wrong", label: "a\u{1B}[2Jb", notes: ["c\nd"])
        let text = TextRenderer(files: [], diagnostics: [diagnostic]).render(diagnostic)
        #expect(text == "error[ABC001]: Something is wrong\n  = a\\u{1B}[2Jb\n  = note: c\\u{A}d\n")
    }

    @Test("A place beyond the file is named without a line")
    func beyond() {
        #expect(render("a\n", span(7, 0, 1)) == "error[ABC001]: Something is wrong\n --> manifest.yaml:8:1\n  = here\n")
    }
}
