public import DNS

/// The DNS Tree Walk of RFC 9989 §4.10: which DMARC records stand at a name and above it, and so which organization
/// the name belongs to.
public struct DMARCTreeWalk: Sendable {
    /// RFC 9989 §4.10: at most eight queries, however many labels a name has.
    public static let queriesMax = 8

    public struct Found: Sendable, Equatable {
        public let domain: DomainName
        let reading: DMARCReading

        public var record: DMARCRecord { reading.record }
    }

    /// What stands at `_dmarc` of one name.
    enum Answer: Sendable, Equatable {
        case found(DMARCReading)
        case none
        /// All discarded (§4.10 step 2).
        case several
        case failed(String)
    }

    public let start: DomainName
    /// Every single record that was found, from the longest name to the shortest.
    public private(set) var found: [Found] = []
    /// The starting name has more than one record.
    public private(set) var startHasSeveral = false
    /// The name whose query failed, and why; the walk stopped there, and nothing is known of the names above.
    public private(set) var failure: (domain: DomainName, reason: String)?

    public init(from start: DomainName, resolver: any Resolver) async {
        self.start = start
        for target in Self.targets(of: start) {
            switch await Self.look(up: target, resolver: resolver) {
            case .found(let reading):
                found.append(Found(domain: target, reading: reading))
                // §4.10 steps 2 and 6.
                if reading.record.publicSuffix != nil { return }
            case .none:
                break
            case .several:
                if target == start { startHasSeveral = true }
            case .failed(let reason):
                failure = (target, reason)
                return
            }
        }
    }

    /// §4.10.2. Without any record it is the starting name itself.
    public var organizationalDomain: DomainName {
        for item in found {
            if item.record.publicSuffix == false { return item.domain }
            if item.record.publicSuffix == true, item.domain != start {
                return Self.oneLabelBelow(item.domain, towards: start)
            }
        }
        return found.last?.domain ?? start
    }

    /// The name, and then its parents from seven labels downwards (§4.10 steps 4 and 7).
    static func targets(of start: DomainName) -> [DomainName] {
        guard !start.isRoot else { return [] }
        var targets = [start]
        var next = start.parent
        var labels = start.labelCount - 1
        while let name = next, !name.isRoot {
            if labels < queriesMax { targets.append(name) }
            next = name.parent
            labels -= 1
        }
        return targets
    }

    static func look(up domain: DomainName, resolver: any Resolver) async -> Answer {
        guard let name = try? domain.prepending("_dmarc") else { return .none }
        switch await resolver.look(up: name, .txt) {
        case .noData, .noSuchName: return .none
        case .failed(let reason): return .failed(reason)
        case .found(let data, _):
            let readings = data.compactMap { record -> DMARCReading? in
                guard case .txt(let value) = record else { return nil }
                return DMARCReading(value.joined)
            }
            return readings.count > 1 ? .several : readings.first.map(Answer.found) ?? .none
        }
    }

    private static func oneLabelBelow(_ ancestor: DomainName, towards name: DomainName) -> DomainName {
        var below = name
        while let parent = below.parent, parent != ancestor { below = parent }
        return below
    }
}
