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
