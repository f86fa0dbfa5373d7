import Foundation
import Testing

/// The packages beside the house's own link to its sources and name its targets again. `swift build` builds neither, so
/// that nothing else notices when a target has come to need another.
@Suite struct PackagesTests {
    /// What each `house(…)` target of a manifest depends on, products of other packages left out.
    private static func targets(of manifest: String) throws -> [String: Set<String>] {
        let text = try Repository.text(manifest)
        var targets: [String: Set<String>] = [:]
        for match in text.matches(of: /house\(\s*"(\w+)",\s*\[([^\]]*)\]/) {
            targets[String(match.1)] = Set(match.2.matches(of: /"(\w+)"/).map { String($0.1) })
        }
        return targets
    }

    @Test(arguments: ["Benchmarks/Package.swift", "fuzz/Package.swift"])
    func packagesBesideTheHouseKnowWhatItsTargetsNeed(manifest: String) throws {
        let house = try Self.targets(of: "Package.swift")
        let targets = try Self.targets(of: manifest)
        #expect(targets.count >= 5)
        for (name, dependencies) in targets {
            #expect(dependencies == house[name], "\(manifest): \(name)")
        }
    }
}
