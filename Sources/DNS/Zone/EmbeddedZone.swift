/// A zone that Signet itself holds and serves: its SOA, and everything else in it.
package struct EmbeddedZone: Sendable, Equatable {
    package var authority: ZoneAuthority
    /// Without the SOA; with the NS set of the apex.
    package var recordSets: [RecordSetKey: RecordSet]

    package init(authority: ZoneAuthority, recordSets: [RecordSetKey: RecordSet] = [:]) {
        self.authority = authority
        self.recordSets = recordSets
    }

    package init(authority: ZoneAuthority, recordSets: [RecordSet]) {
        self.init(
            authority: authority,
            recordSets: Dictionary(recordSets.map { ($0.key, $0) }, uniquingKeysWith: { $1 }))
    }

    package var apex: DomainName { authority.apex }

    /// Compare-and-set on each record set, deletes before everything else; the serial moves on once if anything
    /// changed. One outcome for each write, in order: written, already there, conflict, or failed if a zone may not
    /// hold what the write would leave.
    package mutating func apply(_ writes: [RecordSetWrite]) -> [RecordSetWriteOutcome] {
        var outcomes = [RecordSetWriteOutcome?](repeating: nil, count: writes.count)
        // An alias gives way to data, or data to an alias, in one call.
        for isDelete in [true, false] {
            for (index, write) in writes.enumerated() where (write.replacement == nil) == isDelete {
                outcomes[index] = apply(write)
            }
        }
        if outcomes.contains(.written) { authority.startOfAuthority.serial = nextSerial }
        return outcomes.map { $0! }
    }

    private mutating func apply(_ write: RecordSetWrite) -> RecordSetWriteOutcome {
        let found = recordSets[write.key]
        if found == write.replacement { return .alreadyThere }
        guard found == write.expected else { return .conflict(found: found) }
        if let reason = reasonAgainst(write) {
            return .failed(ProviderError(.rejected, "the embedded zone \(apex) cannot hold \(write.key): \(reason)"))
        }
        recordSets[write.key] = write.replacement
        return .written
    }

    private func reasonAgainst(_ write: RecordSetWrite) -> String? {
        let key = write.key
        if !key.name.isEqualOrBelow(apex) { return "the name is not in the zone" }
        if key.type == .soa { return "the SOA is the zone's own" }
        guard let replacement = write.replacement else {
            return key == RecordSetKey(apex, .ns) ? "a zone without name servers cannot be found" : nil
        }
        if replacement.key != key || replacement.data.contains(where: { $0.type != key.type }) {
            return "the data are of another type or name"
        }
        if replacement.data.isEmpty { return "a record set has at least one record" }
        // RFC 2181 §5: no two records of a set are equal; §8: 31 bits.
        if Set(replacement.data).count != replacement.data.count { return "two of its records are equal" }
        if replacement.timeToLiveSeconds > UInt32(Int32.max) { return "the time to live has more than 31 bits" }
        // RFC 1034 §3.6.2, RFC 2181 §10.1.
        if key.type == .cname {
            if replacement.data.count > 1 { return "a name has one alias at most" }
            if key.name == apex || recordSets.keys.contains(where: { $0.name == key.name && $0.type != .cname }) {
                return "a name with other records cannot be an alias"
            }
        } else if recordSets[RecordSetKey(key.name, .cname)] != nil {
            return "the name is an alias"
        }
        return nil
    }

    /// RFC 1982 §3.1; never 0, which some servers take for "none".
    private var nextSerial: UInt32 { max(1, authority.startOfAuthority.serial &+ 1) }
}

extension ZoneAuthority {
    /// The SOA as a record set of its zone.
    package var recordSet: RecordSet {
        RecordSet(apex, .soa, timeToLiveSeconds: timeToLiveSeconds, data: [.soa(startOfAuthority)])
    }
}
