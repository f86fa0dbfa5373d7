package import DNS
import Synchronization

/// A DNS of tables: what each server holds, and which of them fail. Changes take effect at once.
package final class TableNetwork: ServerQuerying, Resolver {
    package struct Zone: Sendable {
        package var apex: DomainName
        package var negativeTimeToLiveSeconds: UInt32
        package var serial: UInt32
        package var sets: [RecordSetKey: RecordSet]

        package init(
            _ apex: DomainName, negativeTimeToLiveSeconds: UInt32 = 60, serial: UInt32 = 1, sets: [RecordSet] = []
        ) {
            self.apex = apex
            self.negativeTimeToLiveSeconds = negativeTimeToLiveSeconds
            self.serial = serial
            self.sets = Dictionary(uniqueKeysWithValues: sets.map { ($0.key, $0) })
        }
    }

    private struct State {
        var zones: [ServerAddress: [Zone]] = [:]
        var failures: [ServerAddress: QueryFailure] = [:]
        var scripted: [ServerQuestion: ServerReply] = [:]
        var asked: [ServerQuestion] = []
    }

    private let state: Mutex<State>

    package init() { state = Mutex(State()) }

    /// Every question so far.
    package var asked: [ServerQuestion] { state.withLock { $0.asked } }

    package func serve(_ zone: Zone, at server: ServerAddress) {
        state.withLock { state in
            state.zones[server, default: []].removeAll { $0.apex == zone.apex }
            state.zones[server, default: []].append(zone)
        }
    }

    package func put(_ set: RecordSet, at server: ServerAddress) {
        state.withLock { state in
            for index in (state.zones[server] ?? []).indices
            where set.name.isEqualOrBelow(state.zones[server]![index].apex) {
                state.zones[server]![index].sets[set.key] = set
                state.zones[server]![index].serial += 1
            }
        }
    }

    package func fail(_ server: ServerAddress, _ failure: QueryFailure?) {
        state.withLock { $0.failures[server] = failure }
    }

    /// This very question gets this very reply.
    package func script(_ question: ServerQuestion, _ reply: ServerReply) {
        state.withLock { $0.scripted[question] = reply }
    }

    package func ask(_ questions: [ServerQuestion]) async -> [ServerReply] {
        state.withLock { state in
            state.asked += questions
            return questions.map { Self.answer($0, state) }
        }
    }

    package func ask(_ resolver: ResolverAddress, _ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        guard case .server(let server) = resolver else {
            return questions.map { _ in .failed(.unreachable("no table for \(resolver)")) }
        }
        return await ask(
            questions.map { ServerQuestion(server: server, name: $0.0, type: $0.1, recursionDesired: true) })
    }

    /// As a resolver that knows every zone of every server.
    package func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        let servers = state.withLock { Array($0.zones.keys) }.sorted { "\($0)" < "\($1)" }
        for server in servers {
            let reply = await ask([ServerQuestion(server: server, name: name, type: type)])[0]
            guard case .answer(let answer) = reply else { return .failed("\(reply)") }
            switch answer.outcome {
            case .records(let set): return .found(set.data, timeToLiveSeconds: set.timeToLiveSeconds)
            case .noData: return .noData
            case .noSuchName: return .noSuchName
            case .alias(let target, _): return await look(up: target, type)
            case .referral: continue
            }
        }
        return .failed("no server")
    }

    private static func answer(_ question: ServerQuestion, _ state: State) -> ServerReply {
        if let scripted = state.scripted[question] { return scripted }
        if let failure = state.failures[question.server] { return .failed(failure) }
        let zone = (state.zones[question.server] ?? [])
            .filter { question.name.isEqualOrBelow($0.apex) }
            .max { $0.apex.text.utf8.count < $1.apex.text.utf8.count }
        guard let zone else { return .failed(.responseCode(ResponseCode.refused, nil)) }
        let authority = ZoneAuthority(
            apex: zone.apex,
            startOfAuthority: StartOfAuthority(
                primary: zone.apex, mailbox: zone.apex, serial: zone.serial, refresh: 3600, retry: 600,
                expire: 86400, minimum: zone.negativeTimeToLiveSeconds),
            timeToLiveSeconds: zone.negativeTimeToLiveSeconds)
        if question.type == .soa, question.name == zone.apex {
            let set = RecordSet(
                zone.apex, .soa, timeToLiveSeconds: zone.negativeTimeToLiveSeconds,
                data: [.soa(authority.startOfAuthority)])
            return .answer(ServerAnswer(outcome: .records(set), isAuthoritative: true, authority: authority))
        }
        if let set = zone.sets[RecordSetKey(question.name, question.type)] {
            return .answer(ServerAnswer(outcome: .records(set), isAuthoritative: true))
        }
        if let alias = zone.sets[RecordSetKey(question.name, .cname)], case .cname(let target)? = alias.data.first {
            return .answer(
                ServerAnswer(
                    outcome: .alias(target, timeToLiveSeconds: alias.timeToLiveSeconds), isAuthoritative: true))
        }
        let exists = zone.sets.keys.contains { $0.name.isEqualOrBelow(question.name) } || question.name == zone.apex
        return .answer(
            ServerAnswer(outcome: exists ? .noData : .noSuchName, isAuthoritative: true, authority: authority))
    }
}
