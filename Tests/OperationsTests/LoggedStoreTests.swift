import Audit
import DNS
import Diagnostics
import FoundationEssentials
import Keys
import Manifest
import Reconcile
import TestSupport
import Testing

@testable import Operations

/// Each write that the log must know of is in it, before the effect that it announces; where the log cannot be written,
/// neither is the store.
@Suite("Logged store")
struct LoggedStoreTests {
    private static let start = Date(timeIntervalSince1970: 1_790_000_000)
    private static let domain = try! DomainName("mail.example.com")

    private let plain = InMemoryStore()
    private let log = InMemoryLog()

    private var store: LoggedStore {
        let log = log
        return LoggedStore(
            plain,
            log: LogPort(
                read: { _ throws(AuditError) in throw AuditError(.other, "nobody reads here") },
                write: { _, _ throws(AuditError) in AppendingLog(log: log) }),
            path: "state.db", clock: TestClock(Self.start))
    }

    private func lease() async throws -> Lease {
        let outcome = try await store.acquireLease(holder: "a test", at: Self.start, for: .seconds(60))
        guard case .acquired(let lease) = outcome else { throw StoreError(.busy, "somebody holds it") }
        return lease
    }

    private static let key = RecordSetKey(domain, .txt)

    private static func intent() -> LedgerEntry {
        let set = RecordSet(key, timeToLiveSeconds: 300, data: [.txt(TXTValue("v=spf1 -all"))])
        return LedgerEntry(
            key: key, domain: domain, zone: domain, provider: ProviderID(rawValue: "main"), before: nil, after: set,
            owned: [], staleSeconds: 300, outcome: .intended, recordedAt: start)
    }

    private static func record(_ selector: String, state: KeyState = .generated) -> KeyRecord {
        KeyRecord(
            id: KeyID(domain: domain.text, selector: selector), algorithm: .ed25519, state: state, publicKey: [1, 2],
            sealed: SealedPrivateKey(octets: [3]), createdAt: start, stateChangedAt: start)
    }

    private static func agent(
        _ oversight: OversightMode = .gatedSend, state: AgentRegistration.State = .registered
    ) -> AgentRegistration {
        AgentRegistration(
            AgentDeclaration(
                id: AgentID(rawValue: "writer"), domain: domain, addresses: ["writer@mail.example.com"],
                oversight: oversight, owner: "growth@example.com",
                span: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)), state: state,
            since: start)
    }

    // MARK: what is recorded

    @Test("an intent, under its lease")
    func intents() async throws {
        let lease = try await lease()
        #expect(try await store.recordIntents([Self.intent()], under: lease, at: Self.start))
        let entries = await log.entries
        #expect(entries.map(\.kind) == [.recordSetIntended])
        #expect(entries.first?.domain == Self.domain.text)
        #expect(entries.first?.details["provider"] == .text("main"))
        #expect(entries.first?.details["before"] == nil)
        #expect(entries.first?.details["after"] != nil)
    }

    @Test("an intent without its lease is no event")
    func staleIntent() async throws {
        var lease = try await lease()
        lease.fencingNumber += 1
        #expect(try await !store.recordIntents([Self.intent()], under: lease, at: Self.start))
        #expect(await log.entries.isEmpty)
    }

    @Test("an outcome names the domain of its intent", arguments: [LedgerEntry.Outcome.written, .handedOver, .failed])
    func outcomes(_ outcome: LedgerEntry.Outcome) async throws {
        let lease = try await lease()
        let store = store
        _ = try await store.recordIntents([Self.intent()], under: lease, at: Self.start)
        _ = try await store.recordOutcomes(
            [IntentOutcome(key: Self.key, outcome: outcome)], under: lease, at: Self.start)
        let entry = try #require(await log.entries(.recordSetChanged).first)
        #expect(entry.domain == Self.domain.text)
        #expect(entry.details["outcome"] == .text(outcome.rawValue))
    }

    @Test("the outcome of an intent that an earlier process left names its domain too")
    func outcomeOfEarlier() async throws {
        let lease = try await lease()
        _ = try await plain.recordIntents([Self.intent()], under: lease, at: Self.start)
        let store = store
        _ = try await store.ledger(forDomains: [Self.domain])
        _ = try await store.recordOutcomes([.written(Self.intent())], under: lease, at: Self.start)
        #expect(await log.entries.map(\.domain) == [Self.domain.text])
    }

    @Test("a key that was made, but for the keyring's check record")
    func keysMade() async throws {
        var check = Self.record("check")
        check.id = KeyID(domain: "keyring.invalid", selector: "check")
        try await store.insert([check, Self.record("mm1"), Self.record("mm2")])
        let entries = await log.entries
        #expect(entries.map(\.kind) == [.keyGenerated, .keyGenerated])
        #expect(entries.map { $0.details["selector"] } == [.text("mm1"), .text("mm2")])
    }

    @Test(
        "a key that moves on",
        arguments: [
            (KeyState.published, LogKind.keyPublished), (.active, .keyActivated), (.retiring, .keyRetiring),
            (.revoked, .keyRevoked),
        ])
    func keyStates(_ state: KeyState, _ kind: LogKind) async throws {
        try await plain.insert([Self.record("mm1"), Self.record("mm2", state: .revoked)])
        let ids = ["mm1", "mm2", "mm3"].map { KeyID(domain: Self.domain.text, selector: $0) }
        try await store.setState(of: ids, from: .generated, to: state, at: Self.start)
        let entries = await log.entries
        #expect(entries.map(\.kind) == [kind], "only the key that was where it is said to be")
        #expect(entries.first?.details["selector"] == .text("mm1"))
    }

    @Test("an agent that is registered, changed and revoked")
    func agents() async throws {
        let lease = try await lease()
        let versions = [Self.agent(), Self.agent(.gatedAll), Self.agent(.gatedAll, state: .revoked)]
        for (before, after) in zip([nil] + versions.map(Optional.some), versions) {
            let write = AgentWrite(expected: before?.mark, registration: after)
            #expect(try await store.recordAgents([write], under: lease, at: Self.start) == .written)
        }
        let entries = await log.entries
        #expect(entries.map(\.kind) == [.agentRegistered, .agentChanged, .agentRevoked])
        #expect(entries.map { $0.details["oversight_before"] } == [nil, .text("gated_send"), .text("gated_all")])
        #expect(entries.allSatisfy { $0.details["owner"] == .personal("growth@example.com") })
    }

    @Test("an agent that somebody else has changed is no event")
    func movedAgent() async throws {
        let lease = try await lease()
        _ = try await plain.recordAgents(
            [AgentWrite(expected: nil, registration: Self.agent())], under: lease, at: Self.start)
        let write = AgentWrite(expected: nil, registration: Self.agent(.gatedAll))
        #expect(
            try await store.recordAgents([write], under: lease, at: Self.start)
                == .moved([AgentID(rawValue: "writer")]))
        #expect(await log.entries.isEmpty)
    }

    // MARK: a log that cannot be written

    /// One write of each kind that leaves an entry.
    enum Write: CaseIterable { case intents, outcomes, insert, setState, recordAgents }

    @Test(
        "fails the write", arguments: Write.allCases,
        [
            (AuditError.Code.full, StoreError.Code.notWritable), (.readOnly, .notWritable), (.locked, .busy),
            (.unavailable, .unavailable), (.damaged, .unusable), (.invalidEntry, .other),
        ])
    func failing(_ write: Write, _ codes: (AuditError.Code, StoreError.Code)) async throws {
        let lease = try await lease()
        let store = store
        if write == .outcomes { _ = try await plain.recordIntents([Self.intent()], under: lease, at: Self.start) }
        if write == .setState { try await plain.insert([Self.record("mm1")]) }
        await log.fail(with: AuditError(codes.0, "the log said no"))
        let id = KeyID(domain: Self.domain.text, selector: "mm1")
        let error = await #expect(throws: StoreError.self) {
            switch write {
            case .intents: _ = try await store.recordIntents([Self.intent()], under: lease, at: Self.start)
            case .outcomes: _ = try await store.recordOutcomes([.written(Self.intent())], under: lease, at: Self.start)
            case .insert: try await store.insert([Self.record("mm1")])
            case .setState: try await store.setState(of: [id], from: .generated, to: .published, at: Self.start)
            case .recordAgents:
                _ = try await store.recordAgents(
                    [AgentWrite(expected: nil, registration: Self.agent())], under: lease, at: Self.start)
            }
        }
        #expect(error?.code == codes.1)
        #expect(error?.message == "the log said no")
        switch write {
        // The ledger's intent stands: nothing has been asked of a provider, and the next apply looks at it.
        case .intents: #expect(await plain.ledger(forDomains: [Self.domain]).map(\.outcome) == [.intended])
        case .outcomes: #expect(await plain.ledger(forDomains: [Self.domain]).map(\.outcome) == [.intended])
        case .insert: #expect(await plain.keys(forDomains: [Self.domain.text]).isEmpty)
        case .setState: #expect(await plain.keys(forDomains: [Self.domain.text]).map(\.state) == [.generated])
        case .recordAgents: #expect(await plain.agents().isEmpty)
        }
    }

    @Test("what writes nothing that matters to the log leaves it alone")
    func unlogged() async throws {
        await log.fail(with: AuditError(.full, "the log said no"))
        let lease = try await lease()
        #expect(try await store.renewLease(lease, at: Self.start, for: .seconds(60)))
        try await store.recordAgreements([])
        try await store.removeAgreements([Self.key])
        try await store.setState(of: [], from: .generated, to: .published, at: Self.start)
        try await store.releaseLease(lease)
        #expect(await log.appendCount == 0)
    }
}

/// A log that only takes entries.
private struct AppendingLog: AuditStore {
    let log: InMemoryLog

    func append(_ entries: [LogEntry]) async throws(AuditError) -> [LogIndex] { try await log.append(entries) }

    private var refusal: AuditError { AuditError(.other, "this log only takes entries") }
    func head() throws(AuditError) -> LogHead { throw refusal }
    func records(_ query: LogQuery) throws(AuditError) -> LogPage { throw refusal }
    func records(_ query: LogQuery, from index: LogIndex, below size: Int64) throws(AuditError) -> [LogRecord] {
        throw refusal
    }
    func record(at index: LogIndex) throws(AuditError) -> LogRecord { throw refusal }
    func inclusionProof(of index: LogIndex, size: Int64) throws(AuditError) -> [TreeHash] { throw refusal }
    func consistencyProof(from older: Int64, to newer: Int64) throws(AuditError) -> [TreeHash] { throw refusal }
    func root(size: Int64) throws(AuditError) -> TreeHash { throw refusal }
    func check(progress: @escaping @Sendable (Int64) -> Void) throws(AuditError) -> LogCheck { throw refusal }
    func signedCheckpoint() throws(AuditError) -> String { throw refusal }
    func erase(_ request: ErasureRequest) throws(AuditError) -> Erasure { throw refusal }
}
