import TestSupport
import Testing

/// Acceptance f: whatever a provider's API does, the run converges on retry, or stops and says what was and was not done;
/// the next apply finishes, and nothing is lost.
@Suite(.serialized, .enabled(if: Lab.isAvailable(.powerDNS, .faultProxy), Lab.hint))
struct FaultTests {
    private static let zones = ["one.f.test", "two.f.test"]

    struct Fault: CustomTestStringConvertible, Sendable {
        var name: String
        /// lab/httpfault.sh's pairs.
        var pairs: [String]
        /// nil: both ending well and stopping with a report are right.
        var mustSucceed: Bool?
        var testDescription: String { name }
    }

    static let faults: [Fault] = [
        Fault(
            name: "429 with Retry-After", pairs: ["mode=status", "code=429", "retry_after=1", "times=2"],
            mustSucceed: true),
        Fault(
            name: "HTML 503",
            pairs: [
                "mode=status", "code=503", "body=<html><body>Service Unavailable</body></html>", "ctype=text/html",
                "times=1",
            ], mustSucceed: true),
        Fault(name: "500 on writing", pairs: ["mode=status", "code=500", "method=PATCH", "times=1"], mustSucceed: nil),
        Fault(name: "closed without an answer", pairs: ["mode=close", "times=1"], mustSucceed: nil),
        Fault(
            name: "closed on writing", pairs: ["mode=close", "method=PATCH", "times=1"], mustSucceed: nil),
        Fault(
            name: "carried out, answer lost", pairs: ["mode=after", "method=PATCH", "times=1"], mustSucceed: nil),
        Fault(
            name: "carried out twice, answers lost", pairs: ["mode=after", "method=PATCH", "times=2"], mustSucceed: nil),
        Fault(name: "answer cut in the middle", pairs: ["mode=cut"], mustSucceed: nil),
        Fault(name: "answer is not JSON", pairs: ["mode=garbage"], mustSucceed: nil),
        Fault(name: "answer late", pairs: ["mode=delay", "ms=1500", "times=2"], mustSucceed: true),
        Fault(
            name: "hangs on writing", pairs: ["mode=hang", "ms=90000", "method=PATCH", "times=1"], mustSucceed: nil),
        Fault(
            name: "one zone refused for good",
            pairs: ["mode=status", "code=422", "path=two.f.test", "method=PATCH", "times=1000"], mustSucceed: false),
        Fault(name: "down for good", pairs: ["mode=status", "code=503", "times=100000"], mustSucceed: false),
        Fault(name: "forbidden", pairs: ["mode=status", "code=403", "times=100000"], mustSucceed: false),
    ]

    @Test(arguments: faults)
    func nothingIsLost(fault: Fault) throws {
        let server = try PowerDNS()
        defer { server.stop() }
        let port = Int(Lab.freePort())
        let proxy = try Lab.start(.faultProxy, ["PORT": "\(port)", "UPSTREAM": "127.0.0.1:\(server.apiPort)"])
        defer { proxy.stop() }
        for zone in Self.zones {
            try server.createZone(zone)
            try server.put(zone, zone, "TXT", ttl: 2, ["\"site-verification=\(zone)\""])
        }
        let manifest = TestManifest(
            dnsPort: server.dnsPort, apiPort: port,
            domains: Self.zones.map { ($0, "{ tls_reports: [\"mailto:t@\($0)\"] }") })
        let workspace = try Workspace(manifest: manifest.text(zones: Self.zones))
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey

        try Lab.run(named: "httpfault.sh", ["http://127.0.0.1:\(port)"] + fault.pairs)
        let report = try workspace.answer("apply", "--auto-approve", "--no-wait")
        if let mustSucceed = fault.mustSucceed { #expect((report.status == 0) == mustSucceed) }
        try check(report, of: server)

        try Lab.run(named: "httpfault.sh", ["http://127.0.0.1:\(port)"])
        let next = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
        #expect(next.status == 0, "\(next.all)")
        #expect(try workspace.signet("plan", "--exit-code").status == 0)
        try checkNothingIsLost(server, workspace)
    }

    /// What the report says was written stands there; what it says was not, does not, unless nobody can know.
    private func check(_ report: (status: Int32, json: JSON), of server: PowerDNS) throws {
        if report.status == 0 {
            #expect(report.json["failures"].int == 0)
        } else {
            #expect(report.json["failures"].int ?? 0 > 0 || !report.json["error"].isNull, "\(report.json)")
        }
        var standing: Set<String> = []
        for zone in Self.zones {
            for (key, set) in try server.recordSets(zone) {
                let isOursToo = set.contents.contains { !$0.contains("site-verification") }
                if isOursToo { standing.insert(key) }
            }
        }
        for change in report.json["changes"].array {
            var name = change["name"].string ?? ""
            if name.hasSuffix(".") { name.removeLast() }
            let key = "\(name) \(change["type"].string ?? "")"
            switch change["outcome"].string {
            case "written", "already_there": #expect(standing.contains(key), "\(key) is reported as written")
            case "failed", "conflict":
                #expect(change["detail"].string?.isEmpty == false, "\(key) failed without a reason")
            case "not_tried", "waiting": #expect(!standing.contains(key), "\(key) is reported as not tried")
            case let other: Issue.record("\(key) has the outcome \(other ?? "none")")
            }
        }
    }

    private func checkNothingIsLost(_ server: PowerDNS, _ workspace: Workspace) throws {
        var records: [String: String] = [:]
        for key in try workspace.answer("keys", "list").json["keys"].array {
            var name = key["name"].string ?? ""
            if name.hasSuffix(".") { name.removeLast() }
            records["\(name) TXT"] = "\"\(key["record"].string ?? "")\""
        }
        #expect(records.count == Self.zones.count)
        for zone in Self.zones {
            let sets = try server.recordSets(zone)
            #expect(
                sets.keys.sorted()
                    == [
                        "_dmarc.\(zone) TXT", "_smtp._tls.\(zone) TXT", "\(zone) TXT", "signet1._domainkey.\(zone) TXT",
                    ].sorted())
            #expect(sets["\(zone) TXT"]?.contents.contains("\"site-verification=\(zone)\"") == true)
            let name = "signet1._domainkey.\(zone) TXT"
            #expect(sets[name]?.contents == records[name].map { [$0] })
        }
    }
}
