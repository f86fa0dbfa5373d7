import Audit
import TestSupport
import Testing

/// RFC 8785, and the strict reader beside it.
@Suite("Canonical JSON")
struct CanonicalJSONTests {
    private func text(_ value: CanonicalJSON) -> String { String(decoding: value.octets, as: UTF8.self) }

    @Test("RFC 8785 §3.2.3: members in the order of UTF-16 code units")
    func order() throws {
        let names = ["\u{20AC}", "\r", "\u{FB33}", "1", "\u{1F600}", "\u{80}", "\u{F6}"]
        let value = CanonicalJSON.object(Dictionary(uniqueKeysWithValues: names.map { ($0, .text($0)) }))
        let expected = ["\\r", "1", "\u{80}", "\u{F6}", "\u{20AC}", "\u{1F600}", "\u{FB33}"]
        #expect(text(value) == "{" + expected.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}")
        #expect(try CanonicalJSONReader.canonical(value.octets) == value)
    }

    @Test("RFC 8785 §3.2.2.2: strings")
    func strings() {
        let value = CanonicalJSON.text("\u{20AC}$\u{0F}\nA'B\"\\\\\"/\u{8}\t\u{C}\r\u{0}\u{1F}\u{7F}")
        #expect(text(value) == #""€$\u000f\nA'B\"\\\\\"/\b\t\f\r\u0000\u001f"# + "\u{7F}\"")
        #expect(throws: Never.self) { try CanonicalJSONReader.canonical(value.octets) }
    }

    @Test(
        "what is read as it was written",
        arguments: [
            "null", "true", "[]", "{}", "0", "-1", "9007199254740991", "-9007199254740991", #""""#,
            #"[1,[2,{"a":[]}]]"#,
            #"{"a":"\u0001","b":{"":0}}"#, "\"\u{10FFFF}\"", "\"e\u{301}\"",
        ])
    func canonical(_ text: String) throws {
        #expect(self.text(try CanonicalJSONReader.canonical(Array(text.utf8))) == text)
    }

    @Test(
        "JSON that is not the canonical text",
        arguments: [
            " 1", "1 ", "[1, 2]", #"{"b":1,"a":2}"#, #""\u0041""#, #""\/""#, #""\u000A""#, #""\u001F""#,
            "\"\\ud83d\\ude00\"", "{\n}",
        ])
    func notCanonical(_ text: String) {
        #expect(throws: Never.self) { try CanonicalJSONReader.any(Array(text.utf8)) }
        #expect(throws: JSONError.self) { try CanonicalJSONReader.canonical(Array(text.utf8)) }
    }

    @Test(
        "what is no JSON of ours",
        arguments: [
            "", " ", "1 2", "[1,]", "[,1]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, #"{"a":1,"a":2}"#,
            "01", "-", "-0", "1.0", "1e3", "1E3", "+1", "9007199254740992", "-9007199254740992",
            "99999999999999999999", "tru", "nul", "True", "NaN", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u+123\"",
            "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "\"\u{0}\"", "[", "{", "]", "'a'", "//",
            "\u{FEFF}1", #"{"a":1"#, "[1",
            String(repeating: "[", count: 19) + String(repeating: "]", count: 19),
        ])
    func refused(_ text: String) {
        #expect(throws: JSONError.self) { try CanonicalJSONReader.any(Array(text.utf8)) }
    }

    @Test("depth is bounded before the stack is")
    func deep() {
        for count in [CanonicalJSONReader.depthMax + 2, 100_000] {
            let error = #expect(throws: JSONError.self) {
                try CanonicalJSONReader.any([UInt8](repeating: UInt8(ascii: "["), count: count))
            }
            #expect(error?.reason.contains("nested deeper") == true)
        }
    }

    @Test(
        "octets that are no UTF-8",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]])
    func notUTF8(_ octets: [UInt8]) {
        #expect(throws: JSONError.self) { try CanonicalJSONReader.any(octets) }
    }

    @Test("any octets are read or refused, and what is read is written back the same")
    func arbitrary() throws {
        var random = SeededRandom(seed: 8785)
        let samples = [#"{"a":["b",-12,true,null],"c":{"d":"\u0001é"}}"#, #"[{"$personal":"x"},0,"\"\\"]"#]
        for round in 0..<20_000 {
            var octets = Array(samples[round % samples.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<octets.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: octets[place] = UInt8.random(in: 0...255, using: &random)
                case 1: octets.remove(at: place)
                default: octets.insert(Array("{}[],:\"\\01ue- ".utf8).randomElement(using: &random)!, at: place)
                }
            }
            guard let value = try? CanonicalJSONReader.any(octets) else { continue }
            #expect(try CanonicalJSONReader.canonical(value.octets) == value)
        }
    }
}
