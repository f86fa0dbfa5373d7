import DNS
import FoundationEssentials
import Testing
import TestSupport

@testable import Reconcile

@Suite("Convergence is computed, not guessed")
struct ConvergenceTrackerTests {
    static let start = Date(timeIntervalSince1970: 1_790_000_000)
    static let name = DomainName(canonical: "_dmarc.d.example")
    static let old = RecordSet(name, .txt, timeToLiveSeconds: 30, data: [.txt(TXTValue("old"))])
    static let new = RecordSet(name, .txt, timeToLiveSeconds: 30, data: [.txt(TXTValue("new"))])
    static let servers = ["192.0.2.1", "192.0.2.2"].map { NameServer(name: nil, address: ServerAddress($0)!) }

    static func tracker(
        stale: UInt32 = 30, agreedSince: Date? = nil, resolvers: Int = 0
    ) -> ConvergenceTracker {
        ConvergenceTracker(
            [
                .init(
                    domain: DomainName(canonical: "d.example"), desired: new, staleSeconds: stale, servers: servers,
                    resolvers: (0..<resolvers).map { .server(ServerAddress("192.0.2.\(53 + $0)")!) },
                    agreedSince: agreedSince)
            ], at: start)
    }

    static func views(_ states: [ServerView.State]) -> [ServerView] {
        zip(servers, states).map { ServerView(server: $0, state: $1) }
    }

    static func at(_ seconds: Double) -> Date { start.addingTimeInterval(seconds) }

    @Test("a lagging server is named, and the caches' time starts when the last one changes")
    func laggingServer() {
        var tracker = Self.tracker()
        let key = Self.new.key
        _ = tracker.sawServers(key, Self.views([.present(Self.new), .present(Self.old)]), at: Self.at(1))
        #expect(tracker.phase(of: key) == .servers(["192.0.2.2:53 answers with another version"]))
        #expect(tracker.expectedAt == nil)
        _ = tracker.sawServers(key, Self.views([.present(Self.new), .present(Self.new)]), at: Self.at(9))
        #expect(tracker.phase(of: key) == .caches(until: Self.at(39)))
        #expect(tracker.nextLook == Self.at(39))
        _ = tracker.sawServers(key, Self.views([.present(Self.new), .present(Self.new)]), at: Self.at(39))
        #expect(tracker.isConverged)
    }

    @Test("a server that falls back starts the time anew")
    func fallingBack() {
        var tracker = Self.tracker()
        let key = Self.new.key
        _ = tracker.sawServers(key, Self.views([.present(Self.new), .present(Self.new)]), at: Self.at(1))
        _ = tracker.sawServers(key, Self.views([.present(Self.new), .present(Self.old)]), at: Self.at(31))
        #expect(!tracker.isConverged)
        _ = tracker.sawServers(key, Self.views([.present(Self.new), .present(Self.new)]), at: Self.at(32))
        #expect(tracker.phase(of: key) == .caches(until: Self.at(62)))
    }

    @Test(
        "whatever is not the desired set is lagging",
        arguments: [
            (ServerView.State.absent(negativeTimeToLiveSeconds: 60), "that there is no such record"),
            (.failed("no answer"), "nothing usable (no answer)"),
            (.alias(DomainName(canonical: "x.example")), "with an alias for x.example"),
            (.delegatedAway(DomainName(canonical: "d.example")), "that d.example is delegated"),
        ])
    func neverConverged(state: ServerView.State, words: String) {
        var tracker = Self.tracker(stale: 0)
        _ = tracker.sawServers(Self.new.key, Self.views([.present(Self.new), state]), at: Self.at(1))
        #expect(tracker.phase(of: Self.new.key) == .servers(["192.0.2.2:53 answers \(words)"]))
    }

    @Test("no known server is never converged")
    func noServers() {
        var tracker = Self.tracker(stale: 0)
        _ = tracker.sawServers(Self.new.key, [], at: Self.at(1))
        #expect(!tracker.isConverged)
    }

    @Test("an agreement that an earlier process saw counts")
    func remembered() {
        var tracker = Self.tracker(agreedSince: Self.at(-40))
        _ = tracker.sawServers(Self.new.key, Self.views([.present(Self.new), .present(Self.new)]), at: Self.at(0))
        #expect(tracker.isConverged)
    }

    @Test("what the ledger knows of is waited for, whatever came of the write", arguments: LedgerEntry.Outcome.allCases)
    func failedWrite(outcome: LedgerEntry.Outcome) {
        func target(_ ledger: LedgerEntry?) -> ConvergenceTracker.Target {
            ConvergenceTracker.Target(
                domain: DomainPlannerTests.domain, desired: Self.new, context: DomainPlannerTests.context,
                resolvers: [], ledger: ledger, agreement: nil, now: Self.at(0))
        }
        var entry = DomainPlannerTests.written(Self.new)
        entry.outcome = outcome
        #expect(target(entry).staleSeconds == entry.staleSeconds)
        #expect(target(nil).staleSeconds == 0)
    }

    @Test("an agreement counts for the very content, and from a time that has come")
    func agreements() {
        func agreed(_ set: RecordSet, since: Double) -> Date? {
            ConvergenceTracker.Target(
                domain: DomainPlannerTests.domain, desired: Self.new, context: DomainPlannerTests.context,
                resolvers: [], ledger: nil,
                agreement: Agreement(
                    key: Self.new.key, domain: DomainPlannerTests.domain, target: set.contentDigest,
                    since: Self.at(since)),
                now: Self.at(0)
            ).agreedSince
        }
        #expect(agreed(Self.new, since: -5) == Self.at(-5))
        #expect(agreed(Self.new, since: 5) == nil)
        #expect(agreed(Self.old, since: -5) == nil)
    }

    @Test("resolvers are asked last, and must agree")
    func resolvers() {
        var tracker = Self.tracker(stale: 10, resolvers: 1)
        let key = Self.new.key
        let agreeing = Self.views([.present(Self.new), .present(Self.new)])
        #expect(tracker.sawServers(key, agreeing, at: Self.at(0)) == false)
        #expect(tracker.sawServers(key, agreeing, at: Self.at(10)) == true)
        func reply(_ set: RecordSet) -> ServerReply {
            .answer(ServerAnswer(outcome: .records(set), isAuthoritative: false))
        }
        tracker.sawResolvers(key, [("192.0.2.53:53", reply(Self.old))], at: Self.at(10))
        #expect(tracker.reasons == ["\(key): the resolver 192.0.2.53:53 answers with another version"])
        tracker.sawResolvers(key, [("192.0.2.53:53", .failed(.timedOut))], at: Self.at(11))
        #expect(!tracker.isConverged)
        tracker.sawResolvers(key, [("192.0.2.53:53", reply(Self.new))], at: Self.at(12))
        #expect(tracker.isConverged)
    }

    /// Servers change at random times, caches fetch from random servers at random times: when the tracker says
    /// converged, no cache holds the old answer, and it says so within one interval of the bound.
    @Test("never early, and at most one look late", arguments: 0..<200)
    func neverEarly(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let ttl = Double(UInt32.random(in: 1...40, using: &random))
        let changes = Self.servers.map { _ in Double.random(in: 0...20, using: &random) }
        // A cache that fetched the old answer holds it for its whole time to live.
        var lastStale = 0.0
        for _ in 0..<50 {
            let server = Int.random(in: 0..<2, using: &random)
            let fetched = Double.random(in: 0...20, using: &random)
            if fetched < changes[server] { lastStale = max(lastStale, fetched + ttl) }
        }
        var tracker = Self.tracker(stale: UInt32(ttl))
        var now = Self.start
        while !tracker.isConverged {
            let elapsed = now.timeIntervalSince(Self.start)
            let states = changes.map { elapsed >= $0 ? ServerView.State.present(Self.new) : .present(Self.old) }
            if !tracker.due(at: now).isEmpty { _ = tracker.sawServers(Self.new.key, Self.views(states), at: now) }
            if let next = tracker.nextLook { now = next }
        }
        let opened = now.timeIntervalSince(Self.start)
        #expect(opened >= lastStale, "seed \(seed)")
        #expect(opened <= changes.max()! + ttl + 0.5 + 1e-6, "seed \(seed)")
    }

    @Test("a thousand record sets are looked at more rarely")
    func politeness() {
        let targets = (0..<1_000).map { index in
            ConvergenceTracker.Target(
                domain: DomainName(canonical: "d\(index).example"),
                desired: RecordSet(
                    DomainName(canonical: "d\(index).example"), .txt, timeToLiveSeconds: 1,
                    data: [.txt(TXTValue("x"))]), staleSeconds: 0, servers: Self.servers, agreedSince: nil)
        }
        var tracker = ConvergenceTracker(targets, at: Self.start)
        let key = targets[0].desired.key
        _ = tracker.sawServers(key, Self.views([.failed("x"), .failed("x")]), at: Self.start)
        #expect(tracker.due(at: Self.at(3.9)).servers.contains(key) == false)
        #expect(tracker.due(at: Self.at(4)).servers.contains(key))
    }
}
