import DNS
import Diagnostics
import MailAuth
import Manifest
import Testing

/// What is exported is a manifest, and says what was declared.
@Suite("Domains as a manifest")
struct DomainsDocumentTests {
    private static func load(_ octets: [UInt8]) throws -> Manifest {
        let result = ManifestLoader().load([SourceFile(path: "export.yaml", bytes: octets)])
        return try #require(result.manifest, "\(result.report.text())")
    }

    /// Each value that a declaration holds, by way of a manifest that has it.
    @Test(
        "written and read, it is the same",
        arguments: [
            "spf: { all: fail }", "spf: { include: [a.example, \"%{i}._spf.b.example\"], all: softfail }",
            "spf: { ip4: [192.0.2.10, 198.51.100.0/24], ip6: [\"2001:db8::10\", \"2001:db8:1::/48\"] }",
            "spf: { a: true, mx: true, all: neutral, exclusive: true }",
            "spf: { a: [a.example], mx: [b.example], exists: [\"%{i}.c.example\"] }",
            "spf: { redirect: d.example }", "spf: { flatten: [e.example], all: pass }",
            "spf: { all: fail }, dkim: { selector_prefix: \"x-1\", keys: [rsa4096, ed25519] }",
            "spf: { all: fail }, dkim: { keys: [ed25519] }", "sends: false",
            "spf: { all: fail }, tls_reports: [\"mailto:tls@b.example\", \"https://r.example/tls\"]",
            "spf: { all: fail }, dmarc: { policy: reject }, bimi: { logo: \"https://a.example/l.svg\", certificate: \"https://a.example/c.pem\" }",
            "spf: { all: fail }, bimi: { logo: \"\" }",
            "spf: { all: fail }, dmarc: { policy: reject, subdomain_policy: none, nonexistent_policy: quarantine, testing: true }",
            "spf: { all: fail }, dmarc: { spf_alignment: strict, dkim_alignment: strict, failure_reports: [\"mailto:f@b.example\"], failure_options: [\"1\", d] }",
            "spf: { all: fail }, dmarc: { policy: reject, aggregate_reports: [\"mailto:a@b.example\", \"mailto:c@d.example\"] }",
        ])
    func roundTrip(_ keys: String) throws {
        let text = """
            version: 1
            providers: { p: { type: manual } }
            domains: { mail.example.com: { \(keys) } }
            """
        let before = try #require(try Self.load(Array(text.utf8)).domains.first)
        let octets = DomainsDocument.octets(
            [before], header: ["One line.", ""], provider: .byHand(notNamed: []),
            notes: [before.name: ["A note.\nx: y"]])
        let after = try #require(try Self.load(octets).domains.first)
        #expect(after.name == before.name)
        #expect(after.spf?.terms == before.spf?.terms)
        #expect(after.spf?.all == before.spf?.all && after.spf?.redirect == before.spf?.redirect)
        #expect(after.spf?.isExclusive == before.spf?.isExclusive && after.spf?.flatten == before.spf?.flatten)
        #expect(after.dkim?.selectorPrefix == before.dkim?.selectorPrefix && after.dkim?.keys == before.dkim?.keys)
        #expect(after.dmarc?.record == before.dmarc?.record && after.sends == before.sends)
        #expect(after.tlsReports == before.tlsReports && after.bimi == before.bimi)
        // As `fmt` would have it.
        #expect(try ManifestFormatter.format(SourceFile(path: "a.yaml", bytes: octets)).get() == octets)
    }

    @Test("its provider has a name of its own, and no domain is no error")
    func edges() throws {
        let octets = DomainsDocument.octets([], provider: .byHand(notNamed: ["by-hand", "by-hand-2"]))
        let manifest = try Self.load(octets)
        #expect(manifest.domains.isEmpty)
        #expect(manifest.providers.keys.map(\.rawValue) == ["by-hand-3"])
    }
}

/// A name and addresses that somebody gives outside of a manifest.
@Suite("Domains as input")
struct DomainInputTests {
    @Test("names and addresses are canonical")
    func canonical() throws {
        let input = try DomainInput(
            domain: "Mail.BÜCHER.example.", aggregateReports: ["MAILTO:dmarc@Example.COM", "mailto:b@c.example"])
        #expect(input.name.text == "mail.xn--bcher-kva.example")
        #expect(input.aggregateReports == ["mailto:dmarc@example.com", "mailto:b@c.example"])
    }

    @Test(
        "what no manifest takes is refused with its field",
        arguments: [
            ("", [], DomainInput.Field.domain), (".", [], .domain), ("a b.example", [], .domain),
            ("192.0.2.1", [], .domain), ("-a.example", [], .domain), ("*.example.com", [], .domain),
            ("a_b.example", [], .domain), ("https://a.example", [], .domain), ("a@b.example", [], .domain),
            ("a.example\n  : {}\nx", [], .domain), ("\u{0}", [], .domain), ("\u{202E}a.example", [], .domain),
            (String(repeating: "a", count: 64) + ".example", [], .domain),
            (String(repeating: "a.", count: 130) + "example", [], .domain),
            (String(repeating: "a", count: 70_000), [], .domain),
            ("a.example", ["a@b.example"], .aggregateReports(0)),
            ("a.example", ["mailto:a@b.example", "mailto:a@b.example!10m"], .aggregateReports(1)),
            ("a.example", ["mailto:a@b.example,mailto:c@d.example"], .aggregateReports(0)),
            ("a.example", ["mailto:\"] } }\nx: y"], .aggregateReports(0)),
            ("a.example", Array(repeating: "mailto:a@b.example", count: 11), .aggregateReports(nil)),
        ])
    func refused(_ domain: String, _ reports: [String], _ field: DomainInput.Field) {
        do {
            let input = try DomainInput(domain: domain, aggregateReports: reports)
            Issue.record("taken as \(input)")
        } catch {
            #expect(error.field == field)
            #expect(!error.reason.isEmpty && !error.reason.contains("\n") && error.reason.count < 400)
        }
    }
}
