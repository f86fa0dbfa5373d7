import Audit
import Storage

/// The log by itself: appending in batches, and questions to a large one.
enum LogBenchmark {
    private static let kinds: [LogKind] = [
        .gateReleased, .identitySigned, .dkimSigned, .deliveryAttempted, .deliverySent,
    ]

    /// What five entries about one message look like; agents and domains as many as a large user has.
    private static func entry(_ number: Int) -> LogEntry {
        let message = number / kinds.count
        let kind = kinds[number % kinds.count]
        let agent = "agent-\(message % 50)"
        var details: [String: LogValue]
        switch kind {
        case .gateReleased:
            details = [
                "decision": "release.plain", "mode": "autonomous",
                "content": "sha256:9deb65b8788f41ff94a217842017db2f843954fc0eb46110835903908e5a265f",
                "sender": .personal("\(agent)@mail.example.com"),
                "recipients": [.personal("person-\(message % 9973)@receiver.example")],
            ]
        case .identitySigned: details = ["key": .text("k1.\(agent)._agentid.mail.example.com")]
        case .dkimSigned: details = ["keys": ["mm1._domainkey.mail.example.com", "mm2._domainkey.mail.example.com"]]
        case .deliveryAttempted: details = ["attempt": 1, "relay": "default"]
        default: details = ["attempt": 1, "relay": "default", "reason": ""]
        }
        return LogEntry(
            kind, timeMilliseconds: 1_800_000_000_000 + Int64(number) * 7, domain: "d\(message % 20).example.com",
            agent: agent, message: "msg-\(message)", details: details)
    }

    /// Entries, seconds by the clock, and of processor time.
    static func append(path: String, entries count: Int, batch: Int) async throws {
        let log = try SQLiteLog(path: path, signer: nil, random: SendWorkspace.random)
        let head = Int(try await log.head().size)
        let (start, wall) = (processorSeconds(), seconds())
        for first in stride(from: head, to: head + count, by: batch) {
            _ = try await log.append((first..<min(first + batch, head + count)).map(entry))
        }
        print(count, seconds() - wall, processorSeconds() - start)
    }

    /// Milliseconds by the clock of each question, the median of its rounds, one a line with how much came.
    static func query(path: String, rounds: Int) async throws {
        let log = try ReadOnlySQLiteLog(path: path)
        let size = try await log.head().size
        let middle = 1_800_000_000_000 + size / 2 * 7
        let questions: [(String, LogQuery)] = [
            ("newest 100", LogQuery()),
            ("of an agent", LogQuery(agent: "agent-7")),
            ("of a domain", LogQuery(domain: "d3.example.com")),
            ("about a message", LogQuery(message: "msg-\(size / 10)")),
            ("of a kind", LogQuery(kinds: [.deliverySent])),
            ("of a rare kind", LogQuery(kinds: [.gateRefused])),
            ("of two kinds", LogQuery(kinds: [.gateReleased, .deliveryBounced])),
            ("of an hour in the middle", LogQuery(from: middle, until: middle + 3_600_000)),
            (
                "of an agent, a kind, and a time",
                LogQuery(
                    kinds: [.gateReleased], agent: "agent-7", from: middle, until: middle + 86_400_000)
            ),
            ("of an agent and a domain", LogQuery(domain: "d7.example.com", agent: "agent-7")),
            ("of an agent and a domain that do not meet", LogQuery(domain: "d4.example.com", agent: "agent-7")),
            ("of an agent and a rare kind", LogQuery(kinds: [.gateRefused], agent: "agent-7")),
            ("of a domain and a rare kind", LogQuery(kinds: [.gateRefused], domain: "d3.example.com")),
        ]
        for (name, query) in questions {
            var times: [Double] = []
            var found = 0
            for _ in 0..<rounds {
                let start = seconds()
                found = try await log.records(query).records.count
                times.append((seconds() - start) * 1000)
            }
            print("\(times.sorted()[rounds / 2]) \(found) \(name)")
        }
    }
}
