import Foundation
import TestSupport
import Testing

/// Acceptance a, without the build: the demo plays the whole story. Needs nothing but the binary.
@Suite struct DemoTests {
    @Test func theDemoEndsWithAnOpenGateAndADrift() throws {
        let workspace = try Workspace()
        let result = try workspace.signet("demo")
        #expect(result.status == 0, "\(result.all)")
        let told = result.all
        for word in ["init", "plan", "apply", "aligned", "send gate: open", "drift", "_dmarc."] {
            #expect(told.contains(word), "the demo does not speak of \(word): \(told)")
        }
        // The order of the story.
        let places = try ["plan", "apply", "open", "drift"].map { word in
            try #require(told.range(of: word)).lowerBound
        }
        #expect(places == places.sorted())
    }
}
