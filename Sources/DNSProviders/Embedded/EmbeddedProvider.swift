package import DNS

/// Signet's own zones, kept in the store and served by `EmbeddedZones`.
///
/// Each zone of the list is made with its first write; other zones are none of this provider's.
package struct EmbeddedProvider: ZoneProvider {
    private let store: any EmbeddedZoneStore
    private let zones: Set<DomainName>
    private let template: EmbeddedZoneTemplate

    package init(
        store: any EmbeddedZoneStore, zones: some Sequence<DomainName>,
        template: EmbeddedZoneTemplate = EmbeddedZoneTemplate()
    ) {
        self.store = store
        self.zones = Set(zones)
        self.template = template
    }

    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        if let standing = try await store.embeddedRecordSets(in: zone, keys: keys) { return standing }
        let initial = try initial(zone)
        let wanted = Set(keys)
        let soa = initial.authority.recordSet
        return initial.recordSets.merging([soa.key: soa]) { $1 }.filter { wanted.contains($0.key) }
    }

    package func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        do throws(ProviderError) {
            let initial = try initial(zone)
            // What a killed apply has left to do may be nothing, and nothing needs no permit.
            let standing = try await recordSets(in: zone, keys: writes.map(\.key))
            let isPermitted: Bool
            if writes.contains(where: { standing[$0.key] == $0.expected && $0.expected != $0.replacement }) {
                isPermitted = await permit()
            } else {
                isPermitted = false
            }
            if isPermitted { return try await store.writeEmbedded(writes, initial: initial) }
            return writes.map { write in
                let found = standing[write.key]
                if found == write.replacement { return .alreadyThere }
                return found == write.expected ? .notPermitted : .conflict(found: found)
            }
        } catch {
            return writes.map { _ in .failed(error) }
        }
    }

    private func initial(_ zone: DomainName) throws(ProviderError) -> EmbeddedZone {
        guard zones.contains(zone) else {
            throw ProviderError(.noSuchZone, "the embedded provider holds no zone \(zone)")
        }
        return template.zone(zone)
    }
}
