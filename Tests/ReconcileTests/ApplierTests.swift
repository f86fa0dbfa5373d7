import DNS
import FoundationEssentials
import Keys
import Manifest
import Synchronization
import TestSupport
import Testing

@testable import Reconcile

@Suite("What the ledger knows after a write")
struct ApplierTests {
    static let domain = DomainPlannerTests.domain
    static let lab = ProviderID(rawValue: "lab")
    static let key = RecordSetKey(domain, .txt)
    static let ours = RecordData.txt(TXTValue("v=spf1 include:new.example ~all"))
    static let older = RecordData.txt(TXTValue("v=spf1 include:old.example ~all"))
    static let theirs = RecordData.txt(TXTValue("site-verification=1"))

    static func set(_ data: RecordData..., ttl: UInt32 = 60) -> RecordSet {
        RecordSet(domain, .txt, timeToLiveSeconds: ttl, data: data)
    }

    static func change(from before: RecordSet?, to after: RecordSet?, owned: [RecordData], stale: UInt32 = 60) -> Change
    {
        Change(
            domain: domain, zone: domain, provider: lab, key: key, before: before.map { PlannedRecordSet($0) },
            after: after.map { PlannedRecordSet($0) }, stage: .publish, risk: .safe, reason: "", staleSeconds: stale,
            owned: owned)
    }

    private final class Clock: TimeSource {
        private let time = Mutex(DomainPlannerTests.now)
        func now() -> Date { time.withLock { $0 } }
        func sleep(until wanted: Date) async throws {}
        func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
    }

    /// A zone as a table, or one that cannot be reached.
    private actor Zone: ZoneProvider {
        var sets: [RecordSetKey: RecordSet] = [:]
        var failure: ProviderError?

        func put(_ set: RecordSet?) { sets[ApplierTests.key] = set }
        func fail(_ error: ProviderError?) { failure = error }

        func recordSets(
            in zone: DomainName, keys: [RecordSetKey]
        ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
            if let failure { throw failure }
            return sets.filter { keys.contains($0.key) }
        }

        func write(
            _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
        ) async -> [RecordSetWriteOutcome] {
            writes.map { write in
                if let failure { return .failed(failure) }
                if sets[write.key] == write.replacement { return .alreadyThere }
                guard sets[write.key] == write.expected else { return .conflict(found: sets[write.key]) }
                sets[write.key] = write.replacement
                return .written
            }
        }
    }

    private struct Setup {
        let store = InMemoryStore()
        let clock = Clock()
        let zone = Zone()
        let applier: Applier

        init() async throws {
            let outcome = try await store.acquireLease(holder: "test", at: clock.now(), for: LeaseKeeper.durationMax)
            guard case .acquired(let lease) = outcome else { throw StoreError(.busy, "held") }
            let keeper = LeaseKeeper(store: store, clock: clock, lease: lease, duration: LeaseKeeper.durationMax)
            applier = Applier(store: store, clock: clock, keeper: keeper, providers: [lab: zone])
        }

        @discardableResult
        func write(_ change: Change) async throws -> ChangeOutcome? {
            try await applier.write([change], keys: [:], progress: { _, _ in }).first
        }

        func entry() async throws -> LedgerEntry? { await store.ledger(forDomains: [domain]).first }
    }

    @Test("what was Signet's before is Signet's until the new content stands")
    func ownership() async throws {
        let setup = try await Setup()
        await setup.zone.put(Self.set(Self.theirs))
        let first = Self.change(
            from: Self.set(Self.theirs), to: Self.set(Self.theirs, Self.older), owned: [Self.older])
        #expect(try await setup.write(first) == .written)
        #expect(try await setup.entry()?.owned == [Self.older])

        let second = Self.change(
            from: Self.set(Self.theirs, Self.older), to: Self.set(Self.theirs, Self.ours), owned: [Self.ours])
        await setup.zone.fail(ProviderError(.rejected, "no"))
        _ = try await setup.write(second)
        #expect(try await setup.entry()?.owned == [Self.ours, Self.older])
        #expect(try await setup.entry()?.outcome == .failed)

        await setup.zone.fail(nil)
        #expect(try await setup.write(second) == .written)
        #expect(try await setup.entry()?.owned == [Self.ours])
        // A second time nothing is sent, and nobody else's string becomes Signet's.
        #expect(try await setup.write(second) == .alreadyThere)
        #expect(try await setup.entry()?.owned == [Self.ours])

        let last = Self.change(from: Self.set(Self.theirs, Self.ours), to: Self.set(Self.theirs), owned: [])
        #expect(try await setup.write(last) == .written)
        #expect(try await setup.entry() == nil)
    }

    @Test("a saved plan publishes no key that was revoked since", arguments: KeyState.allCases)
    func revokedKey(state: KeyState) async throws {
        let setup = try await Setup()
        let record = DomainPlannerTests.key(state)
        let change = Change(
            domain: Self.domain, zone: Self.domain, provider: Self.lab, key: Self.key, before: nil,
            after: PlannedRecordSet(
                timeToLiveSeconds: 60, values: [.futureKey(record.id, record.algorithm, testing: false)]),
            stage: .publish, risk: .safe, reason: "", staleSeconds: 60)
        let outcome = try await setup.applier.write([change], keys: [record.id: record], progress: { _, _ in }).first
        if [.revoked, .removed].contains(state) {
            let reason = "the key \(record.id) was \(state.rawValue) since the plan; make a new plan"
            #expect(outcome == .failed(ProviderError(.rejected, reason)))
            #expect(await setup.zone.sets.isEmpty)
            #expect(try await setup.entry() == nil)
        } else {
            #expect(outcome == .written)
        }
    }

    @Test("caches may hold what stood before the change before")
    func stale() async throws {
        let setup = try await Setup()
        try await setup.write(Self.change(from: nil, to: Self.set(Self.older), owned: [Self.older], stale: 1800))
        setup.clock.advance(30)
        try await setup.write(Self.change(from: Self.set(Self.older), to: Self.set(Self.ours), owned: [Self.ours]))
        #expect(try await setup.entry()?.staleSeconds == 1770)
        setup.clock.advance(2000)
        try await setup.write(Self.change(from: Self.set(Self.ours), to: Self.set(Self.older), owned: [Self.older]))
        #expect(try await setup.entry()?.staleSeconds == 60)
        // What was written while the clock was ahead is no older for that.
        setup.clock.advance(-1000)
        try await setup.write(Self.change(from: Self.set(Self.older), to: Self.set(Self.ours), owned: [Self.ours]))
        #expect(try await setup.entry()?.staleSeconds == 60)
    }

    @Test("an entry is forgotten once its provider has nothing of Signet's any more, and not for DNS's word alone")
    func forgetting() async throws {
        let setup = try await Setup()
        try await setup.write(Self.change(from: nil, to: Self.set(Self.ours), owned: [Self.ours]))
        let entry = try #require(try await setup.entry())
        try await setup.applier.forget([entry])
        #expect(try await setup.entry() == entry)
        await setup.zone.put(Self.set(Self.theirs))
        await setup.zone.fail(ProviderError(.rejected, "no"))
        try await setup.applier.forget([entry])
        #expect(try await setup.entry() == entry)
        await setup.zone.fail(nil)
        try await setup.applier.forget([entry])
        #expect(try await setup.entry() == nil)
    }
}
