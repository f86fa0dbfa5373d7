import CReference
import MailAuth

/// Canonicalising and hashing a body, beside SHA-256 over the same octets and nothing else.
enum BodyBenchmark {
    static func run(octets count: Int, rounds: Int) {
        let body = MailBenchmark.message(octets: count)[...]
        let octets = Array(body)
        for _ in 0..<rounds {
            let ours = rate(of: octets.count) {
                let hash = DKIMBodyHash(.relaxed)
                hash.update(body)
                _ = hash.finish()
            }
            var digest = [UInt8](repeating: 0, count: 32)
            let raw = rate(of: octets.count) {
                if reference_sha256(octets, octets.count, &digest) != 1 { fatalError("OpenSSL failed") }
            }
            print(ours, raw)
        }
    }

    /// In pieces of 64 KB, as from a pipe.
    static func stream(octets count: Int) {
        let piece = MailBenchmark.message(octets: 65_536)
        let hash = DKIMBodyHash(.relaxed)
        var done = 0
        while done < count {
            hash.update(piece[...])
            done += piece.count
        }
        print(done, hash.finish())
    }
}
