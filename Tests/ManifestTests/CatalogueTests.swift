import Diagnostics
import Manifest
import Testing

@Suite("Catalogue")
struct CatalogueTests {
    /// Every code that the fixtures and the bounds' tests bring out, with the summaries that came with it.
    static let emitted: [String: Set<String>] = {
        var found: [String: Set<String>] = [:]
        let results =
            (Fixture.bad + Fixture.good).map { ManifestLoader().load($0.files) }
            + LimitsTests.Bound.all.map { ManifestLoader(limits: $0.limits).load($0.files) }
        for diagnostic in results.flatMap(\.diagnostics) {
            found[diagnostic.code.rawValue, default: []].insert("\(diagnostic.severity) \(diagnostic.summary)")
        }
        return found
    }()

    @Test("Each code once, explained")
    func entries() {
        let entries = ManifestCatalogue.entries
        #expect(Set(entries.map(\.code)).count == entries.count)
        for entry in entries {
            let code = entry.code.rawValue
            #expect(code.utf8.count == 6 && code.prefix(3).allSatisfy(\.isUppercase) && Int(code.suffix(3)) != nil)
            #expect(!entry.summary.hasSuffix("."))
            #expect(entry.explanation.contains("\n\nWrong:\n    "))
            #expect(entry.explanation.contains("\n\nRight:\n    "))
            #expect(entry.explanation.utf8.count > 100, "\(code)")
        }
    }

    @Test("What is emitted is in the catalogue, with its constant summary")
    func emittedIsKnown() {
        let known = Dictionary(uniqueKeysWithValues: ManifestCatalogue.entries.map { ($0.code.rawValue, $0.summary) })
        for (code, summaries) in Self.emitted {
            #expect(summaries.count == 1, "\(code)")
            #expect(summaries.first?.hasSuffix(known[code] ?? "?") == true, "\(code)")
        }
    }

    @Test("What is in the catalogue is emitted by a fixture", arguments: ManifestCatalogue.entries.map(\.code.rawValue))
    func knownIsEmitted(code: String) {
        #expect(Self.emitted[code] != nil)
    }
}
