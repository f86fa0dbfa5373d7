package import DNS

/// A zone's record sets as its authoritative servers serve them: what a person's edits are held against.
package struct ObservedZone: Sendable {
    private let observer: Observer

    package init(observer: Observer) { self.observer = observer }

    /// What stands at each key, nil where nothing does; or why that is not known, or nothing can stand there. As in a plan,
    /// what a wildcard answered is nothing, and a server that does not answer has no say where another does.
    ///
    /// Throws where the zone itself cannot be observed.
    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: Result<RecordSet?, ProviderError>] {
        let outcome = await observer.zones(of: [zone])[0]
        switch outcome {
        case .found: break
        case .notDelegated(let reason): throw ProviderError(.noSuchZone, "\(zone) is not delegated: \(reason)")
        case .unobservable(let reason): throw ProviderError(.unavailable, "\(zone) cannot be observed: \(reason)")
        }
        let seen = await observer.observe([(domain: zone, zone: outcome, keys: keys)])[0]
        let answered = keys.filter { key in
            seen.views[key, default: []].contains { view in
                switch view.state {
                case .present, .alias: true
                case .absent, .delegatedAway, .failed: false
                }
            }
        }
        let clear = await observer.seeingThroughWildcards(seen, answered)
        var found: [RecordSetKey: Result<RecordSet?, ProviderError>] = [:]
        for key in keys { found[key] = Self.agreed(key, clear.views[key, default: []]) }
        return found
    }

    private static func agreed(_ key: RecordSetKey, _ views: [ServerView]) -> Result<RecordSet?, ProviderError> {
        var answers: [RecordSet?] = []
        var failures: [String] = []
        for view in views {
            switch view.state {
            case .present(let set): answers.append(set)
            case .absent: answers.append(nil)
            case .alias(let target): return .failure(ProviderError(.rejected, "\(key.name) is an alias of \(target)"))
            case .delegatedAway(let cut):
                return .failure(ProviderError(.rejected, "\(key.name) belongs to the zone \(cut)"))
            case .failed(let reason): failures.append("\(view.server): \(reason)")
            }
        }
        guard let first = answers.first else {
            let told = failures.isEmpty ? "no server is known" : failures.joined(separator: "; ")
            return .failure(ProviderError(.unavailable, "asked for \(key): \(told)"))
        }
        guard answers.allSatisfy({ $0 == first }) else {
            return .failure(
                ProviderError(.unavailable, "the servers do not answer alike for \(key); wait until they do"))
        }
        return .success(first)
    }
}
