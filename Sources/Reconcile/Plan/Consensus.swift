package import DNS

/// What all servers of a zone say together of one record set.
package struct Consensus {
    package enum Verdict: Equatable {
        /// What stands there; nil: nothing.
        case agreed(RecordSet?)
        /// Servers differ: the newest zone's word, by its SOA serial.
        case differing(newest: RecordSet?)
        case alias(DomainName)
        case delegatedAway(DomainName)
        /// Nobody answered usably.
        case unknown
    }

    package let verdict: Verdict
    /// For how many seconds a cache may hold what any server says now.
    let staleSeconds: UInt32
    package let failures: [ServerView]

    package init(_ views: [ServerView], context: ZoneContext) {
        var seen: [(state: RecordSet?, serial: UInt32?)] = []
        var stale: UInt32 = 0
        var failures: [ServerView] = []
        var blocked: Verdict?
        for (index, view) in views.enumerated() {
            let serial = index < context.serials.count ? context.serials[index] : nil
            switch view.state {
            case .present(let set):
                seen.append((set, serial))
                stale = max(stale, set.timeToLiveSeconds)
            case .absent(let negative):
                seen.append((nil, serial))
                stale = max(stale, negative ?? context.negativeTimeToLiveSeconds)
            case .alias(let target): blocked = .alias(target)
            case .delegatedAway(let cut): blocked = blocked ?? .delegatedAway(cut)
            case .failed: failures.append(view)
            }
        }
        self.staleSeconds = stale
        self.failures = failures
        if let blocked {
            verdict = blocked
        } else if let first = seen.first {
            if seen.allSatisfy({ Self.same($0.state, first.state) }) {
                verdict = .agreed(first.state)
            } else {
                verdict = .differing(newest: Self.newest(seen))
            }
        } else {
            verdict = .unknown
        }
    }

    private static func same(_ left: RecordSet?, _ right: RecordSet?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.sameData(as: right)
    }

    /// RFC 1982 §3.2: a serial is newer if it is ahead by less than half the number space.
    private static func newest(_ seen: [(state: RecordSet?, serial: UInt32?)]) -> RecordSet? {
        var best = seen[0]
        for candidate in seen.dropFirst() {
            guard let serial = candidate.serial else { continue }
            if let known = best.serial, serial == known || serial &- known >= 0x8000_0000 { continue }
            best = candidate
        }
        return best.state
    }
}
