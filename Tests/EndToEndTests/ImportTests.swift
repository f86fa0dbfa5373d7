import Foundation
import TestSupport
import Testing

/// What stands in DNS becomes a manifest whose plan leaves it as it stands.
@Suite(.enabled(if: Lab.isAvailable(.powerDNS), Lab.hint)) struct ImportTests {
    private static func place(_ prepare: (PowerDNS) throws -> Void) throws -> (dns: PowerDNS, workspace: Workspace) {
        let dns = try PowerDNS()
        try prepare(dns)
        return (dns, try Workspace())
    }

    private static func put(_ dns: PowerDNS, _ zone: String, _ name: String, _ texts: String...) throws {
        try dns.put(zone, name, "TXT", ttl: 120, texts.map { "\"\($0)\"" })
    }

    /// Imports, puts the lab's name server into the settings, and plans.
    private static func plan(
        _ dns: PowerDNS, _ workspace: Workspace, _ zones: [String]
    ) throws -> (manifest: String, changed: [String]) {
        let stubs = zones.map { "\($0)=127.0.0.1:\(dns.dnsPort)" }
        let imported = try workspace.start(["import"] + zones + stubs.flatMap { ["--stub", $0] }).wait()
        try #require(imported.status == 0, "\(imported.all)")
        try workspace.write("signet.yaml", imported.output)
        let checked = try workspace.signet("fmt", "--check")
        #expect(checked.status == 0, "\(checked.all)\n\(imported.output)")
        let settings = zones.map { "\($0): [\"127.0.0.1:\(dns.dnsPort)\"]" }.joined(separator: ", ")
        try workspace.write(
            "signet.yaml",
            imported.output.replacingOccurrences(
                of: "settings:\n", with: "settings:\n  dns: { resolvers: [], stubs: { \(settings) } }\n"))
        let planned = try workspace.answer("plan")
        #expect(planned.status == 0, "\(planned.json)")
        return (imported.output, planned.json["plan"]["changes"].array.compactMap { $0["name"].string })
    }

    @Test func whatAManifestCanSayStaysAsItStands() throws {
        let (dns, workspace) = try Self.place { dns in
            try dns.createZone("i.test")
            try Self.put(
                dns, "i.test", "i.test", "v=spf1 include:_spf.crm.test ip4:192.0.2.7 mx -all", "site-verification=1")
            try dns.put("i.test", "i.test", "MX", ttl: 120, ["10 mx.i.test."])
            try Self.put(
                dns, "i.test", "_dmarc.i.test",
                "v=DMARC1;p=reject;sp=quarantine;aspf=s;rua=mailto:d@i.test;fo=1:d")
            try Self.put(dns, "i.test", "_smtp._tls.i.test", "v=TLSRPTv1;rua=mailto:tls@i.test")
            try Self.put(dns, "i.test", "default._bimi.i.test", "v=BIMI1; l=https://i.test/logo.svg;")
            try dns.createZone("parked.test")
            try Self.put(dns, "parked.test", "parked.test", "v=spf1 -all")
            try dns.put("parked.test", "parked.test", "MX", ttl: 120, ["0 ."])
            try Self.put(dns, "parked.test", "_dmarc.parked.test", "v=DMARC1; p=reject")
        }
        defer { dns.stop() }
        let (manifest, changed) = try Self.plan(dns, workspace, ["parked.test", "i.test"])
        #expect(
            changed.sorted() == ["*._domainkey.parked.test", "signet1._domainkey.i.test", "signet2._domainkey.i.test"],
            "\(manifest)")
        #expect(manifest.contains("sends: false") && !manifest.contains("10 mx"))

        // Beside a manifest it is another file of it.
        let again = try workspace.signet("import", "i.test")
        #expect(again.status == 1 && again.error.contains("i.test already"), "\(again.all)")
        let foreign = try workspace.signet("import", "other.test", "--provider", "edge")
        #expect(foreign.status == 1 && foreign.error.contains("has by-hand"), "\(foreign.all)")
    }

    @Test func defaultsOfTheManifestChangeNothingOfIt() throws {
        let (dns, workspace) = try Self.place { dns in
            // The walk up the tree ends here.
            try dns.createZone("test")
            try dns.createZone("l.test")
            try Self.put(dns, "l.test", "l.test", "v=spf1 ip4:192.0.2.7 -all")
            try Self.put(dns, "l.test", "_dmarc.l.test", "v=DMARC1; p=reject")
            try Self.put(dns, "l.test", "shop.l.test", "v=spf1 ip4:192.0.2.8 ~all")
            try dns.createZone("quiet.test")
            try Self.put(dns, "quiet.test", "quiet.test", "v=spf1 -all")
            try dns.put("quiet.test", "quiet.test", "MX", ttl: 120, ["0 ."])
            try Self.put(
                dns, "quiet.test", "_dmarc.quiet.test", "v=DMARC1; p=quarantine; sp=none; rua=mailto:d@quiet.test")
        }
        defer { dns.stop() }
        try FileManager.default.createDirectory(
            at: workspace.folder.appending(path: "mail"), withIntermediateDirectories: true)
        try workspace.write(
            "mail/signet.yaml",
            """
            version: 1
            settings: { dns: { resolvers: [], stubs: { test: ["127.0.0.1:\(dns.dnsPort)"] } } }
            providers: { hands: { type: manual } }
            defaults:
              spf: { include: [send.example], mx: true, exclusive: true }
              dmarc:
                { subdomain_policy: none, dkim_alignment: strict, testing: true, aggregate_reports: ["mailto:x@l.test"] }
              tls_reports: ["mailto:tls@l.test"]
            domains: {}

            """)
        let imported = try workspace.signet(
            "import", "l.test", "shop.l.test", "quiet.test", "-f", "mail", "--provider", "hands")
        try #require(imported.status == 0, "\(imported.all)")
        try workspace.write("mail/domains.yaml", imported.output)
        let planned = try workspace.answer("plan", "-f", "mail")
        let changes = planned.json["plan"]["changes"].array
        let changed = changes.compactMap { $0["name"].string }.filter { !$0.contains("_domainkey") }
        // A parent's policy becomes its own; a parked domain's becomes stricter, and its reports go on.
        #expect(changed.sorted() == ["_dmarc.quiet.test", "_dmarc.shop.l.test"], "\(imported.output)\n\(changed)")
        let policies = changes.filter { $0["name"].string?.hasPrefix("_dmarc") == true }
            .compactMap { $0["after"]["records"].array.first?["value"].string }.sorted()
        #expect(
            policies == [
                "\"v=DMARC1; p=reject; sp=reject\"", "\"v=DMARC1; p=reject; sp=reject; rua=mailto:d@quiet.test\"",
            ], "\(policies)")
        #expect(imported.output.contains("the one of l.test holds") && imported.output.contains("becomes reject"))
    }

    @Test func whatItIsRedirectedToIsNoManifestYet() throws {
        let (dns, workspace) = try Self.place { try $0.createZone("m.test") }
        defer { dns.stop() }
        let redirected = try ChildProcess(
            "/bin/sh",
            [
                "-c", "\"$0\" import m.test --stub test=127.0.0.1:\(dns.dnsPort) > signet.yaml && \"$0\" validate",
                Workspace.binary,
            ], in: workspace.folder
        ).wait()
        #expect(redirected.status == 0, "\(redirected.all)")
        #expect(try workspace.read("signet.yaml").contains("m.test:"))
    }

    @Test func whatItCannotSayIsTold() throws {
        let (dns, workspace) = try Self.place { dns in
            try dns.createZone("j.test")
            try Self.put(dns, "j.test", "j.test", "v=spf1 -ip4:192.0.2.9 include:_spf.crm.test ptr ~all")
            try Self.put(dns, "j.test", "_dmarc.j.test", "v=DMARC1; p=quarantine; pct=50; rua=mailto:d@j.test!10m")
            try Self.put(dns, "j.test", "_mta-sts.j.test", "v=STSv1; id=1")
            try dns.createZone("none.test")
            try dns.createZone("vendor.test")
            try Self.put(dns, "vendor.test", "vendor.test", "v=spf1 -all")
            try dns.put("vendor.test", "_dmarc.vendor.test", "CNAME", ttl: 120, ["_dmarc.j.test."])
        }
        defer { dns.stop() }
        let (manifest, changed) = try Self.plan(dns, workspace, ["j.test", "none.test", "vendor.test"])
        for word in ["-ip4:192.0.2.9 ptr", "pct=50", "MTA-STS", "no SPF record"] {
            #expect(manifest.contains(word), "\(word): \(manifest)")
        }
        // The SPF record keeps its order, and receivers that know pct lose it: that is a change to look at.
        #expect(!changed.contains("j.test") && changed.contains("_dmarc.j.test"), "\(changed)")
        #expect(!changed.contains("_mta-sts.j.test"))
        // What somebody else is let to say is neither declared nor said to be missing.
        #expect(manifest.contains("_dmarc.vendor.test is an alias of _dmarc.j.test"), "\(manifest)")
        #expect(!manifest.contains("the one of vendor.test holds"), "\(manifest)")
    }

    @Test func whatCannotBeReadIsNotHalfImported() throws {
        let (dns, workspace) = try Self.place { try $0.createZone("k.test") }
        defer { dns.stop() }
        let stub = "--stub=test=127.0.0.1:\(dns.dnsPort)"
        let failed = try workspace.signet("import", "k.test", "missing.test", stub)
        #expect(failed.status == 1 && failed.output.isEmpty)
        #expect(failed.error.contains("missing.test") && !failed.error.contains("k.test:"), "\(failed.all)")
        for name in ["*.k.test", "https://k.test", ""] {
            let refused = try workspace.signet("import", name, stub)
            #expect(refused.status == 1 && refused.output.isEmpty, "\(name): \(refused.all)")
        }
    }
}
