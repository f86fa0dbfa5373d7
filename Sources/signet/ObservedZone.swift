import DNS
import Operations
import Reconcile

/// A zone's record sets as all its authoritative servers serve them: what a person's edits are held against.
struct ObservedZone {
    let network: any DNSNetwork

    /// Throws where the servers cannot be asked, or do not agree: what stands there is then not known.
    func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        let observer = Observer(querying: network, stubs: network.stubs, resolvers: network.resolvers)
        let outcome = await observer.zones(of: [zone])[0]
        switch outcome {
        case .found: break
        case .notDelegated(let reason): throw ProviderError(.noSuchZone, "\(zone) is not delegated: \(reason)")
        case .unobservable(let reason): throw ProviderError(.unavailable, "\(zone) cannot be observed: \(reason)")
        }
        let seen = await observer.observe([(domain: zone, zone: outcome, keys: keys)])[0]
        var found: [RecordSetKey: RecordSet] = [:]
        for key in keys { found[key] = try Self.agreed(key, seen.views[key] ?? []) }
        return found
    }

    private static func agreed(_ key: RecordSetKey, _ views: [ServerView]) throws(ProviderError) -> RecordSet? {
        var answers: [RecordSet?] = []
        for view in views {
            switch view.state {
            case .present(let set): answers.append(set)
            case .absent: answers.append(nil)
            case .alias(let target): throw ProviderError(.rejected, "\(key.name) is an alias of \(target)")
            case .delegatedAway(let cut): throw ProviderError(.rejected, "\(key.name) belongs to the zone \(cut)")
            case .failed(let reason):
                throw ProviderError(.unavailable, "asked \(view.server) for \(key): \(reason)")
            }
        }
        guard let first = answers.first else { throw ProviderError(.unavailable, "no server was asked for \(key)") }
        guard answers.allSatisfy({ $0 == first }) else {
            throw ProviderError(.unavailable, "the servers do not answer alike for \(key); wait until they do")
        }
        return first
    }
}
