import Diagnostics
import Testing

@Suite("Did you mean")
struct SuggestionTests {
    @Test(
        arguments: [
            ("polcy", ["policy", "keys"], "policy"),
            ("monitord", ["read_only", "monitored"], "monitored"),
            ("EDGE", ["edge"], "edge"),
            ("sned", ["sends", "spf"], "sends"),
            ("ab", ["xy"], nil),
            ("a", ["b"], nil),
            ("colour", ["spf", "dkim"], nil),
            ("", ["a"], nil),
        ] as [(String, [String], String?)])
    func closest(word: String, known: [String], expected: String?) {
        #expect(Suggestion.closest(to: word, among: known) == expected)
    }

    @Test("A swap of neighbours is one edit")
    func swap() {
        #expect(Suggestion.closest(to: "ab", among: ["ba"]) == "ba")
    }

    @Test("Long words are not compared")
    func bounded() {
        let long = String(repeating: "a", count: 65)
        #expect(Suggestion.closest(to: long, among: [long]) == nil)
    }
}
