public import DNS

/// Finds the policy that applies to mail from a domain (RFC 9989 §4.10.1).
public enum DMARCDiscovery: Sendable, Equatable {
    /// What applies, where it stands, and the policy for this domain with `sp`, `np` and `t` taken into account.
    case found(DMARCRecord, at: DomainName, policy: DMARCRecord.Policy)
    /// DMARC does not apply.
    case none(Absence)
    /// A query failed: neither a policy nor its absence is known.
    case temperror(String)

    public enum Absence: Sendable, Hashable {
        case noRecord
        /// Several at the author domain: all are discarded, and the domain is not given its parents' policy.
        case severalRecords
        /// The record at this name has no valid policy and nobody to report to.
        case unusableRecord(DomainName)
    }

    public init(for author: DomainName, resolver: any Resolver) async {
        switch await DMARCTreeWalk.look(up: author, resolver: resolver) {
        case .found(let reading):
            self =
                reading.isUsable
                ? .found(reading.record, at: author, policy: reading.record.applied(reading.record.policy))
                : .none(.unusableRecord(author))
        case .several:
            self = .none(.severalRecords)
        case .failed(let reason):
            self = .temperror(reason)
        case .none:
            let walk = await DMARCTreeWalk(from: author, resolver: resolver)
            self = await DMARCDiscovery(above: author, walk: walk, resolver: resolver)
        }
    }

    /// The organizational domain's record, else the public suffix domain's.
    private init(above author: DomainName, walk: DMARCTreeWalk, resolver: any Resolver) async {
        if let failure = walk.failure {
            self = .temperror(failure.reason)
            return
        }
        let organization = walk.organizationalDomain
        let suffix = walk.found.last { $0.record.publicSuffix == true }
        guard let item = walk.found.first(where: { $0.domain == organization }) ?? suffix else {
            self = .none(.noRecord)
            return
        }
        guard item.reading.isUsable else {
            self = .none(.unusableRecord(item.domain))
            return
        }
        let record = item.record
        var exists = true
        if record.nonexistentPolicy != nil {
            // RFC 9989 §3.2.13 after RFC 8020: a name does not exist if a query for it, of any type, is NXDOMAIN.
            switch await resolver.look(up: author, .a) {
            case .found, .noData: break
            case .noSuchName: exists = false
            case .failed(let reason):
                self = .temperror(reason)
                return
            }
        }
        self = .found(record, at: item.domain, policy: record.applied(record.policy(forSubdomainThatExists: exists)))
    }
}
