import Foundation
import Keys
import Manifest
import SendGate
import Storage
import TestSupport
import Testing

/// Every approval store that keeps the contract: a new one adds a case here, and nothing else.
enum ApprovalStoreUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case inMemory, sqlite

    var testDescription: String { rawValue }

    /// Runs a test on a new, empty store.
    func run(_ test: (any ApprovalStore) async throws -> Void) async throws {
        switch self {
        case .inMemory: try await test(InMemoryApprovalStore())
        case .sqlite:
            try await withTemporaryFolder { folder in
                try await test(try SQLiteStore(path: folder.appendingPathComponent("state.db").path))
            }
        }
    }
}

/// What every approval store must do (SendGate/Approvals/ApprovalStore.swift).
@Suite("Approval store contract")
struct ApprovalStoreContractTests {
    static let noon = Date(timeIntervalSince1970: 1_795_521_600)

    static func record(_ id: String, send: String = "send-1", minutes: Double = 0) -> ApprovalRecord {
        ApprovalRecord(
            id: ApprovalID(rawValue: id), send: SendID(rawValue: send), agent: AgentID(rawValue: "agent-1"),
            message: MessageDigest(SHA256.hash(Array("message of \(send)".utf8))),
            requestedAt: noon.addingTimeInterval(60 * minutes),
            answerBy: noon.addingTimeInterval(60 * minutes + 86_400))
    }

    /// Every field is another than in `record`, but for the id. An attempt stands there in the states that have one.
    static func full(_ id: String, state: ApprovalState, revision: Int64) -> ApprovalRecord {
        ApprovalRecord(
            id: ApprovalID(rawValue: id), send: SendID(rawValue: "send-9"), agent: AgentID(rawValue: "agent-9"),
            message: MessageDigest(SHA256.hash(Array("another".utf8))), requestedAt: noon.addingTimeInterval(-3600),
            answerBy: noon.addingTimeInterval(7200), state: state,
            statement: SignedStatement(payload: Array("{\"octets\":\"\0\u{7F}ü\"}".utf8), signature: Array(0..<64)),
            validUntil: noon.addingTimeInterval(1800),
            attempt: state == .inFlight || state == .used ? AttemptID(rawValue: "attempt-1") : nil,
            changedAt: noon.addingTimeInterval(5), revision: revision)
    }

    @Test("what goes in comes out", arguments: ApprovalStoreUnderTest.allCases)
    func roundTrip(_ kind: ApprovalStoreUnderTest) async throws {
        try await kind.run { (store: any ApprovalStore) async throws in
            #expect(try await store.approval(ApprovalID(rawValue: "ap_none")) == nil)
            let plain = Self.record("ap_1")
            #expect(try await store.insertApproval(plain))
            #expect(try await store.approval(plain.id) == plain)
            for (index, state) in ApprovalState.allCases.enumerated() {
                let full = Self.full("ap_full_\(index)", state: state, revision: 1)
                #expect(try await store.insertApproval(full))
                #expect(try await store.approval(full.id) == full)
            }
        }
    }

    @Test("an id is given once", arguments: ApprovalStoreUnderTest.allCases)
    func insertKeepsWhatIsThere(_ kind: ApprovalStoreUnderTest) async throws {
        try await kind.run { (store: any ApprovalStore) async throws in
            let first = Self.record("ap_1")
            #expect(try await store.insertApproval(first))
            #expect(try await store.insertApproval(Self.full("ap_1", state: .used, revision: 1)) == false)
            #expect(try await store.approval(first.id) == first)
        }
    }

    @Test("a change counts only on the revision that it was made from", arguments: ApprovalStoreUnderTest.allCases)
    func compareAndSet(_ kind: ApprovalStoreUnderTest) async throws {
        try await kind.run { (store: any ApprovalStore) async throws in
            #expect(try await store.replaceApproval(Self.full("ap_1", state: .used, revision: 1)) == false)
            #expect(try await store.approval(ApprovalID(rawValue: "ap_1")) == nil)
            #expect(try await store.insertApproval(Self.record("ap_1")))
            let other = Self.record("ap_2")
            #expect(try await store.insertApproval(other))
            for revision: Int64 in [0, 1, 3] {
                let stale = Self.full("ap_1", state: .used, revision: revision)
                #expect(try await store.replaceApproval(stale) == false)
            }
            #expect(try await store.approval(ApprovalID(rawValue: "ap_1")) == Self.record("ap_1"))
            let next = Self.full("ap_1", state: .approved, revision: 2)
            #expect(try await store.replaceApproval(next))
            #expect(try await store.approval(next.id) == next)
            #expect(try await store.replaceApproval(next) == false)
            #expect(try await store.approval(other.id) == other)
            var bare = Self.record("ap_1")
            bare.revision = 3
            #expect(try await store.replaceApproval(bare))
            #expect(try await store.approval(bare.id) == bare)
        }
    }

    @Test("lists by state, oldest first, and no more than asked for", arguments: ApprovalStoreUnderTest.allCases)
    func list(_ kind: ApprovalStoreUnderTest) async throws {
        try await kind.run { (store: any ApprovalStore) async throws in
            for (id, minutes) in [("ap_c", 1.0), ("ap_b", 2), ("ap_a", 2), ("ap_d", 0)] {
                #expect(try await store.insertApproval(Self.record(id, minutes: minutes)))
            }
            #expect(try await store.insertApproval(Self.full("ap_used", state: .used, revision: 1)))
            let all = Set(ApprovalState.allCases)
            func ids(_ filter: ApprovalFilter, countMax: Int = 10) async throws -> [String] {
                try await store.approvals(filter, countMax: countMax).map(\.id.rawValue)
            }
            #expect(try await ids(.init(states: [.pending])) == ["ap_d", "ap_c", "ap_a", "ap_b"])
            #expect(try await ids(.init(states: [.used])) == ["ap_used"])
            #expect(try await ids(.init(states: all), countMax: 2) == ["ap_used", "ap_d"])
            #expect(try await ids(.init(states: [])).isEmpty)
            #expect(try await ids(.init(states: all), countMax: 0).isEmpty)

            var other = Self.record("ap_other", minutes: 1)
            other.agent = AgentID(rawValue: "other")
            #expect(try await store.insertApproval(other))
            #expect(try await ids(.init(states: all, agents: [other.agent])) == ["ap_other"])
            #expect(try await ids(.init(states: all, agents: [])).isEmpty)
            let known = Self.record("ap_a", minutes: 2)
            let after = ApprovalCursor(requestedAt: known.requestedAt, id: known.id)
            #expect(try await ids(.init(states: [.pending], after: after)) == ["ap_b"])
            #expect(
                try await ids(.init(states: [.pending], agents: [known.agent, other.agent]), countMax: 3)
                    == ["ap_d", "ap_c", "ap_other"])
        }
    }

    @Test("the latest request for a message", arguments: ApprovalStoreUnderTest.allCases)
    func latest(_ kind: ApprovalStoreUnderTest) async throws {
        try await kind.run { (store: any ApprovalStore) async throws in
            for (id, send, minutes) in [
                ("ap_1", "send-1", 5.0), ("ap_2", "send-1", 1), ("ap_4", "send-1", 5), ("ap_3", "send-2", 9),
            ] {
                #expect(try await store.insertApproval(Self.record(id, send: send, minutes: minutes)))
            }
            #expect(try await store.latestApproval(for: SendID(rawValue: "send-1"))?.id.rawValue == "ap_4")
            #expect(try await store.latestApproval(for: SendID(rawValue: "send-2"))?.id.rawValue == "ap_3")
            #expect(try await store.latestApproval(for: SendID(rawValue: "send-3")) == nil)
        }
    }

    @Test("of eight claims at once one gets through, twenty times over", arguments: ApprovalStoreUnderTest.allCases)
    func race(_ kind: ApprovalStoreUnderTest) async throws {
        try await kind.run { (store: any ApprovalStore) async throws in
            for round in 0..<20 {
                let approved = Self.full("ap_\(round)", state: .approved, revision: 1)
                #expect(try await store.insertApproval(approved))
                let claims = try await withThrowingTaskGroup(of: ApprovalClaim?.self) { group in
                    for contender in 0..<8 {
                        group.addTask {
                            try await Approvals(store: store).claim(
                                approved.id, send: approved.send, message: approved.message,
                                attempt: AttemptID(rawValue: "attempt-\(round)-\(contender)"), at: Self.noon)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let winners = claims.compactMap { $0 }
                #expect(claims.count == 8 && winners.count == 1)
                let record = try #require(try await store.approval(approved.id))
                #expect(record.state == .inFlight && record.attempt == winners.first?.attempt && record.revision == 2)
            }
        }
    }
}
