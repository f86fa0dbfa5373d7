import FoundationEssentials
import Keys
import Manifest
import SendGate
import Storage
import TestSupport
import Testing

/// What waits for an approver may be many thousands; whoever was answered is found among them.
@Suite("Held messages that were answered", .timeLimit(.minutes(1)))
struct HoldReviewTests {
    private static let noon = Date(timeIntervalSince1970: 1_795_521_600)

    private static func id(_ number: Int) -> MessageID {
        MessageID(random: withUnsafeBytes(of: (UInt64(number).bigEndian, UInt64(0))) { Array($0) })
    }

    private static func hold(_ number: Int, _ state: OutboxState = .held) -> OutboxMessage {
        let created = noon.addingTimeInterval(Double(number))
        return OutboxMessage(
            id: id(number), agent: "a", domain: "x.test", relay: "r", sender: "a@x.test",
            recipients: [.init(address: "b@x.test")], requestDigest: SHA256.hash([]), state: state, createdAt: created,
            dueAt: state.isFinal ? nil : created.addingTimeInterval(86_400))
    }

    private static func request(_ number: Int, _ state: ApprovalState, turn: Int = 0) -> ApprovalRecord {
        ApprovalRecord(
            id: ApprovalID(rawValue: "ap_\(number)_\(turn)"), send: SendID(rawValue: id(number).rawValue),
            agent: AgentID(rawValue: "a"), message: MessageDigest(SHA256.hash([])),
            requestedAt: noon.addingTimeInterval(Double(turn)), answerBy: noon.addingTimeInterval(86_400), state: state,
            attempt: state == .inFlight || state == .used ? AttemptID(rawValue: "t") : nil, changedAt: noon, revision: 1
        )
    }

    private static func withStore(_ test: (SQLiteStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await test(try SQLiteStore(path: folder.appendingPathComponent("state.db").path))
        }
    }

    @Test func theOldestOfManyIsFoundWhenItIsApproved() async throws {
        try await Self.withStore { store in
            for number in 0..<1_200 {
                _ = try await store.accept(Self.hold(number), octets: [1], perHourMax: nil, at: Self.noon)
                let state: ApprovalState = number == 0 ? .approved : .pending
                #expect(try await store.insertApproval(Self.request(number, state)))
            }
            #expect(
                try await store.answeredHolds(countMax: 1_000)
                    == [AnsweredHold(message: Self.id(0), approval: .approved)])
        }
    }

    @Test func theNewestRequestCountsAndOnlyOfWhatIsHeld() async throws {
        try await Self.withStore { store in
            for (number, state) in ApprovalState.allCases.enumerated() {
                _ = try await store.accept(Self.hold(number), octets: [1], perHourMax: nil, at: Self.noon)
                #expect(try await store.insertApproval(Self.request(number, state)))
            }
            // Asked for again, after an answer that no longer counts.
            _ = try await store.accept(Self.hold(90), octets: [1], perHourMax: nil, at: Self.noon)
            #expect(try await store.insertApproval(Self.request(90, .voided)))
            #expect(try await store.insertApproval(Self.request(90, .pending, turn: 1)))
            _ = try await store.accept(Self.hold(91, .denied), octets: [1], perHourMax: nil, at: Self.noon)
            #expect(try await store.insertApproval(Self.request(91, .approved)))
            _ = try await store.accept(Self.hold(92), octets: [1], perHourMax: nil, at: Self.noon)

            let answered = try await store.answeredHolds(countMax: 10)
            #expect(answered.map(\.approval) == [.approved, .denied, .expired, .voided])
            #expect(try await store.answeredHolds(countMax: 2) == Array(answered.prefix(2)))
        }
    }
}
