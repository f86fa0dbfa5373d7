package import DNS

/// Finds zones and their servers through caching resolvers: SOA for the cut, NS for the servers, A and AAAA for each.
package struct Delegation: Sendable {
    private let querying: any ServerQuerying
    private let resolvers: [ResolverAddress]

    package init(querying: any ServerQuerying, resolvers: [ResolverAddress]) {
        self.querying = querying
        self.resolvers = resolvers
    }

    /// One outcome for each domain, in their order.
    package func zones(of domains: [DomainName]) async -> [ZoneOutcome] {
        guard !resolvers.isEmpty else {
            return domains.map { _ in
                .unobservable("no resolver is configured: set settings.dns.resolvers, or a stub for the zone")
            }
        }
        var cuts: [DomainName: Cut] = [:]
        var outcomes = [ZoneOutcome?](repeating: nil, count: domains.count)
        var apexes = [DomainName?](repeating: nil, count: domains.count)
        for (index, cut) in await self.cuts(of: domains).enumerated() {
            switch cut {
            case .success(let authority):
                // A cut at the root or a top-level domain is a registry's: the user's own name was never delegated.
                if authority.apex.text.isEmpty || authority.apex.parent?.text.isEmpty == true {
                    outcomes[index] = .notDelegated(
                        "the closest zone above \(domains[index]) is \(authority.apex): the name has no NS records")
                } else {
                    apexes[index] = authority.apex
                    cuts[authority.apex] = Cut(authority: authority)
                }
            case .failure(let told):
                outcomes[index] = .unobservable(told.reason)
            }
        }
        await nameServers(of: &cuts)
        let contexts = await self.contexts(of: cuts)
        for (index, apex) in apexes.enumerated() {
            guard let apex else { continue }
            outcomes[index] = contexts[apex]
        }
        return outcomes.map { $0! }
    }

    private struct Cut {
        var authority: ZoneAuthority
        var servers: [NameServer] = []
        var problem: String?
    }

    private struct Told: Error {
        var reason: String
    }

    private func cuts(of domains: [DomainName]) async -> [Result<ZoneAuthority, Told>] {
        var results = [Result<ZoneAuthority, Told>?](repeating: nil, count: domains.count)
        // The name whose SOA is asked for: climbs while an alias hides the SOA.
        var open = domains.enumerated().map { ($0.offset, $0.element) }
        while !open.isEmpty {
            let replies = await ask(open.map { ($0.1, .soa) })
            var still: [(Int, DomainName)] = []
            for ((index, name), reply) in zip(open, replies) {
                switch reply {
                case .failed(let failure):
                    results[index] = .failure(Told(reason: "asked \(resolverList) for the SOA of \(name): \(failure)"))
                case .answer(let answer):
                    if let authority = answer.authority, name.isEqualOrBelow(authority.apex) {
                        results[index] = .success(authority)
                    } else if let parent = name.parent {
                        still.append((index, parent))
                    } else {
                        results[index] = .failure(Told(reason: "no SOA was found at \(domains[index]) or above"))
                    }
                }
            }
            open = still
        }
        return results.map { $0! }
    }

    private func nameServers(of cuts: inout [DomainName: Cut]) async {
        let apexes = cuts.keys.sorted()
        var hosts: [DomainName: [IPAddress]] = [:]
        var hostsByApex: [DomainName: [DomainName]] = [:]
        for (apex, reply) in zip(apexes, await ask(apexes.map { ($0, .ns) })) {
            switch reply {
            case .failed(let failure):
                cuts[apex]!.problem = "asked \(resolverList) for the NS records of \(apex): \(failure)"
            case .answer(let answer):
                guard case .records(let set) = answer.outcome else {
                    cuts[apex]!.problem = "\(resolverList) knows no NS records of \(apex)"
                    continue
                }
                let names = set.data.compactMap { data -> DomainName? in
                    if case .ns(let host) = data { host } else { nil }
                }
                hostsByApex[apex] = names.sorted()
                for name in names { hosts[name] = [] }
            }
        }
        let names = hosts.keys.sorted()
        let questions = names.flatMap { [($0, RecordType.a), ($0, RecordType.aaaa)] }
        for ((name, _), reply) in zip(questions, await ask(questions)) {
            guard case .answer(let answer) = reply, case .records(let set) = answer.outcome else { continue }
            for data in set.data {
                switch data {
                case .a(let address), .aaaa(let address): hosts[name]!.append(address)
                default: break
                }
            }
        }
        for (apex, names) in hostsByApex {
            cuts[apex]!.servers = names.flatMap { host in
                hosts[host]!.map { NameServer(name: host, address: ServerAddress(address: $0)) }
            }
            if cuts[apex]!.servers.isEmpty {
                let listed = names.map(\.description).joined(separator: ", ")
                cuts[apex]!.problem = "no address was found for the name servers of \(apex) (\(listed))"
            }
        }
    }

    /// Asks each server for its zone's SOA: who answers, with which serial.
    private func contexts(of cuts: [DomainName: Cut]) async -> [DomainName: ZoneOutcome] {
        var outcomes: [DomainName: ZoneOutcome] = [:]
        let apexes = cuts.keys.filter { cuts[$0]!.problem == nil }.sorted()
        for (apex, cut) in cuts where cut.problem != nil { outcomes[apex] = .unobservable(cut.problem!) }
        let servers = apexes.map { Array(cuts[$0]!.servers.prefix(Observer.serversMax)) }
        let replies = await querying.ask(
            zip(apexes, servers).flatMap { apex, servers in
                servers.map { ServerQuestion(server: $0.address, name: apex, type: .soa) }
            })
        var next = 0
        for (apex, servers) in zip(apexes, servers) {
            let answers = Array(zip(servers, replies[next..<next + servers.count]))
            next += servers.count
            switch Observer.read(apex, answers) {
            case .zone(let outcome): outcomes[apex] = outcome
            case .above, .below:
                outcomes[apex] = .unobservable("the servers of \(apex) do not answer for it (a lame delegation)")
            }
        }
        return outcomes
    }

    private var resolverList: String { resolvers.map(\.description).joined(separator: ", ") }

    /// Asks the first resolver; what failed is asked of the next.
    private func ask(_ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        var replies = [ServerReply](repeating: .failed(.timedOut), count: questions.count)
        var open = Array(questions.indices)
        for resolver in resolvers where !open.isEmpty {
            let answers = await querying.ask(resolver, open.map { questions[$0] })
            var still: [Int] = []
            for (index, answer) in zip(open, answers) {
                replies[index] = answer
                if case .failed = answer { still.append(index) }
            }
            open = still
        }
        return replies
    }
}
