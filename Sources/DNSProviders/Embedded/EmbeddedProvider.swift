package import DNS

/// Zones of our own in the store, for trying out and for tests: no account, no network beyond loopback.
package struct EmbeddedProvider: ZoneProvider {
    private let store: any EmbeddedZoneStore

    package init(store: any EmbeddedZoneStore) {
        self.store = store
    }

    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        let standing: [RecordSet]
        do { standing = try await store.embeddedZone(zone)?.recordSets ?? [] } catch {
            throw ProviderError(.unavailable, "the zone \(zone) cannot be read from the store: \(error)")
        }
        let wanted = Set(keys)
        return Dictionary(uniqueKeysWithValues: standing.filter { wanted.contains($0.key) }.map { ($0.key, $0) })
    }

    package func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        let foreign = writes.filter { !$0.key.name.isEqualOrBelow(zone) }
        guard foreign.isEmpty else {
            let error = ProviderError(.rejected, "\(foreign[0].key) does not lie in the zone \(zone)")
            return writes.map { _ in .failed(error) }
        }
        guard await permit() else { return writes.map { _ in .notPermitted } }
        do {
            return try await store.writeEmbedded(writes, in: zone)
        } catch {
            let failure = ProviderError(.unavailable, "the zone \(zone) cannot be written to the store: \(error)")
            return writes.map { _ in .failed(failure) }
        }
    }
}
