import DNS
import TestSupport
import Testing

@testable import Manifest

/// The one pass that nearly every name takes, held against the rules taken one by one.
@Suite struct CanonicalNameTests {
    private static func isHost(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { ManifestReader.isCanonicalHost($0[...]) }
    }

    private static func isMailto(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { MailAddressText.isCanonicalMailto($0) }
    }

    /// RFC 5321 §4.1.2 and RFC 1123 §2.1, label by label.
    private static func isHostByTheRules(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".contains($0) }
            } && !labels.last!.allSatisfy(\.isNumber)
    }

    private static func random(_ alphabet: String, count: Int, _ generator: inout SeededRandom) -> String {
        let letters = Array(alphabet)
        return String((0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }

    @Test(arguments: [
        (String(repeating: "a", count: 63) + ".example", true), (String(repeating: "a", count: 64) + ".example", false),
        (String(repeating: "ab.", count: 83) + "abcd", true), (String(repeating: "ab.", count: 83) + "abcde", false),
        ("example.com.", false), ("", false), (".", false), ("a..b", false), ("192.0.2.1", false), ("a.1b", true),
        ("Example.com", false), ("a_b.example", false), ("é.example", false), ("xn--9ca.example", true),
    ])
    func hosts(text: String, isCanonical: Bool) {
        #expect(Self.isHost(text) == isCanonical)
    }

    @Test func whateverIsTakenIsWhatTheRulesTakeAndCanonical() throws {
        var generator = SeededRandom(seed: 20_261_124)
        var taken = 0
        for _ in 0..<20_000 {
            let text = Self.random("ab1-.A", count: Int.random(in: 1...9, using: &generator), &generator)
            #expect(Self.isHost(text) == Self.isHostByTheRules(text), "\(text)")
            guard Self.isHost(text) else { continue }
            taken += 1
            #expect(try DomainName(text).text == text)
        }
        #expect(taken > 1_000)
    }

    @Test func aCanonicalURIIsOneThatTheSlowWayLeavesAsItIs() throws {
        var generator = SeededRandom(seed: 20_261_125)
        var taken = 0
        for _ in 0..<20_000 {
            let local = Self.random("ab1.+-@!%", count: Int.random(in: 0...5, using: &generator), &generator)
            let host = Self.random("ab1-.A", count: Int.random(in: 1...5, using: &generator), &generator)
            guard Self.isMailto("mailto:\(local)@\(host)") else { continue }
            taken += 1
            let address = try MailAddressText.parse("\(local)@\(host)").get()
            #expect(address.text == "\(local)@\(host)")
            #expect(!local.contains { "%?,;!@".contains($0) })
        }
        #expect(taken > 500)
        let isTaken = ["mailto:a@b.example", "MAILTO:a@b.example", "mailto:a@b.example?subject=x", "mailto:@b.example"]
            .map(Self.isMailto)
        #expect(isTaken == [true, false, false, false])
    }
}
