import Testing

/// Every file below Sources against the table and the invariants of docs/ARCHITECTURE.md. SwiftPM lets a target import
/// what it does not depend on directly, so the build alone does not hold them.
@Suite struct HouseTests {
    private static let sources = Repository.files(below: "Sources", suffix: ".swift")

    private static func house() throws -> House { try House(document: Repository.text("docs/ARCHITECTURE.md")) }

    private func check(_ rule: (String, String) throws -> [Violation]) throws {
        var violations: [Violation] = []
        for path in Self.sources { violations += try rule(path, try Repository.text(path)) }
        #expect(violations.isEmpty, "\(violations.map(\.description).joined(separator: "\n"))")
    }

    @Test func thereAreSourcesToCheck() {
        #expect(Self.sources.count > 20)
    }

    @Test func importsKeepToTheTable() throws {
        let house = try Self.house()
        try check { Rules.imports(path: $0, source: $1, house: house) }
    }

    @Test func coreTargetsReadNothingOfTheWorld() throws {
        let house = try Self.house()
        try check { Rules.ambientWorld(path: $0, source: $1, house: house) }
    }

    @Test func filesAreNamedByTheirTypes() throws {
        try check { path, _ in Rules.fileName(path: path) }
    }

    @Test func citedStandardsAreListed() throws {
        let known = Rules.listedRFCs(try Repository.text("docs/rfcs.md"))
        #expect(known.count > 30)
        try check { Rules.citations(path: $0, source: $1, known: known) }
    }

    @Test func everyTargetStandsInTheTable() throws {
        let house = try Self.house()
        #expect(try Repository.folders(below: "Sources").filter { house.targets[$0] == nil } == [])
        #expect(house.unfoundedImports == [])
    }

    /// Invariant 2: one owner for each system library.
    @Test func eachSystemLibraryHasOneOwner() throws {
        let house = try Self.house()
        let owners: [String: Set<String>] = [
            "CLibYAML": ["Manifest"], "COpenSSL": ["Keys"], "CLibCurl": ["Transport"], "CLibIDN2": ["DNS"],
            "CSQLite": ["Storage"], "ArgumentParser": ["CLI"], "Hummingbird": ["Server"], "NIOSSL": ["Server"],
        ]
        for (library, expected) in owners {
            let importing = Set(house.targets.values.filter { $0.imports.contains(library) }.map(\.name))
            #expect(importing.subtracting(["signet"]) == expected, "\(library)")
        }
    }
}
