import MailAuth

/// Which way a DMARC record moves: stricter waits for SPF and DKIM to converge, looser is shown as such.
enum PolicyStrictness {
    static func risk(from before: DMARCRecord?, to after: DMARCRecord) -> Risk {
        let old = facets(before ?? DMARCRecord(policy: .none))
        let new = facets(after)
        let pairs = Array(zip(old, new))
        // One facet that tightens is enough to wait for; a loosening that comes with it is shown in the text.
        if pairs.contains(where: { $0 < $1 }) { return .tightens }
        if pairs.contains(where: { $0 > $1 }) { return .loosens }
        return .safe
    }

    /// Each facet as a number that grows with strictness. RFC 9989 §4.7: `t=y` asks receivers to act one step milder;
    /// `sp` defaults to `p`, `np` to `sp`.
    private static func facets(_ record: DMARCRecord) -> [Int] {
        let policies = [
            record.policy, record.subdomainPolicy ?? record.policy,
            record.nonexistentPolicy ?? record.subdomainPolicy ?? record.policy,
        ]
        let strictness = policies.map { policy in
            let rank = DMARCRecord.Policy.allCases.firstIndex(of: policy)!
            return record.isTesting ? max(0, rank - 1) : rank
        }
        // Alignment matters only where a policy acts on it.
        let acts = strictness.contains { $0 > 0 }
        return strictness + [
            acts && record.spfAlignment == .strict ? 1 : 0, acts && record.dkimAlignment == .strict ? 1 : 0,
        ]
    }
}
