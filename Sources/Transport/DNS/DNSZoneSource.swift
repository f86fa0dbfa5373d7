package import DNS

/// What a `DNSResponder` serves. Asked once for each question, from many tasks at once.
package protocol DNSZoneSource: Sendable {
    func answer(_ name: DomainName, _ type: RecordType) async -> ZoneAnswer
}

package enum ZoneAnswer: Sendable, Equatable {
    case records(RecordSet)
    /// The name is an alias, and the question asked for another type than CNAME.
    case alias(DomainName, timeToLiveSeconds: UInt32)
    case noData(ZoneAuthority)
    case noSuchName(ZoneAuthority)
    /// The name lies at or below a zone cut, delegated to these servers.
    case referral(RecordSet, glue: [DomainName: [IPAddress]])
    /// No zone of ours holds the name.
    case refused
    /// The zone is ours, but cannot be read now.
    case failed
}

/// One zone held in memory: for the `embedded` provider's simplest form, and for tests. Without wildcards.
package struct DNSZoneTable: DNSZoneSource, Equatable {
    package let authority: ZoneAuthority
    private let sets: [RecordSetKey: RecordSet]
    /// Every name that exists, those included that have no records but names below them (RFC 8020 §2).
    private let names: Set<DomainName>

    /// The SOA comes from `authority`; sets outside its zone are left out.
    package init(_ authority: ZoneAuthority, _ recordSets: [RecordSet]) {
        self.authority = authority
        var sets: [RecordSetKey: RecordSet] = [:]
        var names: Set<DomainName> = [authority.apex]
        for set in recordSets where set.name.isEqualOrBelow(authority.apex) {
            sets[set.key] = set
            var name: DomainName? = set.name
            while let present = name, names.insert(present).inserted { name = present.parent }
        }
        let soa = RecordSet(
            authority.apex, .soa, timeToLiveSeconds: authority.timeToLiveSeconds,
            data: [.soa(authority.startOfAuthority)])
        sets[soa.key] = soa
        self.sets = sets
        self.names = names
    }

    package func answer(_ name: DomainName, _ type: RecordType) -> ZoneAnswer {
        guard name.isEqualOrBelow(authority.apex) else { return .refused }
        if let cut = cut(above: name) { return .referral(cut, glue: glue(for: cut)) }
        if let set = sets[RecordSetKey(name, type)] { return .records(set) }
        if let alias = sets[RecordSetKey(name, .cname)], case .cname(let target)? = alias.data.first {
            return .alias(target, timeToLiveSeconds: alias.timeToLiveSeconds)
        }
        return names.contains(name) ? .noData(authority) : .noSuchName(authority)
    }

    /// The NS set nearest below the apex on the way to a name.
    private func cut(above name: DomainName) -> RecordSet? {
        var found: RecordSet?
        var next: DomainName? = name
        while let candidate = next, candidate != authority.apex {
            if let set = sets[RecordSetKey(candidate, .ns)] { found = set }
            next = candidate.parent
        }
        return found
    }

    private func glue(for cut: RecordSet) -> [DomainName: [IPAddress]] {
        var glue: [DomainName: [IPAddress]] = [:]
        for case .ns(let server) in cut.data {
            for type in [RecordType.a, .aaaa] {
                for data in sets[RecordSetKey(server, type)]?.data ?? [] {
                    switch data {
                    case .a(let address), .aaaa(let address): glue[server, default: []].append(address)
                    default: break
                    }
                }
            }
        }
        return glue
    }
}
