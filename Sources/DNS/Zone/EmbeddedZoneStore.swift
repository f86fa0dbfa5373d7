/// Where the embedded provider keeps its zones. Implemented in Storage; a dictionary in tests.
///
/// Errors have the code `unavailable`.
package protocol EmbeddedZoneStore: Sendable {
    /// Every zone that was written since a revision, whole; 0 asks for all. One look at the store answers whether a
    /// reader's copy is still right.
    func embeddedZones(changedAfter revision: Int64) async throws(ProviderError) -> EmbeddedZoneChanges

    /// What stands in a zone for the keys asked for; nil if there is no such zone.
    func embeddedRecordSets(
        in apex: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet]?

    /// `EmbeddedZone.apply` on the zone that stands, or on `initial` where there is none yet, in one transaction that
    /// is durable before this returns. If no write changes anything, nothing is stored.
    func writeEmbedded(
        _ writes: [RecordSetWrite], initial: EmbeddedZone
    ) async throws(ProviderError) -> [RecordSetWriteOutcome]
}

package struct EmbeddedZoneChanges: Sendable, Equatable {
    package var zones: [EmbeddedZone]
    /// What the next call asks with.
    package var revision: Int64

    package init(zones: [EmbeddedZone], revision: Int64) {
        self.zones = zones
        self.revision = revision
    }
}
