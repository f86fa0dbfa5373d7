import DNS
import Diagnostics
import MailAuth
import Manifest
import Testing

@Suite("Good manifests")
struct GoodManifestTests {
    @Test("Loads without an error", arguments: Fixture.good)
    func loads(fixture: Fixture) {
        let result = ManifestLoader().load(fixture.files)
        #expect(!result.report.hasErrors, "\(result.report.text())")
        #expect(result.manifest != nil)
    }

    private func manifest(_ name: String) throws -> Manifest {
        let fixture = try #require(Fixture.good.first { $0.name == name })
        return try #require(ManifestLoader().load(fixture.files).manifest)
    }

    private func name(_ text: String) throws -> DomainName { try DomainName(text) }

    @Test("The full example of the specification, field by field")
    func full() throws {
        let manifest = try manifest("full")
        #expect(manifest.domains.map(\.name.text) == ["mail.yourcompany.com", "parked.example"])
        let mail = manifest.domains[0]
        #expect(mail.provider == ProviderID(rawValue: "edge"))
        #expect(mail.relay == RelayID(rawValue: "default"))
        #expect(mail.sends)
        #expect(mail.timeToLiveSeconds == nil)
        #expect(mail.spf?.terms == [SPFTerm(.include("send.multimail.dev"))])
        #expect(mail.spf?.all == .softfail)
        #expect(mail.spf?.isExclusive == false)
        #expect(
            mail.dkim
                == DKIMDeclaration(
                    selectorPrefix: "mm", keys: [.rsa2048, .ed25519], rotateEvery: .seconds(90 * 86_400),
                    overlap: .seconds(7 * 86_400)))
        #expect(
            mail.dmarc?.record
                == DMARCRecord(
                    policy: .quarantine, subdomainPolicy: .reject, spfAlignment: .relaxed, dkimAlignment: .strict,
                    aggregateReports: ["mailto:dmarc@yourcompany.com"]))
        #expect(
            mail.mtaSTS == MTASTSDeclaration(mode: .enforce, mx: ["mx1.yourcompany.com"], maxAge: .seconds(7 * 86_400)))
        #expect(mail.tlsReports == ["mailto:tls@yourcompany.com"])
        #expect(mail.sealsForwarded)
        #expect(mail.gateRequires == [.spf, .dkim, .dmarc])
        let parked = manifest.domains[1]
        #expect(!parked.sends)
        #expect(parked.spf == nil && parked.dkim == nil)
        #expect(parked.dmarc?.record.policy == .reject)
        let relay = try #require(manifest.relays[RelayID(rawValue: "default")])
        #expect(relay.url == "smtps://smtp.example.net:465")
        #expect(relay.username == "signet")
        #expect(relay.password == .file("/run/secrets/smtp"))
        #expect(relay.egress.map(\.description) == ["192.0.2.10", "2001:db8::10"])
        let lab = PowerDNSSettings(url: "http://127.0.0.1:8081", apiKey: .environment("PDNS_API_KEY"))
        #expect(manifest.providers[ProviderID(rawValue: "lab")]?.kind == .powerDNS(lab))
        #expect(manifest.providers[ProviderID(rawValue: "by-hand")]?.kind == .manual)
        let agent = try #require(manifest.agents.first)
        #expect(agent.id.rawValue == "onboarding-agent-v2")
        #expect(agent.domain.text == "mail.yourcompany.com")
        #expect(agent.addresses == ["onboarding@mail.yourcompany.com"])
        #expect(agent.oversight == .monitored)
        #expect(agent.oversightAddress == "oversight@yourcompany.com")
        #expect(agent.model == .init(provider: "example", name: "writer-large", version: "2026-09-01"))
        #expect(agent.owner == "growth@yourcompany.com")
        #expect(agent.allowedRecipients == ["*@yourcompany.com"])
        #expect(agent.limits == .init(perHour: 200, recipientsPerMessage: 10))
        #expect(manifest.approvers.first?.publicKey.count == 32)
    }

    @Test("Every other field")
    func everything() throws {
        let manifest = try manifest("everything")
        let settings = manifest.settings
        #expect(settings.statePath == "state/signet.db")
        #expect(settings.keyEncryptionKey == .command(["pass", "show", "signet"]))
        #expect(settings.deletionsMax == 3)
        #expect(settings.dns.timeout == .seconds(5))
        #expect(settings.dns.attempts == 2)
        #expect(settings.dns.stubs[try name("lab.example")]?.map(\.description) == ["127.0.0.1:5300", "[::1]:5300"])
        #expect(settings.dns.stubs[.root]?.map(\.description) == ["192.0.2.53:53"])
        #expect(
            settings.dns.resolvers == [
                .server(ServerAddress("192.0.2.53")!), .https("https://dns.example/dns-query"),
                .https("http://127.0.0.1:8053/q"),
            ])
        #expect(
            manifest.providers[ProviderID(rawValue: "embedded")]?.kind
                == .embedded(EmbeddedSettings(listen: ServerAddress("127.0.0.1:5300"), negativeTimeToLiveSeconds: 30)))
        #expect(
            manifest.domains.map(\.name.text) == [
                "bimi.example", "example.com", "no-bimi.example", "parked.example", "redirected.example",
                "xn--bcher-kva.example",
            ])
        let domain = manifest.domains[1]
        #expect(
            domain.spf?.terms.map(\.description) == [
                "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "a:mail.example.com", "mx", "exists:%{ir}._spf.example.com",
                "include:_spf.example.net",
            ])
        #expect(domain.spf?.all == .fail)
        #expect(domain.spf?.isExclusive == true)
        #expect(domain.spf?.flatten.map(\.text) == ["flat.example.net"])
        #expect(domain.dkim?.keys == [.rsa3072, .ed25519])
        #expect(domain.dkim?.overlap == .seconds(8 * 86_400))
        #expect(domain.dkim?.isTesting == true)
        #expect(
            domain.dmarc?.record
                == DMARCRecord(
                    policy: .reject, subdomainPolicy: .reject, nonexistentPolicy: .reject, spfAlignment: .strict,
                    aggregateReports: ["mailto:dmarc@example.com"], failureReports: ["mailto:f@example.com"],
                    failureOptions: ["1", "d", "s"], isTesting: true))
        #expect(domain.mx?.map(\.exchange.text) == ["mx1.example.com", "mx2.example.com"])
        #expect(domain.mtaSTS?.mx == ["mx1.example.com", "mx2.example.com"])
        #expect(domain.tlsReports == ["mailto:tls@example.com"])
        #expect(!domain.sealsForwarded)
        #expect(domain.gateRequires == [.spf, .dkim])
        #expect(domain.timeToLiveSeconds == 3_600)
        #expect(
            manifest.domains[0].bimi
                == BIMIDeclaration(logo: "https://bimi.example/l.svg", certificate: "https://bimi.example/c.pem"))
        #expect(manifest.domains[2].bimi == BIMIDeclaration(logo: ""))
        #expect(manifest.domains[3].dmarc?.record == DMARCRecord(policy: .reject))
        #expect(manifest.domains[3].timeToLiveSeconds == 86_400)
        let redirected = manifest.domains[4]
        #expect(redirected.spf?.redirect?.text == "_spf.example.com")
        #expect(redirected.spf?.all == nil)
        #expect(redirected.sealsForwarded)
        #expect(redirected.gateRequires == [.dmarc])
        #expect(redirected.tlsReports == ["https://example.com/tls"])
        #expect(manifest.agents.map(\.id.rawValue) == ["reader", "writer"])
        #expect(manifest.agents[1].addresses == ["Writer@example.com", "writer.two@example.com"])
        #expect(manifest.agents[1].allowedRecipients == ["*@example.com", "a@b.example"])
        #expect(manifest.approvers[0].publicKey != manifest.approvers[1].publicKey)
        #expect(manifest.approvers[1].publicKey.count == 32)
    }

    @Test("What is not declared")
    func defaults() throws {
        let manifest = try manifest("one-domain")
        let domain = try #require(manifest.domains.first)
        #expect(domain.provider == ProviderID(rawValue: "by-hand"))
        #expect(domain.relay == nil)
        #expect(domain.spf?.all == .softfail)
        #expect(domain.dkim == DKIMDeclaration())
        #expect(domain.dmarc?.record == DMARCRecord(policy: .none))
        #expect(domain.gateRequires == Set(GateRequirement.allCases))
        #expect(manifest.settings == Settings())
    }

    @Test("A relay's egress stands in for SPF")
    func egress() throws {
        let result = load(
            "version: 1\nproviders: { lab: { type: manual } }\nrelays: { out: { url: \"smtps://s.example\", egress: [192.0.2.1, \"2001:db8::1\"] } }\ndomains: { a.example: { relay: out } }\n"
        )
        let spf = try #require(result.manifest?.domains.first?.spf)
        #expect(spf.terms.map(\.description) == ["ip4:192.0.2.1", "ip6:2001:db8::1"])
        #expect(spf.all == .softfail)
    }

    @Test("Scalars are what their fields want")
    func scalars() throws {
        let manifest = try manifest("scalars-by-type")
        #expect(manifest.domains.first?.provider == ProviderID(rawValue: "no"))
        #expect(manifest.domains.first?.relay == RelayID(rawValue: "1e3"))
        #expect(manifest.relays[RelayID(rawValue: "1e3")]?.username == "012")
        #expect(manifest.agents.first?.id.rawValue == "012")
        #expect(manifest.agents.first?.addresses == ["yes@no.example"])
        #expect(manifest.agents.first?.model == .init(provider: "no", name: "1e3", version: "012"))
    }

    @Test("Aliases and merge keys")
    func aliases() throws {
        let domains = try manifest("aliases").domains
        #expect(domains.map { $0.dmarc?.record.policy } == [.reject, .reject, .quarantine, .reject])
        #expect(domains.allSatisfy { $0.spf?.terms == [SPFTerm(.include("_spf.example.net"))] })
        #expect(domains.map(\.timeToLiveSeconds) == [nil, nil, nil, 7_200])
    }

    @Test("The files of a folder are one manifest")
    func folder() throws {
        let manifest = try manifest("folder")
        #expect(manifest.domains.map(\.name.text) == ["example.com", "example.net"])
        #expect(manifest.domains.allSatisfy { $0.timeToLiveSeconds == 3_600 && $0.provider?.rawValue == "lab" })
        #expect(manifest.files.map(\.path) == ["folder/a.yaml", "folder/b.yaml"])
        #expect(manifest.domains[1].span.file == 1)
    }

    @Test("Where a domain stands")
    func span() throws {
        let span = try #require(try manifest("one-domain").domains.first?.span)
        #expect(span == SourceSpan(file: 0, startLine: 4, startColumn: 2, endLine: 4, endColumn: 13))
    }
}
