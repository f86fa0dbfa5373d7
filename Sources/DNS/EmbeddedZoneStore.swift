/// Where the zones of the `embedded` provider lie. Implemented in Storage.
package protocol EmbeddedZoneStore: Sendable {
    /// The zone's serial and record sets; nil if nothing was ever written to it.
    func embeddedZone(_ apex: DomainName) async throws -> EmbeddedZone?
    /// In one transaction: each write whose `expected` is what stands there is made, and the serial grows by one if
    /// anything was. One outcome for each write, in order: `written`, `alreadyThere` or `conflict`.
    func writeEmbedded(_ writes: [RecordSetWrite], in apex: DomainName) async throws -> [RecordSetWriteOutcome]
}

package struct EmbeddedZone: Sendable, Equatable {
    package var serial: UInt32
    package var recordSets: [RecordSet]

    package init(serial: UInt32, recordSets: [RecordSet]) {
        self.serial = serial
        self.recordSets = recordSets
    }
}
