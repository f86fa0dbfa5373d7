import Diagnostics
import Foundation
import Manifest
import Testing

@Suite("Bad manifests")
struct BadManifestTests {
    @Test("What is reported, word for word", arguments: Fixture.bad)
    func snapshot(fixture: Fixture) {
        let result = ManifestLoader().load(fixture.files)
        #expect(!result.diagnostics.isEmpty)
        expectSnapshot(result.report.text(), fixture.snapshot)
    }

    @Test("There are enough of them")
    func count() {
        #expect(Fixture.bad.count >= 90)
    }

    @Test("A manifest is there exactly where there is no error", arguments: Fixture.bad)
    func manifest(fixture: Fixture) {
        let result = ManifestLoader().load(fixture.files)
        #expect((result.manifest == nil) == result.report.hasErrors)
    }

    @Test("Every finding has a place in its file, and errors say how to mend them", arguments: Fixture.bad)
    func places(fixture: Fixture) {
        let result = ManifestLoader().load(fixture.files)
        for diagnostic in result.diagnostics {
            guard let span = diagnostic.span else { continue }
            #expect(Int(span.file) < result.files.count)
            #expect(result.files[Int(span.file)].line(Int(span.startLine)) != nil, "\(diagnostic.code)")
            #expect((span.startLine, span.startColumn) <= (span.endLine, span.endColumn))
        }
    }

    @Test("Planted secrets appear in no output", arguments: Fixture.bad)
    func secrets(fixture: Fixture) {
        let report = ManifestLoader().load(fixture.files).report
        for output in [report.text(), report.text(colour: true), report.json()] {
            #expect(!output.contains("hunter2"))
        }
    }

    @Test("The same files in another order give the same report", arguments: Fixture.bad.filter { $0.files.count > 1 })
    func fileOrder(fixture: Fixture) {
        let report = ManifestLoader().load(fixture.files.reversed()).report
        #expect(report.text() == ManifestLoader().load(fixture.files).report.text())
    }
}

@Suite("Secrets in output")
struct SecretOutputTests {
    /// The literal stands under each of these, beside a mistake that quotes its line.
    @Test(arguments: [
        "relays: { out: { password: hunter2, colour: 1 } }",
        "relays: { out: { pasword: hunter2 } }",
        "relays: { out: { \"password\": 'hunter2', colour: 1 } }",
        "relays: { out: { password: { env: [hunter2] , x: y } } }",
        "relays: { out: { password: { password: hunter2 } } }",
        "providers: { a: { type: cloudflare, token: hunter2 } }",
        "providers: { a: { type: powerdns, url: \"https://me:hunter2@dns.example\", x: y } }",
        "providers: { a: { type: powerdns, url: \"dns.example\", api_key: { value: { inner: hunter2 } } } }",
        "relays:\n  out:\n    secret: hunter2\n    bad",
        "relays:\n  out:\n    password: \"hunter2\" more\n",
        "relays:\n  out:\n    password: hunter2\n   url: x\n",
        "relays:\n  out: { password: hunter2, url: [\n",
        "relays:\n  out:\n    password: >\n      hunter2\n     hunter2: [\n  - x\n",
        "relays: { a: { password: &p hunter2 }, b: { password: *p, x: y } }",
        "settings: { keyring: { key: hunter2 }, x: y }",
        "settings: { keyring: hunter2 }",
        "relays: { out: { password: hunter2, password: hunter2 } }",
        "relays: { out: { <<: { password: hunter2, password: hunter2 } } }",
        "relays: { out: { url: \"smtps://me:hunter2@smtp.example\" } }",
    ])
    func planted(text: String) {
        let result = load("version: 1\n\(text)\n")
        #expect(result.report.hasErrors)
        for output in [result.report.text(), result.report.json()] { #expect(!output.contains("hunter2"), "\(output)") }
        if case .failure(let failure) = ManifestFormatter.format(SourceFile(path: "a.yaml", bytes: Array(text.utf8))) {
            #expect(!DiagnosticReport(failure.diagnostics, files: [failure.file]).text().contains("hunter2"))
        }
    }
}
