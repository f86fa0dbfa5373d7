import Foundation
import TestSupport
import Testing

/// Acceptance e, second part: one apply at a time, and none that writes after its lease.
@Suite(.serialized, .enabled(if: Lab.isAvailable(.powerDNS), Lab.hint))
struct ConcurrencyTests {
    private static let zone = "e.test"

    /// A PowerDNS behind the recording proxy; the workspace's provider is the proxy.
    private func withRecording(_ run: (PowerDNS, RecordingProxy, Workspace) throws -> Void) throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone)
        let proxy = try RecordingProxy(upstream: server.apiPort)
        defer { proxy.stop() }
        let manifest = TestManifest(dnsPort: server.dnsPort, apiPort: proxy.port, domains: [(Self.zone, "{}")])
        let workspace = try Workspace(manifest: manifest.text(zones: [Self.zone]))
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        try run(server, proxy, workspace)
    }

    @Test func theSecondApplyNamesTheFirst() throws {
        try withRecording { server, proxy, workspace in
            try proxy.hold("PATCH", count: 1)
            let first = try workspace.start(["apply", "--auto-approve", "--no-wait"])
            try poll("the first apply's write") { try proxy.requests().contains { $0.method == "PATCH" } }

            let second = try workspace.answer("apply", "--auto-approve", "--no-wait")
            #expect(second.status == 1)
            #expect(second.json["error"]["code"].string == "busy")
            #expect(second.json["error"]["holder"].string?.contains("\(first.pid)") == true)
            let status = try workspace.answer("status")
            #expect(status.json["lease"]["holder"].string?.contains("\(first.pid)") == true)

            try proxy.release()
            #expect(first.wait().status == 0)
            #expect(try workspace.answer("status").json["lease"].isNull)
            #expect(try server.recordSets(Self.zone).count == 3)
        }
    }

    @Test func anApplyWhoseLeaseRanOutWritesNoMore() throws {
        try withRecording { server, proxy, workspace in
            // It has the lease, and is stopped before its first write.
            try proxy.hold("GET", count: 1)
            let first = try workspace.start(["apply", "--auto-approve", "--no-wait", "--lease", "2s"])
            try poll("the first apply's question") { try proxy.requests().contains { $0.method == "GET" } }
            first.signal(SIGSTOP)
            try poll("the lease to run out") { try workspace.answer("status").json["lease"].isNull }

            let second = try workspace.signet("apply", "--auto-approve", "--no-wait")
            #expect(second.status == 0, "\(second.all)")
            let sets = try server.recordSets(Self.zone)
            #expect(sets.count == 3)
            let serial = try server.serial(Self.zone)
            let writes = try proxy.requests().count { $0.method == "PATCH" }

            // Somebody changes what the first is about to write: it must not be put back.
            try server.put(Self.zone, "_dmarc.e.test", "TXT", ttl: 2, ["\"v=DMARC1; p=reject\""])
            first.signal(SIGCONT)
            try proxy.release()
            let result = first.wait()
            #expect(result.status == 1)
            #expect(result.error.contains("lease"))
            #expect(try proxy.requests().count { $0.method == "PATCH" } == writes)
            #expect(try server.serial(Self.zone) == serial + 1)
            #expect(try server.recordSets(Self.zone)["_dmarc.e.test TXT"]?.contents == ["\"v=DMARC1; p=reject\""])

            // No key of the second was lost to the first.
            let keys = try workspace.answer("keys", "list").json["keys"].array.compactMap { $0["record"].string }
            #expect(keys.count == 1)
            #expect(sets["signet1._domainkey.e.test TXT"]?.contents == keys.map { "\"\($0)\"" })
        }
    }
}

/// scripts/killtest as a test: kill -9 at random points of apply.
@Suite(.enabled(if: Lab.isAvailable(.powerDNS), Lab.hint))
struct KillTests {
    /// How many kills; CI asks for 300.
    private static let kills = ProcessInfo.processInfo.environment["SIGNET_KILLS"] ?? "40"

    @Test func aKilledApplyIsFinishedByTheNext() throws {
        let result = try ChildProcess.run(
            Workspace.repository.appendingPathComponent("scripts/killtest").path, [Self.kills],
            in: Workspace.repository,
            environment: [
                "SIGNET_BINARY": Workspace.binary,
                "SIGNET_SHARED": (Lab.sharedFolder?.path ?? ""),
            ])
        print(result.output)
        #expect(result.status == 0, "\(result.all)")
        #expect(result.output.contains("\(Self.kills) kills"))
    }
}
