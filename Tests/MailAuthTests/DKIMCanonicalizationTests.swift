import Keys
import Testing

@testable import MailAuth

@Suite struct DKIMCanonicalizationTests {
    /// RFC 6376 §3.4.3 and §3.4.4 once more, line by line over the whole body: what the streaming one must equal.
    static func plainly(_ body: [UInt8], _ canonicalization: DKIMCanonicalization) -> [UInt8] {
        var lines: [[UInt8]] = [[]]
        var index = 0
        while index < body.count {
            if body[index] == 13, index + 1 < body.count, body[index + 1] == 10 {
                lines.append([])
                index += 2
            } else {
                lines[lines.count - 1].append(body[index])
                index += 1
            }
        }
        if canonicalization == .relaxed {
            lines = lines.map { line in
                var reduced: [UInt8] = []
                for octet in line {
                    let octet = octet == 9 ? 32 : octet
                    if octet != 32 || reduced.last != 32 { reduced.append(octet) }
                }
                if reduced.last == 32 { reduced.removeLast() }
                return reduced
            }
        }
        while lines.last == [] { lines.removeLast() }
        if lines.isEmpty { return canonicalization == .simple ? [13, 10] : [] }
        return lines.flatMap { $0 + [13, 10] }
    }

    static let bodies = [
        "", "\r\n", "\r\n\r\n", " \r\n", "\t", " ", "a", "a\r", "a\r\n", "a\n", "\r", "\n", "a \r\n", "a  b\t\tc \r\n\r\n",
        " C \r\nD \t E\r\n\r\n\r\n", "a\r\n \r\nb\r\n\t \r\n", "a \rb", "a \r\r\nb ", "\ra\r\n\r", "a\r\n\r\n b",
        "é \u{a0}\r\n", "a\r\n\nb\r\n\r\n\n",
    ]

    @Test(arguments: DKIMCanonicalization.allCases)
    func everyCutIntoPiecesGivesTheSameHash(canonicalization: DKIMCanonicalization) {
        for text in Self.bodies {
            let body = Array(text.utf8)
            let expected = SHA256.hash(Self.plainly(body, canonicalization))
            for first in 0...body.count {
                for second in first...body.count {
                    let hash = DKIMBodyHash(canonicalization)
                    hash.update(body[..<first])
                    hash.update(body[first..<second])
                    hash.update(body[second...])
                    #expect(hash.finish() == expected, "\(text.debugDescription) cut at \(first) and \(second)")
                }
            }
        }
    }

    @Test(arguments: DKIMCanonicalization.allCases)
    func longBodiesOfEveryKindGiveTheSameHash(canonicalization: DKIMCanonicalization) {
        var generator = LinearGenerator(state: 7)
        // From prose, where nearly nothing changes, to nothing but white space and line ends.
        for alphabet in ["abcdefgh ijklmnop\r\n", "a \t\r\n", "   \r\n", "word", "\r\n"] {
            let letters = Array(alphabet.utf8)
            for size in [31, 32, 33, 64, 65, 511, 513, 9000, 20000] {
                var body: [UInt8] = []
                while body.count < size {
                    let letter = letters[Int(generator.next() >> 33) % letters.count]
                    body += letter == 13 && generator.next() >> 62 > 0 ? [13, 10] : [letter]
                }
                let expected = Self.plainly(body, canonicalization)
                let hash = DKIMBodyHash(canonicalization)
                var start = 0
                while start < body.count {
                    let end = min(body.count, start + 1 + Int(generator.next() >> 33) % 700)
                    hash.update(body[start..<end])
                    start = end
                }
                #expect(hash.finish() == SHA256.hash(expected))
                #expect(hash.canonicalCount == expected.count)
                let limited = DKIMBodyHash(canonicalization, limit: expected.count / 3)
                limited.update(body[...])
                #expect(limited.finish() == SHA256.hash(Array(expected.prefix(expected.count / 3))))
            }
        }
    }

    // RFC 6376 §3.4.5, and forms that the RFC's rules reach but its example does not.
    @Test(arguments: [
        ("A: X\r\n", "a:X", "A: X"),
        ("B : Y\t\r\n\tZ  \r\n", "b:Y Z", "B : Y\t\r\n\tZ  "),
        ("SUBJect:\r\n  folded\r\n \r\n at once\r\n", "subject:folded at once", "SUBJect:\r\n  folded\r\n \r\n at once"),
        ("Empty:\r\n", "empty:", "Empty:"),
        ("Bare: a\rb\nc\r\n", "bare:a\rb\nc", "Bare: a\rb\nc"),
        ("X:é ü", "x:é ü", "X:é ü"),
    ])
    func headerFields(field: String, relaxed: String, simple: String) {
        for (canonicalization, expected) in [(DKIMCanonicalization.relaxed, relaxed), (.simple, simple)] {
            var output: [UInt8] = []
            canonicalization.append(header: Array(field.utf8)[...], to: &output)
            #expect(String(decoding: output, as: UTF8.self) == expected)
        }
    }

    @Test(arguments: [
        ("DKIM-Signature: v=1; b=abc\r\n def; bh=xyz\r\n", "dkim-signature:v=1; b=; bh=xyz"),
        ("DKIM-Signature: v=1; bh=xyz; b = abc \r\n", "dkim-signature:v=1; bh=xyz; b ="),
        ("DKIM-Signature:b=abc;v=1;", "dkim-signature:b=;v=1;"),
    ])
    func theSignatureIsLeftOutOfItsOwnField(field: String, expected: String) {
        var output: [UInt8] = []
        DKIMHeaderHash.append(signatureField: Array(field.utf8)[...], .relaxed, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }
}

/// Pseudo-random numbers that every run gets alike.
struct LinearGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
