import Diagnostics
import HTTPTypes
import Testing

@testable import Server

/// What `explain` says of each problem.
@Suite struct ProblemCatalogueTests {
    @Test func eachCodeIsExplained() {
        let entries = ProblemCatalogue.entries
        #expect(entries.map(\.code.rawValue) == ProblemCode.allCases.map(\.rawValue))
        #expect(Set(entries.map(\.summary)).count == entries.count)
        for (entry, code) in zip(entries, ProblemCode.allCases) {
            #expect(!entry.summary.isEmpty && !entry.summary.hasSuffix("."), "\(code)")
            #expect(entry.explanation.contains("status \(code.status.code)"), "\(code)")
        }
    }
}
