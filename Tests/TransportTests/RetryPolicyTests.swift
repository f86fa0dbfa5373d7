import Synchronization
import Testing

@testable import Transport

@Suite("Retrying")
struct RetryPolicyTests {
    static let policy = RetryPolicy(
        attemptsMax: 5, firstDelay: .seconds(1), delayMax: .seconds(4), retryAfterMax: .seconds(60),
        deadline: .seconds(100))

    @Test(
        "Waits double up to their bound, between a half and the whole",
        arguments: [
            (1, 0.0, 500), (1, 1.0, 1000), (2, 0.0, 1000), (3, 1.0, 4000), (4, 1.0, 4000), (4, 0.5, 3000),
        ])
    func backOff(attempt: Int, random: Double, milliseconds: Int) {
        #expect(Self.policy.delay(afterAttempt: attempt, elapsed: .zero, random: random) == .milliseconds(milliseconds))
    }

    @Test("Retry-After is honoured up to its bound; attempts and the deadline end it")
    func bounds() {
        let policy = Self.policy
        #expect(policy.delay(afterAttempt: 1, elapsed: .zero, retryAfter: .seconds(60), random: 0) == .seconds(60))
        #expect(policy.delay(afterAttempt: 1, elapsed: .zero, retryAfter: .zero, random: 1) == .seconds(1))
        #expect(policy.delay(afterAttempt: 1, elapsed: .zero, retryAfter: .seconds(61), random: 0) == nil)
        #expect(policy.delay(afterAttempt: 5, elapsed: .zero, random: 0) == nil)
        #expect(policy.delay(afterAttempt: 1, elapsed: .seconds(99), random: 1) == .seconds(1))
        #expect(policy.delay(afterAttempt: 1, elapsed: .milliseconds(99_001), random: 1) == nil)
    }

    @Test("Runs until done, or hands back the last failure", arguments: [(3, 3, "ok 3"), (9, 5, "bad 5")])
    func run(doneAt: Int, tries: Int, value: String) async {
        let clock = Mutex(Duration.zero)
        let waits = Mutex<[Duration]>([])
        let surroundings = RetrySurroundings(
            random: { 1 },
            sleep: { wait in
                clock.withLock { $0 += wait }
                waits.withLock { $0.append(wait) }
            },
            elapsed: { clock.withLock { $0 } })
        let result: String = await Self.policy.run(surroundings) { number in
            number == doneAt
                ? .done("ok \(number)") : .again("bad \(number)", retryAfter: number == 2 ? .seconds(9) : nil)
        }
        #expect(result == value)
        #expect(waits.withLock { $0 } == Array([.seconds(1), .seconds(9), .seconds(4), .seconds(4)].prefix(tries - 1)))
    }

    @Test(
        "Retry-After as seconds and as each form of date (RFC 9110 §5.6.7)",
        arguments: [
            ("120", 120), ("0", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sunday, 06-Nov-94 08:49:37 GMT", 37),
            ("Sun Nov  6 08:49:37 1994", 37), ("Sun, 06 Nov 1994 08:48:00 GMT", 0), ("soon", nil), ("-1", nil),
            ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("", nil),
        ] as [(String, Int?)])
    func retryAfter(text: String, seconds: Int?) {
        // 1994-11-06 08:49:00
        let response = HTTPResponse(status: 429, headers: [("retry-after", text)])
        #expect(response.retryAfter(unixSeconds: 784_111_740) == seconds.map { .seconds($0) })
    }

    @Test(
        "Dates are counted right",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
            ("Wed, 31 Dec 2025 23:59:59 GMT", 1_767_225_599), ("Sun, 01 Mar 2026 00:00:00 GMT", 1_772_323_200),
        ] as [(String, Int64)])
    func dates(text: String, unix: Int64) {
        #expect(HTTPDate.unixSeconds(text, now: 1_800_000_000) == unix)
    }

    @Test(
        "Which statuses may do better later",
        arguments: [(200, false), (404, false), (408, true), (429, true), (500, true), (501, false), (503, true)])
    func transient(status: Int, expected: Bool) {
        #expect(HTTPResponse(status: status).isTransient == expected)
    }
}
