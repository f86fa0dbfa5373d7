import Foundation
import Testing

@testable import CLI

/// What DNS, providers and files bring may not steer a terminal, break JSON, or leave its place in Markdown.
@Suite struct HostileTextTests {
    static let all: [(String, any View)] =
        Samples.views.map { ($0.name, $0.view) } + Samples.errors.map { ("error-\($0.name)", $0.view) }

    @Test(arguments: all.indices) func nothingReachesATerminalRaw(_ index: Int) {
        for format in OutputFormat.allCases {
            let text = format.render(Self.all[index].1, command: "x", style: .plain)
            let bad = text.unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control: scalar != "\n"
                case .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
                default: false
                }
            }
            #expect(bad.isEmpty, "\(Self.all[index].0) as \(format)")
        }
    }

    @Test(arguments: all.indices) func jsonIsJSON(_ index: Int) throws {
        let text = OutputFormat.json.render(Self.all[index].1, command: "x y", style: .plain)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["format"] as? Int == 1)
        #expect(object?["command"] as? String == "x y")
        #expect(
            try Self.keys(in: #require(object)).allSatisfy {
                $0.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }
            })
    }

    @Test func jsonKeepsWhatItEscapes() throws {
        let text = JSONValue.object([
            "a": .string(Samples.hostile), "b": .raw(Array(" { \"x\\\"[\" : [ 1,2 ,{}, []] }".utf8)),
        ]).text
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["a"] as? String == Samples.hostile)
        let inner = object?["b"] as? [String: [Any]]
        #expect(inner?["x\"["]?.count == 4)
    }

    /// Beyond the Basic Multilingual Plane an escape is a surrogate pair (RFC 8259 §7).
    @Test func jsonEscapesTagsAsSurrogates() {
        #expect(JSONValue.string("\u{E0041}").text == "\"\\udb40\\udc41\"\n")
    }

    @Test(arguments: all.indices) func markdownHoldsItsShape(_ index: Int) {
        let reader = MarkdownReader(OutputFormat.markdown.render(Self.all[index].1, command: "x", style: .plain))
        #expect(reader.problems == [], "\(Self.all[index].0)")
        for word in ["script", "@org", "](", "https:"] {
            #expect(!reader.proseOutsideCode.contains(word), "\(Self.all[index].0): \(word)")
        }
    }

    @Test(
        arguments: [
            ("plain", "`plain`"), ("", ""), ("a|b", "<code>a&#124;b</code>"), ("a`b", "<code>a&#96;b</code>"),
            (" a", "<code> a</code>"), ("a\u{1B}b", "`a\\u{1B}b`"), ("|\u{301}", "<code>&#124;\u{301}</code>"),
            ("<b>", "`<b>`"), ("*x*", "`*x*`"), ("a\nb", "`a\\u{A}b`"),
        ])
    func codeSpans(_ text: String, _ expected: String) {
        #expect(MarkdownText.code(text) == expected)
    }

    @Test func fencesOutgrowTheirContent() {
        #expect(MarkdownText.fenced(["a ```` b"]) == "`````\na ```` b\n`````\n")
    }

    private static func keys(in value: Any) -> [String] {
        switch value {
        case let object as [String: Any]: object.flatMap { [$0.key] + keys(in: $0.value) }
        case let array as [Any]: array.flatMap(keys)
        default: []
        }
    }
}
