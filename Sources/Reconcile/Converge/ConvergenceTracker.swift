package import DNS
package import FoundationEssentials
package import Keys

/// Decides when a record set has converged: every server answers with it, no cache can still hold what stood before,
/// and every configured resolver answers with it.
///
/// Pure: looks go in with their times, and out comes what to look at next, and when. A server counts as changed at
/// the time of the first look that showed its new answer, which is never before it truly changed, so the gate can be
/// late by one look's interval and never early.
package struct ConvergenceTracker: Sendable {
    /// The interval between looks at servers that have not changed yet.
    package static let lookInterval: Duration = .milliseconds(500)
    /// No more look-ups than this a second, however much is being waited for: looks become rarer instead.
    package static let lookUpsPerSecondMax = 500

    package struct Target: Sendable, Equatable {
        package var domain: DomainName
        package var desired: RecordSet
        /// For how many seconds a cache may hold what stood before.
        package var staleSeconds: UInt32
        package var servers: [NameServer]
        /// The caching resolvers that must answer with it too; often none for a name that a stub covers.
        package var resolvers: [ResolverAddress]
        /// The first look at which all agreed, if an earlier process saw it.
        package var agreedSince: Date?
        /// Whether the store knows already that it has once converged.
        package var hasConverged: Bool

        package init(
            domain: DomainName, desired: RecordSet, staleSeconds: UInt32, servers: [NameServer],
            resolvers: [ResolverAddress] = [], agreedSince: Date?, hasConverged: Bool = false
        ) {
            self.domain = domain
            self.desired = desired
            self.staleSeconds = staleSeconds
            self.servers = servers
            self.resolvers = resolvers
            self.agreedSince = agreedSince
            self.hasConverged = hasConverged
        }
    }

    package enum Phase: Sendable, Equatable {
        /// Not looked at yet.
        case unseen
        /// These servers still answer otherwise, or not at all: one line each.
        case servers([String])
        /// All servers agree; until then a cache may hold the older answer.
        case caches(until: Date)
        /// These resolvers still answer otherwise.
        case resolvers([String])
        case converged
    }

    /// What to look at now.
    package struct Look: Sendable, Equatable {
        package var servers: [RecordSetKey] = []
        package var resolvers: [RecordSetKey] = []
        package var isEmpty: Bool { servers.isEmpty && resolvers.isEmpty }
    }

    private struct Entry: Sendable {
        var target: Target
        var phase: Phase = .unseen
        var since: Date?
        var nextLook: Date
    }

    private var entries: [RecordSetKey: Entry] = [:]
    private let interval: Double

    package init(_ targets: [Target], at now: Date) {
        let lookUps = targets.reduce(0) { $0 + max(1, $1.servers.count) }
        interval = max(
            Double(Self.lookInterval / .milliseconds(1)) / 1000, Double(lookUps) / Double(Self.lookUpsPerSecondMax))
        for target in targets {
            entries[target.desired.key] = Entry(target: target, since: target.agreedSince, nextLook: now)
        }
    }

    package var isConverged: Bool { entries.values.allSatisfy { $0.phase == .converged } }

    package func phase(of key: RecordSetKey) -> Phase { entries[key]?.phase ?? .unseen }

    package func target(_ key: RecordSetKey) -> Target? { entries[key]?.target }

    /// When the first look that showed agreement was, for the store.
    package func agreedSince(_ key: RecordSetKey) -> Date? { entries[key]?.since }

    /// What is due at this time.
    package func due(at now: Date) -> Look {
        var look = Look()
        for (key, entry) in entries where entry.phase != .converged && entry.nextLook <= now {
            look.servers.append(key)
        }
        look.servers.sort()
        return look
    }

    /// When something is due next; nil once all has converged.
    package var nextLook: Date? { entries.values.filter { $0.phase != .converged }.map(\.nextLook).min() }

    /// When all will have converged if nothing else changes; nil while a server lags, because nobody can say.
    package var expectedAt: Date? {
        var latest: Date?
        for entry in entries.values {
            switch entry.phase {
            case .unseen, .servers, .resolvers: return nil
            case .caches(let until): latest = max(latest ?? until, until)
            case .converged: break
            }
        }
        return latest
    }

    /// What is still being waited for, one line each, in the order of the names.
    package var reasons: [String] {
        entries.keys.sorted().flatMap { key -> [String] in
            switch entries[key]!.phase {
            case .unseen, .converged: []
            case .servers(let lagging): lagging.map { "\(key): \($0)" }
            case .caches: ["\(key): caches may still hold the older answer"]
            case .resolvers(let lagging): lagging.map { "\(key): \($0)" }
            }
        }
    }

    package var keys: [RecordSetKey] { entries.keys.sorted() }

    /// Takes in one look at all servers of a record set. Returns whether its resolvers are to be asked now.
    package mutating func sawServers(_ key: RecordSetKey, _ views: [ServerView], at now: Date) -> Bool {
        guard var entry = entries[key] else { return false }
        defer { entries[key] = entry }
        let lagging = views.filter { !Self.serves($0.state, entry.target.desired) }
        guard lagging.isEmpty, !views.isEmpty else {
            // One that does not answer ends nothing that was seen, and nothing converges without it either.
            if lagging.contains(where: { if case .failed = $0.state { false } else { true } }) { entry.since = nil }
            entry.phase = .servers(
                views.isEmpty
                    ? ["no server is known"] : lagging.map { "\($0.server) answers \(Self.brief($0.state))" })
            entry.nextLook = now.addingTimeInterval(interval)
            return false
        }
        let since = entry.since ?? now
        entry.since = since
        let until = since.addingTimeInterval(Double(entry.target.staleSeconds))
        guard until <= now else {
            entry.phase = .caches(until: until)
            entry.nextLook = until
            return false
        }
        if entry.target.resolvers.isEmpty {
            entry.phase = .converged
            return false
        }
        entry.nextLook = now.addingTimeInterval(interval)
        return true
    }

    /// Takes in what every configured resolver said, after `sawServers` asked for it.
    package mutating func sawResolvers(_ key: RecordSetKey, _ replies: [(String, ServerReply)], at now: Date) {
        guard var entry = entries[key] else { return }
        let lagging = replies.filter { _, reply in
            guard case .answer(let answer) = reply, case .records(let set) = answer.outcome else { return true }
            return !set.sameData(as: entry.target.desired)
        }
        if lagging.isEmpty {
            entry.phase = .converged
        } else {
            entry.phase = .resolvers(lagging.map { "the resolver \($0.0) answers \(Self.brief($0.1))" })
            entry.nextLook = now.addingTimeInterval(interval)
        }
        entries[key] = entry
    }

    private static func serves(_ state: ServerView.State, _ desired: RecordSet) -> Bool {
        if case .present(let set) = state { set.sameData(as: desired) } else { false }
    }

    private static func brief(_ state: ServerView.State) -> String {
        switch state {
        case .present: "with another version"
        case .absent: "that there is no such record"
        case .alias(let target): "with an alias for \(target)"
        case .delegatedAway(let cut): "that \(cut) is delegated"
        case .failed(let reason): "nothing usable (\(reason))"
        }
    }

    private static func brief(_ reply: ServerReply) -> String {
        switch reply {
        case .failed(let failure): "nothing usable (\(failure))"
        case .answer(let answer):
            switch answer.outcome {
            case .records: "with another version"
            case .noData, .noSuchName: "that there is no such record"
            case .alias(let target, _): "with an alias for \(target)"
            case .referral(let cut, _): "that \(cut) is delegated"
            }
        }
    }
}

extension RecordSet {
    /// The digest of what the set says, whatever its order and time to live.
    package var contentDigest: SHA256Digest {
        let lines = data.map(\.presentation).sorted()
        return SHA256.hash(Array(([key.description] + lines).joined(separator: "\n").utf8))
    }
}
