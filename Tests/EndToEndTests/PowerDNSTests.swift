import TestSupport
import Testing

/// Acceptance b: plan and apply against a PowerDNS that others write to as well.
@Suite(.serialized, .enabled(if: Lab.isAvailable(.powerDNS), Lab.hint))
struct PowerDNSTests {
    private static let zone = "b.test"

    /// A PowerDNS with one zone, and a workspace whose manifest declares that one domain.
    private func withZone(
        _ body: String = "{}", _ run: (PowerDNS, Workspace) throws -> Void
    ) throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone)
        let manifest = TestManifest(dnsPort: server.dnsPort, apiPort: server.apiPort, domains: [(Self.zone, body)])
        let workspace = try Workspace(manifest: manifest.text(zones: [Self.zone]))
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        try run(server, workspace)
    }

    @Test func afterApplyThePlanIsEmpty() throws {
        try withZone("{ dmarc: { policy: quarantine }, dkim: { keys: [rsa2048, ed25519] } }") { server, workspace in
            #expect(try workspace.signet("plan", "--exit-code").status == 2)
            #expect(try server.recordSets(Self.zone).isEmpty)

            let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
            #expect(applied.status == 0, "\(applied.all)")
            let names = try server.recordSets(Self.zone).keys.sorted()
            #expect(
                names == [
                    "_dmarc.b.test TXT", "b.test TXT", "signet1._domainkey.b.test TXT", "signet2._domainkey.b.test TXT",
                ])

            let plan = try workspace.answer("plan", "--exit-code")
            #expect(plan.status == 0)
            #expect(plan.json["in_sync"].bool == true)
            #expect(plan.json["plan"]["changes"].array.isEmpty)
        }
    }

    @Test func applyTwiceWritesNothing() throws {
        try withZone { server, workspace in
            #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
            let serial = try server.serial(Self.zone)
            let sets = try server.recordSets(Self.zone)
            let keys = try workspace.answer("keys", "list").json["keys"].array.compactMap { $0["record"].string }

            let again = try workspace.answer("apply", "--auto-approve", "--wait", "60s")
            #expect(again.status == 0)
            #expect(again.json["changes"].array.isEmpty)
            #expect(again.json["generated_keys"].array.isEmpty)
            #expect(try server.serial(Self.zone) == serial)
            #expect(try server.recordSets(Self.zone) == sets)
            #expect(try workspace.answer("keys", "list").json["keys"].array.compactMap { $0["record"].string } == keys)
        }
    }

    // MARK: strings of others

    /// Lengths around RFC 1035 §3.3's 255 octets and their multiples, and octets that quoting gets wrong.
    static let foreignValues: [[UInt8]] =
        [0, 254, 255, 256, 509, 510, 511, 764, 765, 766].map { length in
            (0..<length).map { UInt8(ascii: "a") + UInt8(($0 + length) % 26) }
        } + [
            Array("google-site-verification=rXOxyZounnZasA8Z7oaD3c14JdjS9aKSWvsR1EbUSIQ".utf8),
            Array("MS=ms 12345; quoted \"value\"; back\\slash; semi;colon".utf8), Array("\\".utf8), Array("\"".utf8),
            Array("grüße, 世界, \u{1F4EC}".utf8), Array("  spaces before and after  ".utf8),
            [0, 1, 9, 10, 13, 127, 128, 255],
            Array("v=spf10 is not SPF".utf8), Array("$ORIGIN @ ( ) . \\032 \\\\".utf8),
        ]

    @Test func stringsOfOthersAtTheApexSurviveOctetForOctet() throws {
        try withZone { server, workspace in
            try server.put(
                Self.zone, Self.zone, "TXT", ttl: 3, Self.foreignValues.map(PowerDNS.presentation))
            let before = try DNSProbe.texts(server.dnsPort, Self.zone)
            #expect(Set(before) == Set(Self.foreignValues))
            let listed = try #require(try server.recordSets(Self.zone)["b.test TXT"]).contents

            let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
            #expect(applied.status == 0, "\(applied.all)")
            let spf = Array("v=spf1 ip4:192.0.2.10 ~all".utf8)
            let after = try DNSProbe.texts(server.dnsPort, Self.zone)
            #expect(after.count == Self.foreignValues.count + 1)
            #expect(Set(after) == Set(Self.foreignValues).union([spf]))
            let relisted = try #require(try server.recordSets(Self.zone)["b.test TXT"]).contents
            #expect(Set(relisted).isSuperset(of: listed))
            #expect(try workspace.signet("plan", "--exit-code").status == 0)

            // Taking Signet's own string out again leaves the others as they were.
            try workspace.write(
                "signet.yaml",
                try workspace.read("signet.yaml").replacing("192.0.2.10", with: "198.51.100.1"))
            #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
            let changed = Set(try DNSProbe.texts(server.dnsPort, Self.zone))
            #expect(changed == Set(Self.foreignValues).union([Array("v=spf1 ip4:198.51.100.1 ~all".utf8)]))
        }
    }

    @Test func twoSPFRecordsAreFoundAndMerged() throws {
        try withZone { server, workspace in
            try server.put(
                Self.zone, Self.zone, "TXT", ttl: 2,
                ["\"v=spf1 include:_spf.b.test ~all\"", "\"site-verification=1\"", "\"v=spf1 ip4:198.51.100.7 -all\""])
            try server.put(Self.zone, "_spf.b.test", "TXT", ttl: 2, ["\"v=spf1 ip4:203.0.113.0/24 -all\""])

            let plan = try workspace.answer("plan")
            let findings = plan.json["plan"]["findings"].array
            let found = try #require(findings.first { $0["code"].string == "SPF102" })
            #expect(found["detail"].string?.contains("2") == true)

            #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
            let texts = try DNSProbe.texts(server.dnsPort, Self.zone).map { String(decoding: $0, as: UTF8.self) }
                .sorted()
            #expect(texts.count == 2)
            #expect(texts.first == "site-verification=1")
            let spf = try #require(texts.last).split(separator: " ").map(String.init)
            #expect(
                Set(spf.dropLast()) == ["v=spf1", "ip4:192.0.2.10", "include:_spf.b.test", "ip4:198.51.100.7"])
            #expect(spf.last?.hasSuffix("all") == true)
            #expect(try workspace.signet("plan", "--exit-code").status == 0)
        }
    }

    // MARK: saved plans

    @Test func aSavedPlanIsExecutedAsItIs() throws {
        try withZone { server, workspace in
            #expect(try workspace.signet("plan", "--out", "plan.json").status == 0)
            let digest = try workspace.answer("plan").json["digest"].string
            let applied = try workspace.answer("apply", "plan.json", "--wait", "60s")
            #expect(applied.status == 0)
            #expect(applied.json["plan_digest"].string == digest)
            #expect(try server.recordSets(Self.zone).count == 3)
        }
    }

    @Test func aSavedPlanIsRefusedAfterSomebodysEdit() throws {
        try withZone { server, workspace in
            try server.put(Self.zone, Self.zone, "TXT", ttl: 2, ["\"site-verification=1\""])
            #expect(try workspace.signet("plan", "--out", "plan.json").status == 0)
            try server.put(Self.zone, Self.zone, "TXT", ttl: 2, ["\"site-verification=2\""])
            let serial = try server.serial(Self.zone)

            let refused = try workspace.answer("apply", "plan.json", "--no-wait")
            #expect(refused.status == 1)
            #expect(refused.json["error"]["code"].string == "stale_plan")
            let moved = refused.json["error"]["moved"].array
            #expect(moved.map { $0["type"].string } == ["TXT"])
            #expect(moved.first?["name"].string?.hasPrefix("b.test") == true)
            #expect(moved.first?["found"]["records"][0]["value"].string?.contains("site-verification=2") == true)
            let told = try workspace.signet("apply", "plan.json", "--no-wait")
            #expect(told.error.contains("b.test"))
            #expect(told.error.contains("site-verification=2"))
            #expect(try server.serial(Self.zone) == serial)
        }
    }

    /// The second run finds everything as the plan wants it; what others wrote must not become Signet's by that.
    @Test func aSavedPlanThatIsAppliedTwiceOwnsNoMore() throws {
        try withZone { server, workspace in
            try server.put(
                Self.zone, Self.zone, "TXT", ttl: 2, ["\"site-verification=1\"", "\"v=spf1 include:_spf.b.test ~all\""])
            try server.put(Self.zone, "_spf.b.test", "TXT", ttl: 2, ["\"v=spf1 ip4:203.0.113.0/24 -all\""])
            #expect(try workspace.signet("plan", "--out", "plan.json").status == 0)
            for _ in 0..<2 {
                let applied = try workspace.signet("apply", "plan.json", "--wait", "60s")
                #expect(applied.status == 0, "\(applied.all)")
            }
            let narrowed = try workspace.signet("apply", "plan.json", "--domain", Self.zone)
            #expect(narrowed.status == 64, "\(narrowed.all)")

            try workspace.write(
                "signet.yaml", try workspace.read("signet.yaml").replacing("192.0.2.10", with: "198.51.100.1"))
            #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
            var texts = try server.recordSets(Self.zone)["b.test TXT"]?.contents ?? []
            #expect(
                Set(texts) == ["\"site-verification=1\"", "\"v=spf1 ip4:198.51.100.1 include:_spf.b.test ~all\""])

            // Declared no longer: all that is left is what was there before.
            try workspace.write(
                "signet.yaml", try workspace.read("signet.yaml").replacing("  b.test: {}", with: "  c.test: {}"))
            let released = try workspace.signet("apply", "--auto-approve", "--no-wait")
            #expect(released.output.contains("b.test TXT"), "\(released.all)")
            texts = try server.recordSets(Self.zone)["b.test TXT"]?.contents ?? []
            #expect(Set(texts) == ["\"site-verification=1\"", "\"v=spf1 include:_spf.b.test ~all\""])
        }
    }

    @Test(arguments: ["TXT", "CNAME"]) func besideAWildcardTheRecordsAreWritten(type: String) throws {
        try withZone { server, workspace in
            try server.put(
                Self.zone, "*.b.test", type, ttl: 2, [type == "TXT" ? "\"v=spf1 -all\"" : "www.elsewhere.test."])
            let plan = try workspace.answer("plan", "--exit-code")
            #expect(plan.status == 2)
            #expect(plan.json["plan"]["changes"].array.map { $0["action"].string } == ["create", "create", "create"])
            #expect(plan.json["plan"]["findings"].array.isEmpty)
            let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
            #expect(applied.status == 0, "\(applied.all)")
            #expect(try server.recordSets(Self.zone).count == 4)
            #expect(try workspace.signet("plan", "--exit-code").status == 0)
        }
    }

    @Test func anIncludeThatCannotBeFlattenedLeavesTheRecordAlone() throws {
        try withZone("{ spf: { flatten: [_spf.b.test] } }") { server, workspace in
            try server.put(Self.zone, "_spf.b.test", "TXT", ttl: 2, ["\"v=spf1 ip4:203.0.113.0/24 -all\""])
            let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
            #expect(applied.status == 0, "\(applied.all)")
            let spf = try #require(try server.recordSets(Self.zone)["b.test TXT"]).contents
            #expect(spf == ["\"v=spf1 ip4:192.0.2.10 ip4:203.0.113.0/24 ~all\""])

            try server.remove(Self.zone, "_spf.b.test", "TXT")
            let plan = try workspace.answer("plan")
            #expect(plan.json["plan"]["findings"].array.map { $0["code"].string } == ["SPF103"])
            #expect(plan.json["plan"]["changes"].array.isEmpty)
            _ = try workspace.signet("apply", "--auto-approve", "--no-wait")
            #expect(try server.recordSets(Self.zone)["b.test TXT"]?.contents == spf)
        }
    }

    @Test func oneDomainsApplyLeavesWhatOthersAskOfIt() throws {
        let server = try PowerDNS()
        defer { server.stop() }
        let zones = ["b.test", "c.test"]
        for zone in zones { try server.createZone(zone) }
        let manifest = TestManifest(
            dnsPort: server.dnsPort, apiPort: server.apiPort,
            domains: [
                ("b.test", "{}"), ("c.test", "{ dmarc: { policy: none, aggregate_reports: [\"mailto:d@b.test\"] } }"),
            ])
        let workspace = try Workspace(manifest: manifest.text(zones: zones))
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
        let sets = try server.recordSets("b.test")
        #expect(sets["c.test._report._dmarc.b.test TXT"] != nil)

        #expect(try workspace.signet("drift", "--exit-code", "--domain", "b.test").status == 0)
        let applied = try workspace.answer("apply", "--auto-approve", "--no-wait", "--domain", "b.test")
        #expect(applied.json["changes"].array.isEmpty)
        #expect(try server.recordSets("b.test") == sets)
    }

    /// With `require: [dmarc]`, either aligned mechanism is enough.
    @Test func theGateAsksForNoMoreThanItRequires() throws {
        let body = "{ relay: sink, spf: { ip4: [], include: [_spf.b.test] }, gate: { require: [dmarc] } }"
        try withZone(body) { server, workspace in
            try server.put(Self.zone, "_spf.b.test", "TXT", ttl: 2, ["\"v=spf1 ip4:203.0.113.0/24 -all\""])
            let relay = "relays: { sink: { url: \"smtp://127.0.0.1:9\", tls: none, egress: [192.0.2.10] } }\ndefaults:"
            let manifest = try workspace.read("signet.yaml").replacing("defaults:", with: relay)
            try workspace.write("signet.yaml", manifest)
            let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
            #expect(applied.status == 0, "\(applied.all)")
            let verified = try workspace.answer("verify")
            let domain = verified.json["domains"][0]
            #expect(verified.status == 0 && domain["status"].string == "aligned", "\(verified)")
            #expect(domain["findings"].array.map { $0["code"].string } == ["SPF104"])
            #expect(domain["findings"][0]["severity"].string == "warning")

            try workspace.write("signet.yaml", manifest.replacing("require: [dmarc]", with: "require: [spf, dmarc]"))
            #expect(try workspace.signet("verify").status == 4)
        }
    }

    @Test func anEditedPlanIsNotRead() throws {
        try withZone { server, workspace in
            #expect(try workspace.signet("plan", "--out", "plan.json").status == 0)
            let edited = try workspace.read("plan.json").replacing("192.0.2.10", with: "192.0.2.66")
            try workspace.write("plan.json", edited)
            let serial = try server.serial(Self.zone)
            let refused = try workspace.answer("apply", "plan.json", "--no-wait")
            #expect(refused.status == 1)
            #expect(refused.json["error"]["code"].string == "unreadable_plan")
            #expect(try server.serial(Self.zone) == serial)
        }
    }

    @Test func driftNamesWhatSomebodyChanged() throws {
        try withZone("{ dmarc: { policy: quarantine } }") { server, workspace in
            #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
            #expect(try workspace.signet("drift", "--exit-code").status == 0)
            try server.put(Self.zone, "_dmarc.b.test", "TXT", ttl: 2, ["\"v=DMARC1; p=none\""])
            let drift = try workspace.answer("drift", "--exit-code")
            #expect(drift.status == 2)
            let names = drift.json["plan"]["changes"].array.compactMap { $0["name"].string }
            #expect(names.count == 1)
            #expect(names.first?.hasPrefix("_dmarc.b.test") == true)
        }
    }
}
