import FoundationEssentials
import Keys
import Manifest
import SendGate
import Storage
import TestSupport
import Testing

/// What every outbox store must do.
enum OutboxUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case inMemory, sqlite

    var testDescription: String { rawValue }

    func run(_ test: (any OutboxStore) async throws -> Void) async throws {
        switch self {
        case .inMemory: try await test(InMemoryOutbox())
        case .sqlite:
            try await withTemporaryFolder { folder in
                try await test(try SQLiteStore(path: folder.appendingPathComponent("state.db").path))
            }
        }
    }
}

@Suite("Outbox store", .timeLimit(.minutes(1)))
struct OutboxStoreContractTests {
    static let start = Date(timeIntervalSince1970: 1_790_000_000)

    static func at(_ seconds: Double) -> Date { start.addingTimeInterval(seconds) }

    static func message(
        _ number: UInt8, agent: String = "a", key: String? = nil, digest: UInt8 = 0, created: Double = 0,
        state: OutboxState = .received
    ) -> OutboxMessage {
        var message = OutboxMessage(
            id: MessageID(random: Array(repeating: number, count: 16)), agent: agent, domain: "x.test", relay: "r",
            sender: "a@x.test", recipients: [.init(address: "b@x.test"), .init(address: "c@x.test")],
            idempotencyKey: key, requestDigest: SHA256.hash([digest]), requestedMode: .gatedAll, state: state,
            createdAt: at(created), dueAt: at(created))
        if state == .delivering {
            message.dueAt = nil
            message.attempt = 1
            message.lease = .init(holder: "me", expiresAt: at(created + 100))
        }
        return message
    }

    @Test(arguments: OutboxUnderTest.allCases)
    func whatIsTakenInIsReadBack(_ kind: OutboxUnderTest) async throws {
        try await kind.run { (store) async throws -> Void in
            let message = Self.message(1, key: "k", state: .delivering)
            #expect(try await store.accept(message, octets: [1, 0, 255], perHourMax: nil, at: Self.at(0)) == .accepted)
            #expect(try await store.outboxMessage(message.id) == message)
            #expect(try await store.octets(of: message.id) == [1, 0, 255])
            #expect(try await store.outboxMessage(Self.message(2).id) == nil)
        }
    }

    @Test(arguments: OutboxUnderTest.allCases)
    func aKeyIsForOneRequestOfOneAgent(_ kind: OutboxUnderTest) async throws {
        try await kind.run { (store) async throws -> Void in
            let first = Self.message(1, key: "k")
            func accept(_ message: OutboxMessage) async throws -> OutboxAcceptance {
                try await store.accept(message, octets: [], perHourMax: nil, at: Self.at(0))
            }
            #expect(try await accept(first) == .accepted)
            #expect(try await accept(Self.message(2, key: "k")) == .repeated(first))
            #expect(try await accept(Self.message(3, key: "k", digest: 1)) == .conflict(first.id))
            #expect(try await accept(Self.message(4, agent: "b", key: "k", digest: 1)) == .accepted)
            #expect(try await accept(Self.message(5)) == .accepted)
            #expect(try await store.outboxMessage(Self.message(2).id) == nil)
        }
    }

    @Test(arguments: OutboxUnderTest.allCases)
    func theLimitIsHeldWhoeverAsksAtOnce(_ kind: OutboxUnderTest) async throws {
        try await kind.run { (store) async throws -> Void in
            let outcomes = try await withThrowingTaskGroup(of: OutboxAcceptance.self) { group in
                for number in 1...20 {
                    group.addTask {
                        try await store.accept(
                            Self.message(UInt8(number)), octets: [], perHourMax: 5, at: Self.at(1))
                    }
                }
                var outcomes: [OutboxAcceptance] = []
                for try await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(outcomes.count { $0 == .accepted } == 5)
            #expect(outcomes.count { $0 == .overLimit(5) } == 15)
            #expect(try await store.countedMessages(of: "a", since: Self.at(-10)) == 5)
            // An hour later there is room again; what was refused never counted.
            let later = Self.message(99, created: 3700)
            #expect(try await store.accept(later, octets: [], perHourMax: 5, at: Self.at(3700)) == .accepted)
        }
    }

    @Test(arguments: OutboxUnderTest.allCases)
    func eachMessageIsClaimedOnce(_ kind: OutboxUnderTest) async throws {
        try await kind.run { (store) async throws -> Void in
            for number in 1...30 {
                _ = try await store.accept(
                    Self.message(UInt8(number), created: Double(number)), octets: [7], perHourMax: nil, at: Self.at(0))
            }
            let claimed = try await withThrowingTaskGroup(of: [OutboxMessage].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await store.claimDue(holder: "p", until: Self.at(500), countMax: 5, at: Self.at(100))
                    }
                }
                var claimed: [OutboxMessage] = []
                for try await batch in group { claimed += batch }
                return claimed
            }
            #expect(claimed.count == 30)
            #expect(Set(claimed.map(\.id)).count == 30)
            #expect(claimed.allSatisfy { $0.state == .delivering && $0.attempt == 1 })
            // Once their lease is over they are anybody's again, with the next number.
            #expect(try await store.claimDue(holder: "q", until: Self.at(900), countMax: 50, at: Self.at(499)) == [])
            let again = try await store.claimDue(holder: "q", until: Self.at(900), countMax: 50, at: Self.at(500))
            #expect(again.count == 30)
            #expect(again.allSatisfy { $0.attempt == 2 })
        }
    }

    @Test(arguments: OutboxUnderTest.allCases)
    func attemptsAreFencedAndOutcomesKept(_ kind: OutboxUnderTest) async throws {
        try await kind.run { (store) async throws -> Void in
            let message = Self.message(1, state: .delivering)
            _ = try await store.accept(message, octets: [7], perHourMax: nil, at: Self.at(0))
            func apply(_ event: OutboxEvent, _ seconds: Double = 1) async throws -> OutboxTransition {
                try await store.apply([OutboxStoreEvent(message.id, event)], at: Self.at(seconds))[0]
            }
            func committing(_ attempt: Int) -> OutboxEvent {
                .committing(attempt: attempt, logIndex: 5, copy: "o@x.test", approvalID: "ap", until: Self.at(200))
            }
            #expect(try await apply(committing(2)) == .stale(.delivering))
            let moved = try await apply(committing(1))
            #expect(moved.message?.state == .committing)
            #expect(try await apply(committing(1)) == .stale(.committing))
            let ok = RecipientOutcome.accepted(ReplyText(code: 250, text: "kept"))
            let no = RecipientOutcome.rejected(ReplyText(code: 550, text: "no"))
            let ended = try await apply(.ended(attempt: 1, .answered([ok, no, ok])))
            #expect(ended.message?.state == .sent)
            let stored = try #require(try await store.outboxMessage(message.id))
            #expect(stored == ended.message)
            #expect(stored.recipients.map(\.outcome) == [ok, no, ok])
            #expect(stored.recipients.map(\.isCopy) == [false, false, true])
            #expect(stored.logIndex == 5 && stored.approvalID == "ap")
            // Its octets are nobody's business any more.
            #expect(try await store.octets(of: message.id) == nil)
            #expect(try await store.unloggedOutcomes(countMax: 10).map(\.id) == [message.id])
            _ = try await apply(.logged(attempt: 1))
            #expect(try await store.unloggedOutcomes(countMax: 10).isEmpty)
            let unknown = OutboxStoreEvent(Self.message(9).id, .approved)
            #expect(try await store.apply([unknown], at: Self.at(1)) == [.missing])
        }
    }

    @Test(arguments: OutboxUnderTest.allCases)
    func heldMessagesWaitAndCanBeEdited(_ kind: OutboxUnderTest) async throws {
        try await kind.run { (store) async throws -> Void in
            let message = Self.message(1, state: .delivering)
            _ = try await store.accept(message, octets: [7], perHourMax: nil, at: Self.at(0))
            func edit() async throws -> Bool {
                try await store.replaceContent(
                    message.id, sender: "n@x.test", recipients: ["z@x.test"], octets: [8], at: Self.at(3))
            }
            #expect(try await edit() == false)
            let held = OutboxEvent.held(attempt: 1, approvalID: "ap", until: Self.at(50), reason: "gated")
            _ = try await store.apply([OutboxStoreEvent(message.id, held)], at: Self.at(2))
            #expect(try await edit())
            let edited = try #require(try await store.outboxMessage(message.id))
            #expect(edited.recipients == [.init(address: "z@x.test")])
            #expect(edited.sender == "n@x.test" && edited.state == .held)
            #expect(try await store.octets(of: message.id) == [8])
            #expect(try await store.claimDue(holder: "p", until: Self.at(99), countMax: 9, at: Self.at(49)) == [])
            // Its time is over: that is for `HoldStore.overdueHolds` to tell.
            #expect(try await store.claimDue(holder: "p", until: Self.at(99), countMax: 9, at: Self.at(50)) == [])
            #expect(try await store.outboxMessage(message.id)?.state == .held)
            _ = try await store.apply([OutboxStoreEvent(message.id, .expired(reason: "late"))], at: Self.at(51))
            #expect(try await store.outboxMessage(message.id)?.state == .expired)
            #expect(try await edit() == false)
        }
    }

    @Test(arguments: OutboxUnderTest.allCases)
    func listsAndAlignments(_ kind: OutboxUnderTest) async throws {
        try await kind.run { (store) async throws -> Void in
            for number in 1...4 {
                _ = try await store.accept(
                    Self.message(UInt8(number), agent: number == 4 ? "b" : "a", created: Double(number)), octets: [],
                    perHourMax: nil, at: Self.at(0))
            }
            let newest = try await store.outboxMessages(OutboxFilter(), countMax: 2)
            #expect(newest.map(\.id) == [Self.message(4).id, Self.message(3).id])
            #expect(try await store.outboxMessages(OutboxFilter(agent: "a"), countMax: 9).count == 3)
            #expect(try await store.outboxMessages(OutboxFilter(states: [.sent]), countMax: 9).isEmpty)
            var seen = ObservedAlignment(
                domain: "x.test", observedAt: Self.at(5), convergence: .converged, alignment: .aligned, finding: "")
            try await store.record(seen)
            var older = seen
            older.observedAt = Self.at(4)
            older.alignment = .misaligned
            try await store.record(older)
            #expect(try await store.observedAlignment(of: "x.test") == seen)
            seen.observedAt = Self.at(6)
            seen.finding = "something"
            try await store.record(seen)
            #expect(try await store.observedAlignment(of: "x.test") == seen)
            #expect(try await store.observedAlignment(of: "y.test") == nil)
        }
    }
}
