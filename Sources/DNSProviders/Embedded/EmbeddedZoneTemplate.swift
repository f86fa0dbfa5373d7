package import DNS

/// What a zone of the embedded provider starts with: an SOA, and one name server below the apex.
package struct EmbeddedZoneTemplate: Sendable, Equatable {
    /// The SOA's MINIMUM and time to live, and the time to live of the name server's records, in seconds.
    package var negativeTimeToLiveSeconds: UInt32
    /// Where the responder answers, as the zone itself says.
    package var address: IPAddress

    package init(negativeTimeToLiveSeconds: UInt32 = 60, address: IPAddress = .v4(0x7F00_0001)) {
        self.negativeTimeToLiveSeconds = negativeTimeToLiveSeconds
        self.address = address
    }

    /// RFC 1912 §2.2 gives the ranges; nobody transfers these zones, so refresh, retry and expire are never used.
    package func zone(_ apex: DomainName) -> EmbeddedZone {
        let server = (try? apex.prepending("ns")) ?? apex
        let soa = StartOfAuthority(
            primary: server, mailbox: (try? apex.prepending("hostmaster")) ?? apex, serial: 1, refresh: 3600,
            retry: 600, expire: 1_209_600, minimum: negativeTimeToLiveSeconds)
        let data: RecordData
        if case .v4 = address { data = .a(address) } else { data = .aaaa(address) }
        return EmbeddedZone(
            authority: ZoneAuthority(
                apex: apex, startOfAuthority: soa, timeToLiveSeconds: negativeTimeToLiveSeconds),
            recordSets: [
                RecordSet(apex, .ns, timeToLiveSeconds: negativeTimeToLiveSeconds, data: [.ns(server)]),
                RecordSet(server, data.type, timeToLiveSeconds: negativeTimeToLiveSeconds, data: [data]),
            ])
    }
}
