import DNS

/// What a receiver would see if its resolver had just asked this one authoritative server: names of the zone are asked
/// of it alone; where an alias or an include leads out of the zone, of the resolver that everybody shares.
struct ServerResolver: Resolver {
    /// Longer chains of aliases are taken for a loop, as resolvers do.
    static let aliasesMax = 8

    let server: ServerAddress
    let apex: DomainName
    let querying: any ServerQuerying
    let others: any Resolver

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        var name = name
        var timeToLive = UInt32.max
        for _ in 0...Self.aliasesMax {
            guard name.isEqualOrBelow(apex) else {
                return Self.shortened(await others.look(up: name, type), timeToLive)
            }
            let question = ServerQuestion(server: server, name: name, type: type)
            switch await querying.ask([question])[0] {
            case .failed(let failure):
                return .failed("\(server), asked for \(name) \(type): \(failure)")
            case .answer(let answer):
                switch answer.outcome {
                // Delegated further down: the zone below has servers of its own.
                case .referral: return Self.shortened(await others.look(up: name, type), timeToLive)
                case .records, .alias, .noData, .noSuchName:
                    guard answer.isAuthoritative else { return .failed("\(server) is not authoritative for \(name)") }
                }
                switch answer.outcome {
                case .records(let set):
                    return .found(set.data, timeToLiveSeconds: min(timeToLive, set.timeToLiveSeconds))
                case .alias(let target, let seconds):
                    (name, timeToLive) = (target, min(timeToLive, seconds))
                case .noData, .referral: return .noData
                case .noSuchName: return .noSuchName
                }
            }
        }
        return .failed("\(name): more than \(Self.aliasesMax) aliases in a row")
    }

    private static func shortened(_ answer: LookUpAnswer, _ limit: UInt32) -> LookUpAnswer {
        guard case .found(let data, let seconds) = answer else { return answer }
        return .found(data, timeToLiveSeconds: min(seconds, limit))
    }
}
