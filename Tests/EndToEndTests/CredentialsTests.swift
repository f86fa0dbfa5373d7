import Foundation
import TestSupport
import TestSupport
import Testing

/// Acceptance c: what works without credentials, and what they add.
@Suite(.serialized, .enabled(if: Lab.isAvailable(.powerDNS, .bind), Lab.hint))
struct CredentialsTests {
    private static let zone = "c.test"

    @Test func planAndDriftNeedNoCredentials() throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone)
        let manifest = TestManifest(dnsPort: server.dnsPort, apiPort: server.apiPort, domains: [(Self.zone, "{}")])
        let workspace = try Workspace(manifest: manifest.text(zones: [Self.zone]))

        // The key-encryption key is not there either.
        let key = try workspace.read("kek")
        try workspace.write("kek", "")
        let plan = try workspace.answer("plan", "--exit-code")
        #expect(plan.status == 2)
        #expect(plan.json["complete"].bool == true)
        #expect(plan.json["provider_differences"].array.isEmpty)
        #expect(try workspace.signet("drift").status == 2)

        try workspace.write("kek", key)
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
        workspace.environment = [:]
        try workspace.write("kek", "")
        #expect(try workspace.signet("plan", "--exit-code").status == 0)
        #expect(try workspace.signet("drift").status == 0)
        #expect(try workspace.signet("verify").status == 0)

        // Apply does need them, and says which.
        try server.put(Self.zone, "_dmarc.c.test", "TXT", ttl: 2, ["\"v=DMARC1; p=reject\""])
        try workspace.write("kek", key)
        let refused = try workspace.signet("apply", "--auto-approve", "--no-wait")
        #expect(refused.status == 1)
        #expect(refused.all.contains("PDNS_API_KEY"))
    }

    @Test func whatTheProviderHasAndDNSDoesNotServeIsShown() throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone)
        func manifest(_ port: Int) -> String {
            TestManifest(dnsPort: port, apiPort: server.apiPort, domains: [(Self.zone, "{}")]).text(zones: [Self.zone])
        }
        let workspace = try Workspace(manifest: manifest(server.dnsPort))
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)

        // Somebody writes through the API, and DNS goes on with the older answer: a secondary has not caught up.
        let secondary = try LaggingSecondary(zone: Self.zone, primary: server.dnsPort)
        defer { secondary.stop() }
        try server.put(Self.zone, "_dmarc.\(Self.zone)", "TXT", ttl: 2, ["\"v=DMARC1; p=reject\""])
        try workspace.write("signet.yaml", manifest(secondary.port))
        let plan = try workspace.answer("plan")
        let differences = plan.json["provider_differences"].array
        #expect(differences.count == 1)
        #expect(differences.first?["name"].string?.hasPrefix("_dmarc.c.test") == true)
        #expect(differences.first?["listed"]["records"][0]["value"].string?.contains("p=reject") == true)
        #expect(differences.first?["served"]["records"][0]["value"].string?.contains("p=none") == true)
        let told = try workspace.signet("plan")
        #expect(told.output.contains("_dmarc.c.test"))

        // Without credentials only DNS can be seen.
        workspace.environment = [:]
        #expect(try workspace.answer("plan").json["provider_differences"].array.isEmpty)
    }
}
