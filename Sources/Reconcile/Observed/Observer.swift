package import DNS

/// Asks every authoritative server itself: finds the zone cut by its SOA, then the name servers, then their addresses,
/// then asks each for each record set.
///
/// Caches are not asked here: a look-up of a name that is about to be created would plant its absence in the cache for
/// the zone's negative time to live (docs/decisions/0004).
package struct Observer: Sendable {
    /// How often a referral is followed below a stub's servers before it counts as a loop.
    package static let referralsMax = 8
    /// How many addresses of one zone's servers are asked; what lies beyond is named in a finding.
    package static let serversMax = 26

    private let querying: any ServerQuerying
    private let stubs: [DomainName: [ServerAddress]]
    private let resolvers: [ResolverAddress]

    package init(querying: any ServerQuerying, stubs: [DomainName: [ServerAddress]], resolvers: [ResolverAddress]) {
        self.querying = querying
        self.stubs = stubs
        self.resolvers = resolvers
    }

    /// One outcome for each domain, in their order.
    package func zones(of domains: [DomainName]) async -> [ZoneOutcome] {
        var outcomes = [ZoneOutcome?](repeating: nil, count: domains.count)
        var stubbed: [StubSearch] = []
        var delegated: [Int] = []
        for (index, domain) in domains.enumerated() {
            if let servers = stub(for: domain) {
                let servers = servers.prefix(Self.serversMax).map { NameServer(name: nil, address: $0) }
                stubbed.append(StubSearch(index: index, domain: domain, servers: Array(servers)))
            } else {
                delegated.append(index)
            }
        }
        for (index, outcome) in await search(stubbed) { outcomes[index] = outcome }
        if !delegated.isEmpty {
            let found = await Delegation(querying: querying, resolvers: resolvers)
                .zones(of: delegated.map { domains[$0] })
            for (index, outcome) in zip(delegated, found) { outcomes[index] = outcome }
        }
        return outcomes.map { $0! }
    }

    /// Asks each server of each domain's zone for each of its record sets.
    package func observe(
        _ wanted: [(domain: DomainName, zone: ZoneOutcome, keys: [RecordSetKey])]
    ) async -> [DomainObservation] {
        var questions: [ServerQuestion] = []
        for (_, zone, keys) in wanted {
            guard case .found(let context) = zone else { continue }
            for key in keys {
                for server in context.servers {
                    questions.append(ServerQuestion(server: server.address, name: key.name, type: key.type))
                }
            }
        }
        let replies = await querying.ask(questions)
        var next = 0
        return wanted.map { domain, zone, keys in
            guard case .found(let context) = zone else { return DomainObservation(domain: domain, zone: zone) }
            var views: [RecordSetKey: [ServerView]] = [:]
            views.reserveCapacity(keys.count)
            for key in keys {
                views[key] = context.servers.map { server in
                    defer { next += 1 }
                    return ServerView(server: server, state: .init(replies[next], in: context.apex))
                }
            }
            return DomainObservation(domain: domain, zone: zone, views: views)
        }
    }

    /// The observation without what a wildcard answered in the place of these record sets (RFC 4592 §2.2.1): there nothing
    /// stands, not even where the wildcard is an alias, and something may be written. A record set that says the same as
    /// the wildcard above it is taken for the wildcard's: of the two, DNS says nothing, but the zone's provider does.
    package func seeingThroughWildcards(
        _ observation: DomainObservation, _ keys: [RecordSetKey]
    ) async -> DomainObservation {
        guard case .found(let context) = observation.zone else { return observation }
        let wildcards = keys.map { Self.wildcards(above: $0.name, in: context.apex) }
        let replies = await querying.ask(
            zip(keys, wildcards).flatMap { key, owners in
                owners.flatMap { owner in
                    context.servers.map { ServerQuestion(server: $0.address, name: owner, type: key.type) }
                }
            })
        var result = observation
        var next = 0
        for (key, owners) in zip(keys, wildcards) {
            for _ in owners {
                for index in context.servers.indices {
                    let above = ServerView.State(replies[next], in: context.apex)
                    next += 1
                    guard let view = observation.views[key]?[index], view.state.saysTheSame(as: above) else { continue }
                    var seconds: UInt32?
                    if case .present(let set) = above { seconds = set.timeToLiveSeconds }
                    result.views[key]?[index].state = .absent(negativeTimeToLiveSeconds: seconds)
                }
            }
        }
        return result
    }

    private static func wildcards(above name: DomainName, in apex: DomainName) -> [DomainName] {
        var owners: [DomainName] = []
        var current = name
        while current != apex, let parent = current.parent, parent.isEqualOrBelow(apex) {
            if let owner = try? parent.prepending("*"), owner != name { owners.append(owner) }
            current = parent
        }
        return owners
    }

    /// The servers of the longest stub zone that the name is in.
    private func stub(for name: DomainName) -> [ServerAddress]? {
        guard !stubs.isEmpty else { return nil }
        var current: DomainName? = name
        while let zone = current {
            if let servers = stubs[zone] { return servers }
            current = zone.parent
        }
        return nil
    }

    private struct StubSearch {
        var index: Int
        var domain: DomainName
        /// The name whose SOA is asked for; an ancestor of the domain once an alias stood in the way.
        var question: DomainName
        var servers: [NameServer]
        var referrals = 0

        init(index: Int, domain: DomainName, servers: [NameServer]) {
            self.index = index
            self.domain = domain
            self.question = domain
            self.servers = servers
        }
    }

    private func search(_ searches: [StubSearch]) async -> [(Int, ZoneOutcome)] {
        var done: [(Int, ZoneOutcome)] = []
        var open = searches
        while !open.isEmpty {
            let replies = await querying.ask(
                open.flatMap { search in
                    search.servers.map { ServerQuestion(server: $0.address, name: search.question, type: .soa) }
                })
            var next = 0
            var still: [StubSearch] = []
            for search in open {
                let answers = Array(zip(search.servers, replies[next..<next + search.servers.count]))
                next += search.servers.count
                switch Self.read(search.question, answers) {
                case .zone(let outcome):
                    done.append((search.index, outcome))
                case .above:
                    var above = search
                    if let parent = search.question.parent {
                        above.question = parent
                        still.append(above)
                    } else {
                        done.append((search.index, .unobservable("no SOA is served at \(search.domain) or above")))
                    }
                case .below(let cut, let addresses):
                    var below = search
                    below.referrals += 1
                    below.servers = Array(addresses.prefix(Self.serversMax))
                    if below.referrals > Self.referralsMax || addresses.isEmpty {
                        let why = addresses.isEmpty ? "without an address for its servers" : "in a loop"
                        done.append((search.index, .unobservable("\(cut) is delegated \(why)")))
                    } else {
                        still.append(below)
                    }
                }
            }
            open = still
        }
        return done
    }

    enum ZoneReading: Equatable {
        case zone(ZoneOutcome)
        /// A CNAME without an SOA: ask for the parent's.
        case above
        /// Delegated further, to these servers.
        case below(DomainName, [NameServer])
    }

    /// What all servers' answers to one SOA question say together.
    static func read(_ name: DomainName, _ answers: [(NameServer, ServerReply)]) -> ZoneReading {
        var authority: ZoneAuthority?
        var serials: [UInt32?] = []
        var failures: [ServerFailure] = []
        var referral: (DomainName, [NameServer])?
        var sawAlias = false
        for (server, reply) in answers {
            switch reply {
            case .failed(let failure):
                failures.append(ServerFailure(server: server, reason: failure.description))
                serials.append(nil)
            case .answer(let answer):
                // Towards the name; a lame server refers to the root, or to itself (RFC 1912 §2.8).
                if case .referral(let cut, let nameServers) = answer.outcome, !cut.isRoot {
                    referral = (
                        cut,
                        nameServers.flatMap { host in
                            (answer.glue[host] ?? []).map {
                                NameServer(name: host, address: ServerAddress(address: $0))
                            }
                        }
                    )
                    serials.append(nil)
                } else if !answer.isAuthoritative {
                    failures.append(ServerFailure(server: server, reason: "not authoritative for \(name)"))
                    serials.append(nil)
                } else if let seen = answer.authority {
                    authority = authority ?? seen
                    serials.append(seen.startOfAuthority.serial)
                } else {
                    sawAlias = true
                    serials.append(nil)
                }
            }
        }
        if let authority {
            return .zone(
                .found(
                    ZoneContext(
                        apex: authority.apex, servers: answers.map(\.0), serials: serials,
                        negativeTimeToLiveSeconds: authority.negativeTimeToLiveSeconds, failures: failures)))
        }
        if let (cut, servers) = referral { return .below(cut, servers) }
        if sawAlias { return .above }
        let told = failures.map { "\($0.server): \($0.reason)" }.joined(separator: "; ")
        return .zone(.unobservable("asked for the SOA of \(name): \(told)"))
    }
}

extension ServerView.State {
    /// Of another name: the same data, or the same alias.
    fileprivate func saysTheSame(as other: Self) -> Bool {
        switch (self, other) {
        case (.present(let left), .present(let right)): Set(left.data) == Set(right.data)
        case (.alias(let left), .alias(let right)): left == right
        default: false
        }
    }

    /// A server that is not authoritative has nothing to say: its answer is a failure, never an absence.
    ///
    /// - Parameter apex: of the zone that it was asked as a server of; nil: any referral is believed.
    init(_ reply: ServerReply, in apex: DomainName? = nil) {
        switch reply {
        case .failed(let failure):
            self = .failed(failure.description)
        case .answer(let answer):
            // A referral upwards, or to the zone itself, is a lame server's (RFC 1912 §2.8).
            if case .referral(let cut, _) = answer.outcome,
                apex.map({ cut != $0 && cut.isEqualOrBelow($0) }) ?? true
            {
                self = .delegatedAway(cut)
                return
            }
            guard answer.isAuthoritative else {
                self = .failed("not authoritative")
                return
            }
            switch answer.outcome {
            case .records(let set): self = .present(set)
            case .alias(let target, _): self = .alias(target)
            case .noData, .noSuchName:
                self = .absent(negativeTimeToLiveSeconds: answer.authority?.negativeTimeToLiveSeconds)
            case .referral(let cut, _): self = .delegatedAway(cut)
            }
        }
    }
}
