package import DNS
import FoundationEssentials
package import Keys
package import Manifest

/// Executes the changes of a plan: intent, compare-and-set, outcome. It never decides what to change.
package struct Applier: Sendable {
    /// How many zones are written to at once; a provider's own limits are kept by its HTTP client.
    package static let zonesInFlightMax = 48
    /// How many intents or outcomes go into one transaction of the store.
    package static let entriesPerTransactionMax = 2_000

    private let store: any StateStore
    private let clock: any TimeSource
    private let keeper: LeaseKeeper
    private let providers: [ProviderID: any ZoneProvider]

    package init(
        store: any StateStore, clock: any TimeSource, keeper: LeaseKeeper, providers: [ProviderID: any ZoneProvider]
    ) {
        self.store = store
        self.clock = clock
        self.keeper = keeper
        self.providers = providers
    }

    package enum Failure: Error, Sendable {
        case store(StoreError)
        /// The lease was taken over before anything of this call was written.
        case leaseLost
    }

    // MARK: what a killed apply left

    /// Looks at what became of intents without an outcome, and says so in the ledger. Nothing is written to a provider.
    /// Returns those that had been carried out.
    package func finishIntents(_ entries: [LedgerEntry]) async throws(Failure) -> [RecordSetKey] {
        let open = entries.filter { $0.outcome == .intended }
        guard !open.isEmpty else { return [] }
        // What cannot be read stays open: the next apply looks again.
        let outcomes = await standing(at: open) { entry, found in
            Self.same(found, entry.after) ? .written(entry) : IntentOutcome(key: entry.key, outcome: .failed)
        }
        try await record(outcomes)
        return outcomes.filter { $0.outcome == .written }.map(\.key).sorted()
    }

    // MARK: preconditions

    /// Reads, from the providers themselves, which of these changes no longer start from what the plan saw. What
    /// already stands as the change would leave it has not moved. A provider that cannot be read has no say here: its
    /// writes check again.
    package func moved(_ changes: [Change], keys: [KeyID: KeyRecord]) async -> [(Change, RecordSet?)] {
        await standing(at: changes) { change, found -> (Change, RecordSet?)? in
            if Self.same(found, change.before?.recordSet(change.key)) { return nil }
            if case .success(let after) = Self.resolve(change, keys: keys), Self.same(found, after) { return nil }
            return (change, found)
        }.sorted { $0.0.key < $1.0.key }
    }

    // MARK: writing

    /// Writes changes of one stage. One outcome for each, in their order.
    package func write(
        _ changes: [Change], keys: [KeyID: KeyRecord], progress: @escaping @Sendable (Change, ChangeOutcome) -> Void
    ) async throws(Failure) -> [ChangeOutcome] {
        var ledger: [RecordSetKey: LedgerEntry] = [:]
        do {
            for entry in try await store.ledger(forDomains: changes.map(\.domain)) { ledger[entry.key] = entry }
        } catch {
            throw .store(error)
        }
        var outcomes: [RecordSetKey: ChangeOutcome] = [:]
        var ready: [Ready] = []
        for change in changes {
            switch Self.resolve(change, keys: keys) {
            case .success(let after):
                ready.append(Ready(change: change, entry: entry(change, after: after, earlier: ledger[change.key])))
            case .failure(let error):
                outcomes[change.key] = .failed(error)
            }
        }
        for chunk in stride(from: 0, to: ready.count, by: Self.entriesPerTransactionMax) {
            let part = ready[chunk..<min(chunk + Self.entriesPerTransactionMax, ready.count)]
            try await intend(part.map(\.entry))
        }
        let collector = OutcomeCollector()
        let keeper = self.keeper
        let results = await parallelMap(byZone(ready), limit: Self.zonesInFlightMax) { id, zone, ready in
            guard let provider = providers[id] else {
                return ready.map {
                    ($0.change, ChangeOutcome.failed(ProviderError(.rejected, "the domain has no provider")))
                }
            }
            let written = await provider.write(
                ready.map {
                    RecordSetWrite(
                        key: $0.entry.key, expected: $0.entry.before, replacement: $0.entry.after)
                }, in: zone, permit: { await keeper.isHeld() })
            let done = zip(ready, written).map { ($0.change, ChangeOutcome($1)) }
            for (change, outcome) in done { progress(change, outcome) }
            let intents = zip(ready, done).compactMap { ready, done -> IntentOutcome? in
                switch done.1.ledgerOutcome {
                case .written?: .written(ready.entry)
                case let outcome?: IntentOutcome(key: ready.entry.key, outcome: outcome)
                case nil: nil
                }
            }
            if let batch = await collector.add(intents) {
                // A batch that cannot be recorded now is recorded at the end, or looked at by the next apply.
                do { try await record(batch) } catch { await collector.putBack(batch) }
            }
            return done
        }
        for (change, outcome) in results.flatMap({ $0 }) { outcomes[change.key] = outcome }
        try await record(await collector.rest())
        return changes.map { outcomes[$0.key] ?? .notTried }
    }

    /// Removes entries of record sets in which, by their provider's word, nothing of Signet's is left. DNS alone does not
    /// say so: it may lag behind what was written.
    package func forget(_ entries: [LedgerEntry]) async throws(Failure) {
        let gone = await standing(at: entries) { entry, found -> IntentOutcome? in
            let data = found?.data ?? []
            guard SharedText.remove(entry.owned, from: data) == data else { return nil }
            return IntentOutcome(key: entry.key, outcome: .written, owned: [])
        }
        try await record(gone)
    }

    private struct Ready: PlacedRecordSet {
        var change: Change
        var entry: LedgerEntry

        var provider: ProviderID { change.provider }
        var zone: DomainName { change.zone }
        var key: RecordSetKey { change.key }
    }

    private func entry(_ change: Change, after: RecordSet?, earlier: LedgerEntry?) -> LedgerEntry {
        let now = clock.now()
        // What was Signet's before stays known as such until the new content stands for sure.
        var mine = change.owned ?? after?.data ?? []
        for data in earlier?.owned ?? [] where !mine.contains(data) { mine.append(data) }
        // So does what caches may hold of the time before the last change.
        let left =
            earlier.map { min(Double($0.staleSeconds), Double($0.staleSeconds) - now.timeIntervalSince($0.recordedAt)) }
            ?? 0
        return LedgerEntry(
            key: change.key, domain: change.domain, zone: change.zone, provider: change.provider,
            before: change.before?.recordSet(change.key), after: after, owned: mine,
            staleSeconds: max(change.staleSeconds, UInt32(clamping: Int(left.rounded(.up)))), outcome: .intended,
            recordedAt: now)
    }

    private func intend(_ entries: [LedgerEntry]) async throws(Failure) {
        let permitted: Bool
        do {
            permitted = try await store.recordIntents(entries, under: await keeper.current, at: clock.now())
        } catch {
            throw .store(error)
        }
        guard permitted else { throw .leaseLost }
    }

    private func record(_ outcomes: [IntentOutcome]) async throws(Failure) {
        guard !outcomes.isEmpty else { return }
        do {
            // False: another holder has taken over, and looks at these intents itself.
            _ = try await store.recordOutcomes(outcomes, under: await keeper.current, at: clock.now())
        } catch {
            throw .store(error)
        }
    }

    /// What the change leaves, with keys filled in; nil: the set is deleted. It fails for a key that is missing, and for
    /// one that the plan meant to publish and that has been revoked or removed since.
    private static func resolve(
        _ change: Change, keys: [KeyID: KeyRecord]
    ) -> Result<RecordSet?, ProviderError> {
        guard let after = change.after else { return .success(nil) }
        var data: [RecordData] = []
        for value in after.values {
            switch value {
            case .known(let known):
                data.append(known)
            case .futureKey(let id, _, let testing):
                guard let key = keys[id], let text = key.recordText(isTesting: testing) else {
                    return .failure(
                        ProviderError(.rejected, "the key for \(change.key.name) is not in the keyring"))
                }
                switch key.state {
                case .generated, .published, .active, .retiring: data.append(.txt(TXTValue(text)))
                case .revoked, .removed:
                    return .failure(
                        ProviderError(
                            .rejected, "the key \(id) was \(key.state.rawValue) since the plan; make a new plan"))
                }
            }
        }
        return .success(RecordSet(change.key, timeToLiveSeconds: after.timeToLiveSeconds, data: data))
    }

    /// What each comes to beside what its provider says stands there; one whose provider cannot be read is left out.
    private func standing<Item: PlacedRecordSet, Result: Sendable>(
        at items: [Item], _ body: @escaping @Sendable (Item, RecordSet?) -> Result?
    ) async -> [Result] {
        await parallelMap(byZone(items), limit: Self.zonesInFlightMax) {
            provider, zone, items in
            guard let provider = providers[provider],
                let standing = try? await provider.recordSets(in: zone, keys: items.map(\.key))
            else { return [Result]() }
            return items.compactMap { body($0, standing[$0.key]) }
        }.flatMap { $0 }
    }

    private static func same(_ left: RecordSet?, _ right: RecordSet?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left == right
    }

    private struct Zone: Hashable {
        var provider: ProviderID
        var apex: DomainName
    }

    private func byZone<Item: PlacedRecordSet>(_ items: [Item]) -> [(ProviderID, DomainName, [Item])] {
        var order: [Zone] = []
        var groups: [Zone: [Item]] = [:]
        for item in items {
            let zone = Zone(provider: item.provider, apex: item.zone)
            if groups[zone] == nil { order.append(zone) }
            groups[zone, default: []].append(item)
        }
        return order.map { ($0.provider, $0.apex, groups[$0]!) }
    }
}

/// A record set, and where it is kept.
private protocol PlacedRecordSet: Sendable {
    var provider: ProviderID { get }
    var zone: DomainName { get }
    var key: RecordSetKey { get }
}

extension Change: PlacedRecordSet {}
extension LedgerEntry: PlacedRecordSet {}

/// Gathers outcomes so that one transaction records many.
private actor OutcomeCollector {
    static let batchSize = 500

    private var pending: [IntentOutcome] = []

    /// A batch to record, once there is one.
    func add(_ outcomes: [IntentOutcome]) -> [IntentOutcome]? {
        pending += outcomes
        return pending.count >= Self.batchSize ? rest() : nil
    }

    func putBack(_ outcomes: [IntentOutcome]) { pending += outcomes }

    func rest() -> [IntentOutcome] {
        defer { pending = [] }
        return pending
    }
}
