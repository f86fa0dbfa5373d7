import Foundation
import TestSupport
import Testing

/// Domains that are declared through the API, by the real binary and on real name servers.
@Suite struct DomainAPITests {
    private static let python = Workspace.repository.appending(path: ".build-python/bin/python3").path
    private static let hasRequests = FileManager.default.fileExists(
        atPath: Workspace.repository.appending(path: ".build-python/bin/st").path)

    /// A manifest that has the agent and not its domain, whose zone a PowerDNS serves; and a relay for all domains.
    private static func manifest(_ place: ServedPlace, _ dns: PowerDNS, zone: String) throws -> String {
        try place.workspace.read("signet.yaml")
            .replacingOccurrences(
                of: "resolvers: []", with: "resolvers: [], stubs: { \(zone): [\"127.0.0.1:\(dns.dnsPort)\"] }"
            )
            .replacingOccurrences(of: "defaults: { ttl: 2s,", with: "defaults: { ttl: 2s, relay: sink,")
            .replacingOccurrences(
                of: "agents:",
                with: "agents:\n  helper: { domain: \(zone), addresses: [helper@\(zone)], oversight: autonomous }")
    }

    @Test(
        .enabled(if: Lab.isAvailable(.powerDNS), Lab.hint),
        .enabled(if: hasRequests, "requests is not installed: scripts/python-environment"))
    func aUserConfiguresPublishesSendsAndVerifies() throws {
        let zone = "c.test"
        let dns = try PowerDNS()
        defer { dns.stop() }
        try dns.createZone(zone)
        let place = try ServedPlace(serves: false)
        try place.workspace.write("signet.yaml", try Self.manifest(place, dns, zone: zone))
        let applied = try place.workspace.signet("apply", "--auto-approve", "--allow-loosening")
        try #require(applied.status == 0, "\(applied.all)")
        // A warning: the files alone cannot know what will be declared beside them.
        let validated = try place.workspace.signet("validate")
        #expect(validated.status == 0 && validated.all.contains("AGT002"), "\(validated.all)")
        try place.start()
        try place.workspace.write("user.py", APIUser.script)
        let user = try ChildProcess(
            Self.python,
            [
                "user.py", place.url, "http://127.0.0.1:\(dns.apiPort)/api/v1/servers/localhost", zone,
                place.workspace.path("mail"),
            ], in: place.workspace.folder,
            environment: [
                "TOKEN_DOMAINS": try place.token(["domains"]), "TOKEN_SEND": try place.token(["send"]),
                "PDNS_KEY": PowerDNS.apiKey,
            ])
        let ran = user.wait()
        try #require(ran.status == 0, "\(ran.all.suffix(6000))\n\(place.said.suffix(3000))")
        #expect(ran.output.hasSuffix("verified\n"))
        for name in [zone, "signet1._domainkey.\(zone)", "signet2._domainkey.\(zone)", "_dmarc.\(zone)"] {
            #expect(ran.output.contains("\n\(name) TXT ") || ran.output.hasPrefix("\(name) TXT "), "\(name)")
        }
        #expect(ran.output.contains("k1.helper._agentid.\(zone) TXT v=AGENTID1; k=ed25519; p="))
    }
}
