package import DNS

/// Zones of our own in the store, for trying out and for tests: no account, no network beyond loopback.
package struct EmbeddedProvider: ZoneProvider {
    private let store: any EmbeddedZoneStore
    private let negativeTimeToLiveSeconds: UInt32

    /// - Parameter negativeTimeToLiveSeconds: the SOA's MINIMUM and time to live of zones that are made.
    package init(store: any EmbeddedZoneStore, negativeTimeToLiveSeconds: UInt32) {
        self.store = store
        self.negativeTimeToLiveSeconds = negativeTimeToLiveSeconds
    }

    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        let initial = EmbeddedZone(initial: zone, negativeTimeToLiveSeconds: negativeTimeToLiveSeconds)
        if let standing = try await store.embeddedRecordSets(in: zone, keys: keys) { return standing }
        // Nothing was written yet: the zone is as its first write would find it.
        return initial.recordSets.filter { keys.contains($0.key) }
    }

    package func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        guard await permit() else { return writes.map { _ in .notPermitted } }
        do {
            return try await store.writeEmbedded(
                writes, initial: EmbeddedZone(initial: zone, negativeTimeToLiveSeconds: negativeTimeToLiveSeconds))
        } catch {
            return writes.map { _ in .failed(error) }
        }
    }
}

extension EmbeddedZone {
    /// RFC 6761 §6.4 reserves `invalid`: nobody can mistake the server's name for one that can be reached.
    private static let primary = DomainName(canonical: "embedded.signet.invalid")

    /// A zone with nothing in it but its name server.
    init(initial apex: DomainName, negativeTimeToLiveSeconds seconds: UInt32) {
        self.init(
            authority: ZoneAuthority(
                apex: apex,
                startOfAuthority: StartOfAuthority(
                    primary: Self.primary, mailbox: (try? apex.prepending("hostmaster")) ?? apex, serial: 1,
                    refresh: 3600, retry: 600, expire: 604_800, minimum: seconds),
                timeToLiveSeconds: seconds),
            recordSets: [RecordSet(apex, .ns, timeToLiveSeconds: seconds, data: [.ns(Self.primary)])])
    }
}
