package import DNS
package import Transport

/// What the embedded responder answers from: one zone for each declared domain, there from the start, so that a first
/// plan finds an empty zone rather than none. Follows what other processes write to the store.
package actor EmbeddedZones: DNSZoneSource {
    private let store: any EmbeddedZoneStore
    /// The zones that this manifest serves; others in the store are not its business.
    private let apexes: Set<DomainName>
    private var tables: [DomainName: DNSZoneTable]
    private var revision: Int64 = 0

    /// - Parameter zones: each zone's apex, with the SOA's MINIMUM and time to live in seconds.
    package init(store: any EmbeddedZoneStore, zones: [DomainName: UInt32]) {
        self.store = store
        apexes = Set(zones.keys)
        tables = [:]
        for (apex, seconds) in zones {
            tables[apex] = DNSZoneTable(EmbeddedZone(initial: apex, negativeTimeToLiveSeconds: seconds))
        }
    }

    package func answer(_ name: DomainName, _ type: RecordType) async -> ZoneAnswer {
        var candidate: DomainName? = name
        while let apex = candidate {
            if apexes.contains(apex) {
                do { try await refresh() } catch { return .failed }
                return tables[apex]?.answer(name, type) ?? .refused
            }
            candidate = apex.parent
        }
        return .refused
    }

    private func refresh() async throws(ProviderError) {
        let changes = try await store.embeddedZones(changedAfter: revision)
        // Another question may have refreshed meanwhile, and further.
        guard changes.revision > revision else { return }
        for zone in changes.zones where apexes.contains(zone.apex) { tables[zone.apex] = DNSZoneTable(zone) }
        revision = changes.revision
    }
}

extension DNSZoneTable {
    init(_ zone: EmbeddedZone) {
        self.init(zone.authority, Array(zone.recordSets.values))
    }
}
