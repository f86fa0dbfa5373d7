import FoundationEssentials
import Keys
import Manifest
import SendGate
import Storage
import TestSupport
import Testing

/// A message and the request for its approval go together; and of many thousands that wait, whoever was answered is found.
@Suite("The store of held messages", .timeLimit(.minutes(1)))
struct HoldStoreContractTests {
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

    /// As a process takes it in that goes on with it at once.
    private static func claimed(_ number: Int) -> OutboxMessage {
        var message = hold(number, .delivering)
        message.dueAt = nil
        message.attempt = 1
        message.lease = OutboxMessage.Lease(holder: "test", expiresAt: noon.addingTimeInterval(60))
        return message
    }

    private static func held(_ number: Int, attempt: Int = 1) -> OutboxStoreEvent {
        OutboxStoreEvent(
            id(number),
            .held(
                attempt: attempt, approvalID: "ap_\(number)_0", until: noon.addingTimeInterval(86_400), reason: "held"))
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

    @Test func aMessageIsHeldTogetherWithTheRequest() async throws {
        try await Self.withStore { store in
            _ = try await store.accept(Self.claimed(1), octets: [1], perHourMax: nil, at: Self.noon)
            let request = Self.request(1, .pending)
            let transition = try #require(
                try await store.hold(Self.held(1), asking: request, at: Self.noon))
            let message = try #require(transition.message)
            #expect(message.state == .held && message.approvalID == request.id.rawValue)
            #expect(try await store.outboxMessage(Self.id(1)) == message)
            #expect(try await store.approval(request.id) == request)
        }
    }

    @Test func nothingIsWrittenWhereOneOfBothCannotBe() async throws {
        try await Self.withStore { store in
            _ = try await store.accept(Self.claimed(1), octets: [1], perHourMax: nil, at: Self.noon)
            let request = Self.request(1, .pending)
            // Of an attempt that is over: another process has the message.
            #expect(
                try await store.hold(Self.held(1, attempt: 2), asking: request, at: Self.noon) == .stale(.delivering))
            #expect(try await store.approval(request.id) == nil)

            #expect(try await store.insertApproval(request))
            #expect(try await store.hold(Self.held(1), asking: request, at: Self.noon) == nil)
            #expect(try await store.outboxMessage(Self.id(1))?.state == .delivering)
            #expect(try await store.hold(Self.held(2), asking: Self.request(2, .pending), at: Self.noon) == .missing)
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

    @Test func whatNobodyAnsweredInTimeIsToldInOrder() async throws {
        try await Self.withStore { store in
            for (number, state) in [ApprovalState.pending, .pending, .approved, .pending].enumerated() {
                var message = Self.hold(number)
                message.dueAt = Self.noon.addingTimeInterval(Double(10 - number))
                _ = try await store.accept(message, octets: [1], perHourMax: nil, at: Self.noon)
                #expect(try await store.insertApproval(Self.request(number, state)))
            }
            var queued = Self.hold(9, .queued)
            queued.dueAt = Self.noon
            _ = try await store.accept(queued, octets: [1], perHourMax: nil, at: Self.noon)
            let early = try await store.overdueHolds(countMax: 9, at: Self.noon.addingTimeInterval(6))
            #expect(early.isEmpty)
            let overdue = try await store.overdueHolds(countMax: 9, at: Self.noon.addingTimeInterval(9))
            #expect(overdue.map(\.message.id) == [3, 2, 1].map(Self.id))
            #expect(overdue.map { $0.request?.state } == [.pending, .approved, .pending])
            #expect(overdue.map { $0.request?.send.rawValue } == overdue.map(\.message.id.rawValue))
            #expect(try await store.overdueHolds(countMax: 1, at: Self.noon.addingTimeInterval(9)).count == 1)
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
