import FoundationEssentials
import Keys

/// A store in memory, with failures to order.
actor MemoryKeyStore: KeyStore {
    struct Refused: Error {}
    enum Failure { case beforeWriting, afterWriting, otherProcessFirst([KeyRecord]) }

    private(set) var records: [KeyID: KeyRecord] = [:]
    private(set) var insertCount = 0
    private var failures: [Failure]

    init(failures: [Failure] = []) { self.failures = failures }

    func keys(forDomains domains: [String]) -> [KeyRecord] {
        records.values.filter { domains.contains($0.id.domain) }
    }

    func insert(_ keys: [KeyRecord]) throws {
        insertCount += 1
        let failure = failures.isEmpty ? nil : failures.removeFirst()
        if case .beforeWriting = failure { throw Refused() }
        if case .otherProcessFirst(let others) = failure { others.forEach { records[$0.id] = $0 } }
        guard keys.allSatisfy({ records[$0.id] == nil }) else { throw Refused() }
        keys.forEach { records[$0.id] = $0 }
        if case .afterWriting = failure { throw Refused() }
    }

    @discardableResult
    func setState(of ids: [KeyID], from: KeyState, to: KeyState, at time: Date) -> Int {
        let moving = ids.filter { records[$0]?.state == from }
        for id in moving {
            records[id]?.state = to
            records[id]?.stateChangedAt = time
        }
        return moving.count
    }

    func replace(_ record: KeyRecord) { records[record.id] = record }
}
