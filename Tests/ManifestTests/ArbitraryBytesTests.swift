import Diagnostics
import Manifest
import Testing

@Suite("Arbitrary bytes")
struct ArbitraryBytesTests {
    /// Pseudo-random, the same in every run: xorshift64*.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 0x2545_F491_4F6C_DD1D
        }
    }

    private static let corpus = (Fixture.good + Fixture.bad).flatMap { $0.files.map(\.bytes) }.filter {
        $0.count < 8_000
    }

    private func exercise(_ bytes: [UInt8], seed: UInt64) {
        let file = SourceFile(path: "fuzz.yaml", bytes: bytes)
        let result = ManifestLoader().load([file])
        #expect((result.manifest == nil) == result.report.hasErrors, "seed \(seed)")
        _ = result.report.text(colour: true)
        _ = result.report.json()
        if case .success(let formatted) = ManifestFormatter.format(file) {
            let again = ManifestFormatter.format(SourceFile(path: "fuzz.yaml", bytes: formatted))
            #expect((try? again.get()) == formatted, "seed \(seed)")
        }
    }

    @Test("Fixtures with bytes changed, cut, doubled and joined", arguments: 0..<40)
    func mutated(part: Int) {
        for round in 0..<50 {
            let seed = UInt64(part * 1_000 + round + 1)
            var generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
            var bytes = Self.corpus.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: at)
                case 2:
                    bytes.insert(
                        contentsOf: Array("{}[]:,&*#-?|>\n \"'%!<".utf8).shuffled(using: &generator).prefix(2), at: at)
                case 3: bytes.removeSubrange(at...)
                case 4: bytes += Self.corpus.randomElement(using: &generator)!
                default:
                    let end = min(bytes.count, at + Int.random(in: 1...40, using: &generator))
                    bytes.insert(contentsOf: bytes[at..<end], at: at)
                }
            }
            exercise(bytes, seed: seed)
        }
    }

    /// Found by scripts/fuzz.
    @Test(
        "A list whose first item cannot be read has no first item to point at",
        arguments: [0xD3, 0x01, 0x7B] as [UInt8])
    func emptyBlock(octet: UInt8) {
        let bytes: [UInt8] = [UInt8(ascii: "-"), 0x0A, octet]
        exercise(bytes, seed: 0)
        let result = ManifestLoader().load([SourceFile(path: "fuzz.yaml", bytes: bytes)])
        #expect(result.report.hasErrors)
    }

    @Test("Random bytes", arguments: 1...50)
    func random(seed: UInt64) {
        var generator = Generator(state: seed)
        let bytes = (0..<Int.random(in: 0...500, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        exercise(bytes, seed: seed)
    }
}
