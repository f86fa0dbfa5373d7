package import DNS

/// Look-ups as a receiver's resolver makes them: stubs first, then the configured resolvers, aliases followed.
extension DNSClient: Resolver {
    /// Aliases followed in one look-up; ours to choose, resolvers stop between 8 and 16.
    static let aliasesMax = 8
    /// No question starts later than this after the look-up's start (RFC 7208 §4.6.4 gives a whole evaluation 20 s).
    static let lookUpTimeMax = Duration.seconds(20)

    package func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        let start = ContinuousClock.now
        var current = name
        var timeToLive = UInt32.max
        for _ in 0...Self.aliasesMax {
            let answer: ServerAnswer
            switch await firstAnswer(current, type, start: start) {
            case .answer(let found): answer = found
            case .failed(let failure): return .failed("\(current) \(type): \(failure)")
            }
            switch answer.outcome {
            case .records(let set):
                return .found(set.data, timeToLiveSeconds: min(timeToLive, set.timeToLiveSeconds))
            case .alias(let target, let seconds):
                timeToLive = min(timeToLive, seconds)
                current = target
            case .noData: return .noData
            case .noSuchName: return .noSuchName
            case .referral(let cut, _):
                return .failed("\(current) \(type): referred to the name servers of \(cut)")
            }
        }
        return .failed("\(name) \(type): more than \(Self.aliasesMax) aliases follow each other")
    }

    /// The servers of the longest stub zone that holds a name; nil if no stub covers it.
    package func stubServers(for name: DomainName) -> [ServerAddress]? {
        if stubs.isEmpty { return nil }
        var zone: DomainName? = name
        while let candidate = zone {
            if let servers = stubs[candidate] { return servers }
            zone = candidate.parent
        }
        return nil
    }

    /// The first answer that one of the servers in charge gives; the last failure if none does.
    private func firstAnswer(
        _ name: DomainName, _ type: RecordType, start: ContinuousClock.Instant
    ) async -> ServerReply {
        var reply = ServerReply.failed(.unreachable("no resolver is configured"))
        if let servers = stubServers(for: name) {
            for server in servers where start.duration(to: .now) < Self.lookUpTimeMax {
                reply = await ask([ServerQuestion(server: server, name: name, type: type)])[0]
                guard case .answer(let answer) = reply else { continue }
                // Who does not speak for the zone can't say what is absent from it.
                if answer.isAuthoritative || answer.isPositive { return reply }
                if case .referral = answer.outcome { return reply }
                reply = .failed(.unreachable("\(server) is not authoritative"))
            }
            return reply
        }
        for resolver in resolvers where start.duration(to: .now) < Self.lookUpTimeMax {
            reply = await ask(resolver, [(name, type)])[0]
            if case .answer = reply { return reply }
        }
        return reply
    }
}

extension ServerAnswer {
    fileprivate var isPositive: Bool {
        switch outcome {
        case .records, .alias: true
        case .noData, .noSuchName, .referral: false
        }
    }
}
