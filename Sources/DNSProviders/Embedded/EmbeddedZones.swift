package import DNS
import Synchronization
package import Transport

/// What a `DNSResponder` serves of the embedded provider's zones: each as it stands in the store at the moment of the
/// question, whoever wrote it; and, for a zone of the list that nobody has written to yet, the one that a first write
/// would start from.
package final class EmbeddedZones: DNSZoneSource {
    private struct Tables {
        var revision: Int64 = 0
        var byApex: [DomainName: DNSZoneTable] = [:]
    }

    private let store: any EmbeddedZoneStore
    private let tables: Mutex<Tables>

    package init(
        store: any EmbeddedZoneStore, zones: some Sequence<DomainName>,
        template: EmbeddedZoneTemplate = EmbeddedZoneTemplate()
    ) {
        self.store = store
        var tables = Tables()
        for apex in zones { tables.byApex[apex] = Self.table(template.zone(apex)) }
        self.tables = Mutex(tables)
    }

    package func answer(_ name: DomainName, _ type: RecordType) async -> ZoneAnswer {
        let revision = tables.withLock { $0.revision }
        guard let changes = try? await store.embeddedZones(changedAfter: revision) else { return .failed }
        let table = tables.withLock { tables in
            // Another question may have brought a newer copy in the meantime.
            if changes.revision > tables.revision {
                for zone in changes.zones { tables.byApex[zone.apex] = Self.table(zone) }
                tables.revision = changes.revision
            }
            return Self.nearest(tables.byApex, name)
        }
        return table?.answer(name, type) ?? .refused
    }

    /// The table of the longest apex at or above the name.
    private static func nearest(_ tables: [DomainName: DNSZoneTable], _ name: DomainName) -> DNSZoneTable? {
        var next: DomainName? = name
        while let candidate = next {
            if let table = tables[candidate] { return table }
            next = candidate.parent
        }
        return nil
    }

    private static func table(_ zone: EmbeddedZone) -> DNSZoneTable {
        DNSZoneTable(zone.authority, Array(zone.recordSets.values))
    }
}
