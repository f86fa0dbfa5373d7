package import Audit
package import Keys
import Synchronization

/// Keys, entries and random octets for tests of the log.
package enum LogSamples {
    /// RFC 8410 §10.3.
    private static let pem = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----

        """
    /// Made with `openssl genpkey -algorithm ed25519`.
    private static let otherPEM = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----

        """
    package static let signer = try! Signer(pem: Array(pem.utf8))
    package static let otherSigner = try! Signer(pem: Array(otherPEM.utf8))
    package static let key = VerifierKey(logKey: signer.publicKey)!

    /// The same octets each time: no two calls of one process share any, unless they ask from the same start.
    package static func random(seed: UInt64) -> @Sendable (Int) -> [UInt8] {
        let source = SeededSource(seed: seed)
        return { count in source.octets(count) }
    }

    /// Different in everything that the log is asked by.
    package static func entry(_ number: Int) -> LogEntry {
        let kinds = LogKind.allCases.filter { $0 != .personalErased }
        return LogEntry(
            kinds[number % kinds.count], timeMilliseconds: 1_790_000_000_000 + Int64(number) * 10,
            domain: number % 5 == 0 ? nil : "d\(number % 7).example.test",
            agent: number % 3 == 0 ? nil : "agent-\(number % 11)", message: number % 2 == 0 ? nil : "m-\(number / 4)",
            details: [
                "number": .integer(Int64(number)), "recipients": [.personal("person\(number)@example.test")],
                "nested": ["deep": ["ok": .bool(number % 2 == 0)]],
            ])
    }
}

private final class SeededSource: Sendable {
    private let lock = Mutex<SeededRandom>(SeededRandom(seed: 0))

    init(seed: UInt64) { lock.withLock { $0 = SeededRandom(seed: seed) } }

    func octets(_ count: Int) -> [UInt8] {
        lock.withLock { random in (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
    }
}
