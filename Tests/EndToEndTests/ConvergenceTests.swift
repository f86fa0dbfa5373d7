import Foundation
import Synchronization
import TestSupport
import Testing

/// Acceptance d: with a secondary that lags and a resolver whose cache holds what the secondary said last, `wait` opens
/// neither early nor late.
@Suite(.serialized, .enabled(if: Lab.isAvailable(.powerDNS, .bind, .unbound), Lab.hint))
struct ConvergenceTests {
    private static let zone = "d.test"

    enum Change: String, CaseIterable {
        /// A record set gets another value: caches hold the old one for its time to live.
        case updated
        /// A record set appears: caches hold its absence for the zone's negative time to live.
        case created

        var name: String { self == .updated ? "d.test" : "_smtp._tls.d.test" }
        var secondsCached: Int { self == .updated ? 6 : 4 }

        func edit(_ manifest: String) -> String {
            switch self {
            case .updated: manifest.replacing("192.0.2.10", with: "192.0.2.99")
            case .created: manifest.replacing("d.test: {}", with: "d.test: { tls_reports: [\"mailto:tls@d.test\"] }")
            }
        }
    }

    /// Watches one name at the secondary and at the resolver, several times in each of their seconds.
    private final class Watch: Sendable {
        private struct Seen {
            var secondaryChanged: Date?
            var resolverLastOld: Date?
            var isStopped = false
        }

        private let seen = Mutex(Seen())

        init(_ name: String, old: [[UInt8]], secondary: Int, resolver: Int) {
            let thread = Thread { [self] in
                while !seen.withLock({ $0.isStopped }) {
                    let started = Date()
                    let cached = try? DNSProbe.texts(resolver, name)
                    let served = try? DNSProbe.texts(secondary, name)
                    seen.withLock { seen in
                        if let cached, Set(cached) == Set(old) { seen.resolverLastOld = started }
                        if let served, Set(served) != Set(old), seen.secondaryChanged == nil {
                            seen.secondaryChanged = started
                        }
                    }
                    usleep(20_000)
                }
            }
            thread.start()
        }

        var secondaryChanged: Date? { seen.withLock { $0.secondaryChanged } }
        var resolverLastOld: Date? { seen.withLock { $0.resolverLastOld } }
        func stop() { seen.withLock { $0.isStopped = true } }
    }

    @Test(arguments: Change.allCases)
    func waitOpensNeitherEarlyNorLate(change: Change) throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone, negativeTTL: 4)
        let bind = try LaggingSecondary(zone: Self.zone, primary: server.dnsPort)
        defer { bind.stop() }
        let resolver = Int(Lab.freePort())
        let unbound = try Lab.start(
            .unbound,
            [
                "PORT": "\(resolver)", "CONTROL_PORT": "\(Lab.freePort())",
                "STUBS": "\(Self.zone)=127.0.0.1@\(bind.port)",
            ])
        defer { unbound.stop() }

        var manifest = TestManifest(
            dnsPort: server.dnsPort, apiPort: server.apiPort, resolvers: [resolver], domains: [(Self.zone, "{}")])
        manifest.stubs = [Self.zone: [server.dnsPort, bind.port]]
        manifest.defaults = manifest.defaults.replacing("ttl: 2s", with: "ttl: 6s")
        let text = manifest.text(zones: [Self.zone])
        let workspace = try Workspace(manifest: text)
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey

        // Everything has converged once.
        #expect(try workspace.signet("apply", "--auto-approve", "--no-wait").status != 1)
        try bind.transfer()
        let first = try workspace.signet("wait", "--timeout", "60s")
        #expect(first.status == 0, "\(first.all)")

        // The primary changes; the secondary does not know yet.
        try workspace.write("signet.yaml", change.edit(text))
        let old = try DNSProbe.texts(bind.port, change.name)
        #expect(try workspace.signet("apply", "--auto-approve", "--no-wait").status != 1)
        #expect(try Set(DNSProbe.texts(server.dnsPort, change.name)) != Set(old))
        #expect(try Set(DNSProbe.texts(bind.port, change.name)) == Set(old))

        let waiting = try workspace.start(["wait", "--timeout", "120s"])
        let watch = Watch(change.name, old: old, secondary: bind.port, resolver: resolver)
        defer { watch.stop() }
        try poll("wait to name the lagging server") {
            waiting.errorSoFar.contains("127.0.0.1:\(bind.port)")
        }
        #expect(waiting.isRunning)

        // The worst that a cache can do: it takes the old answer just before the secondary changes.
        let configuration = unbound.workFolder.appendingPathComponent("unbound.conf").path
        let flushed = try ChildProcess.run(
            "/usr/sbin/unbound-control", ["-c", configuration, "flush_zone", Self.zone])
        #expect(flushed.status == 0)
        #expect(try Set(DNSProbe.texts(resolver, change.name)) == Set(old))
        try bind.transfer()

        let result = waiting.wait()
        let opened = Date()
        watch.stop()
        #expect(result.status == 0, "\(result.all)")
        let changed = try #require(watch.secondaryChanged)
        let lastOld = try #require(watch.resolverLastOld)
        #expect(lastOld > changed, "the resolver was to hold the old answer after the secondary changed")
        #expect(opened > lastOld, "opened \(lastOld.timeIntervalSince(opened)) s before the cache's expiry")
        let late = opened.timeIntervalSince(changed) - Double(change.secondsCached)
        #expect(late <= 2, "opened \(late) s after the last cache could have held it")
        #expect(try Set(DNSProbe.texts(resolver, change.name)) != Set(old))
    }

    @Test func aServerThatNeverCatchesUpKeepsTheGateClosed() throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone, negativeTTL: 1)
        let bind = try LaggingSecondary(zone: Self.zone, primary: server.dnsPort)
        defer { bind.stop() }
        var manifest = TestManifest(dnsPort: server.dnsPort, apiPort: server.apiPort, domains: [(Self.zone, "{}")])
        manifest.stubs = [Self.zone: [server.dnsPort, bind.port]]
        let workspace = try Workspace(manifest: manifest.text(zones: [Self.zone]))
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        #expect(try workspace.signet("apply", "--auto-approve", "--no-wait").status != 1)

        let gaveUp = try workspace.answer("wait", "--timeout", "3s")
        #expect(gaveUp.status == 3)
        let state = gaveUp.json["domains"][0]
        #expect(state["gate_open"].bool == false)
        #expect(state["waiting_for"].array.contains { $0.string?.contains("127.0.0.1:\(bind.port)") == true })
        #expect(try workspace.signet("verify").status == 3)
    }
}
