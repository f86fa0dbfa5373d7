package import DNS

/// A person who edits the zone by hand: each write is handed over as instructions, and DNS shows when it is done.
package struct ManualProvider: ZoneProvider {
    /// What DNS shows of a zone's record sets, from its authoritative servers, for each key asked for: nil where nothing
    /// stands, or why that is not known.
    package typealias Observe =
        @Sendable (_ zone: DomainName, _ keys: [RecordSetKey]) async throws(ProviderError)
        -> [RecordSetKey: Result<RecordSet?, ProviderError>]

    private let observe: Observe

    package init(observe: @escaping Observe) { self.observe = observe }

    /// Throws if one of them is not known: left out, it would read as absent.
    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        let seen = try await observe(zone, keys)
        var found: [RecordSetKey: RecordSet] = [:]
        for key in keys { found[key] = try seen[key]?.get() }
        return found
    }

    package func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        let standing: [RecordSetKey: Result<RecordSet?, ProviderError>]
        do throws(ProviderError) {
            standing = try await observe(zone, writes.map(\.key))
        } catch {
            return writes.map { _ in .failed(error) }
        }
        var outcomes: [RecordSetWriteOutcome] = []
        for write in writes {
            switch standing[write.key] ?? .success(nil) {
            case .failure(let error):
                outcomes.append(.failed(error))
            case .success(let found):
                if Self.isThere(write, found) {
                    outcomes.append(.alreadyThere)
                } else if found != write.expected {
                    outcomes.append(.conflict(found: found))
                } else if await permit() {
                    outcomes.append(.handedOver(instructions: ManualInstructions.text(write, in: zone)))
                } else {
                    outcomes.append(.notPermitted)
                }
            }
        }
        return outcomes
    }

    /// Many web forms do not let one choose the time to live: where the data are what the write is about, they count.
    private static func isThere(_ write: RecordSetWrite, _ found: RecordSet?) -> Bool {
        guard let found, let replacement = write.replacement else { return found == write.replacement }
        if found == replacement { return true }
        return found.sameData(as: replacement) && write.expected?.sameData(as: replacement) != true
    }
}
