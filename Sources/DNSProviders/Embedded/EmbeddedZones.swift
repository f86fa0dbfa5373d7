package import DNS
package import Transport

/// What the embedded responder answers from: one zone for each declared domain, there from the start, so that a first
/// plan finds an empty zone rather than none.
package struct EmbeddedZones: DNSZoneSource {
    /// The host that the zones' SOA names as their primary server (RFC 6761 §6.4 reserves `invalid`).
    private static let primary = DomainName(canonical: "embedded.signet.invalid")

    private let store: any EmbeddedZoneStore
    /// Each zone's apex, with the SOA's MINIMUM and time to live in seconds.
    private let zones: [DomainName: UInt32]

    package init(store: any EmbeddedZoneStore, zones: [DomainName: UInt32]) {
        self.store = store
        self.zones = zones
    }

    package func answer(_ name: DomainName, _ type: RecordType) async -> ZoneAnswer {
        var candidate: DomainName? = name
        while let apex = candidate {
            if let negative = zones[apex] { return await answer(name, type, in: apex, negative) }
            candidate = apex.parent
        }
        return .refused
    }

    private func answer(
        _ name: DomainName, _ type: RecordType, in apex: DomainName, _ negative: UInt32
    ) async -> ZoneAnswer {
        let zone: EmbeddedZone?
        do { zone = try await store.embeddedZone(apex) } catch { return .failed }
        let authority = ZoneAuthority(
            apex: apex,
            startOfAuthority: StartOfAuthority(
                primary: Self.primary, mailbox: (try? apex.prepending("hostmaster")) ?? apex,
                serial: zone?.serial ?? 0, refresh: 3600, retry: 600, expire: 604_800, minimum: negative),
            timeToLiveSeconds: negative)
        return DNSZoneTable(authority, zone?.recordSets ?? []).answer(name, type)
    }
}
