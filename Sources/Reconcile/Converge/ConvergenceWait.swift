package import DNS
package import FoundationEssentials

/// Performs what `ConvergenceTracker` asks for: looks, remembers, sleeps.
package struct ConvergenceWait: Sendable {
    private let querying: any ServerQuerying
    private let clock: any TimeSource
    /// nil: nothing is remembered (`verify` and `drift` write nothing).
    private let store: (any StateStore)?

    package init(querying: any ServerQuerying, clock: any TimeSource, store: (any StateStore)?) {
        self.querying = querying
        self.clock = clock
        self.store = store
    }

    package enum Failure: Error, Sendable {
        case store(StoreError)
        case cancelled
    }

    /// Looks until all has converged or the deadline has passed, but at least once. A deadline that has passed
    /// already makes it one look.
    package func run(
        _ targets: [ConvergenceTracker.Target], deadline: Date,
        progress: @Sendable (ConvergenceTracker) -> Void
    ) async throws(Failure) -> ConvergenceTracker {
        var tracker = ConvergenceTracker(targets, at: clock.now())
        var remembered = Remembered()
        for target in targets {
            remembered.agreements[target.desired.key] = target.agreedSince
            if target.hasConverged { remembered.converged.insert(target.desired.key) }
        }
        var deadline = deadline
        let start = clock.now()
        var isFirst = true
        while true {
            let look = tracker.due(at: clock.now())
            if !look.isEmpty { try await perform(look, &tracker) }
            // What a first look takes is not waited: caches' time counts from its end.
            if isFirst, deadline > start { deadline += clock.now().timeIntervalSince(start) }
            isFirst = false
            try await remember(tracker, &remembered)
            progress(tracker)
            guard let next = tracker.nextLook, next <= deadline, clock.now() < deadline else { return tracker }
            do { try await clock.sleep(until: next) } catch { throw .cancelled }
        }
    }

    private func perform(_ look: ConvergenceTracker.Look, _ tracker: inout ConvergenceTracker) async throws(Failure) {
        if Task.isCancelled { throw .cancelled }
        let targets = look.servers.compactMap { tracker.target($0) }
        let replies = await querying.ask(
            targets.flatMap { target in
                target.servers.map {
                    ServerQuestion(server: $0.address, name: target.desired.name, type: target.desired.type)
                }
            })
        let now = clock.now()
        var next = 0
        var ready: [ConvergenceTracker.Target] = []
        for target in targets {
            let views = target.servers.map { server in
                defer { next += 1 }
                return ServerView(server: server, state: .init(replies[next]))
            }
            if tracker.sawServers(target.desired.key, views, at: now) { ready.append(target) }
        }
        guard !ready.isEmpty else { return }
        var seen: [RecordSetKey: [(String, ServerReply)]] = [:]
        for resolver in Set(ready.flatMap(\.resolvers)) {
            let asked = ready.filter { $0.resolvers.contains(resolver) }.map(\.desired.key)
            for (key, reply) in zip(asked, await querying.ask(resolver, asked.map { ($0.name, $0.type) })) {
                seen[key, default: []].append((resolver.description, reply))
            }
        }
        let then = clock.now()
        for target in ready {
            let replies = seen[target.desired.key, default: []].sorted { $0.0 < $1.0 }
            tracker.sawResolvers(target.desired.key, replies, at: then)
        }
    }

    /// What the store knows.
    private struct Remembered {
        var agreements: [RecordSetKey: Date] = [:]
        var converged: Set<RecordSetKey> = []
    }

    private func remember(
        _ tracker: ConvergenceTracker, _ remembered: inout Remembered
    ) async throws(Failure) {
        guard let store else { return }
        var agreed: [Agreement] = []
        var broken: [RecordSetKey] = []
        var converged: [Convergence] = []
        let now = clock.now()
        for key in tracker.keys {
            guard let target = tracker.target(key) else { continue }
            if tracker.phase(of: key) == .converged, remembered.converged.insert(key).inserted {
                converged.append(
                    Convergence(key: key, domain: target.domain, target: target.desired.contentDigest, at: now))
            }
            let since = tracker.agreedSince(key)
            guard since != remembered.agreements[key] else { continue }
            if let since {
                agreed.append(
                    Agreement(
                        key: key, domain: target.domain, target: target.desired.contentDigest, since: since))
            } else {
                broken.append(key)
            }
            remembered.agreements[key] = since
        }
        do {
            if !agreed.isEmpty { try await store.recordAgreements(agreed) }
            if !broken.isEmpty { try await store.removeAgreements(broken) }
            if !converged.isEmpty { try await store.recordConvergences(converged) }
        } catch {
            throw .store(error)
        }
    }
}

extension ConvergenceTracker.Target {
    /// What must be known to wait for one record set.
    ///
    /// Signet's own write leaves its `staleSeconds` in the ledger. A record set that Signet never wrote, and that every
    /// server serves as desired, has nothing older to wait out that anybody could know of. A write that failed counts
    /// too: a person may have published it since, or the provider have carried it out late. An agreement from a time that
    /// has not come is a clock's mistake, and counts for nothing.
    package init(
        domain: DomainName, desired: RecordSet, context: ZoneContext, resolvers: [ResolverAddress],
        ledger: LedgerEntry?, agreement: Agreement?, convergence: Convergence? = nil, now: Date
    ) {
        let digest = desired.contentDigest
        let agreed = agreement.flatMap { $0.target == digest && $0.since <= now ? $0.since : nil }
        self.init(
            domain: domain, desired: desired,
            staleSeconds: ledger?.staleSeconds ?? 0, servers: context.servers, resolvers: resolvers,
            agreedSince: agreed, hasConverged: convergence?.target == digest)
    }
}
