import Testing

/// The rules find what they are there to find: each breach is planted once.
@Suite struct RulesTests {
    private static let table = """
        | target | layer | purpose | may import |
        |---|---|---|---|
        | `CLib` `CTwo` | system | libraries | none |
        | `Base` | core | the ground | `CLib` |
        | `Reach` | edge | sockets | `Base` `CTwo` |
        | `app` | edge | all | all above |
        """

    private static func house() throws -> House { try House(document: table) }

    @Test(arguments: [
        ("Sources/Base/A.swift", "import CLib\nimport FoundationEssentials", []),
        ("Sources/Base/A.swift", "import Reach", [1]),
        ("Sources/Base/A.swift", "// why\n@testable package import Reach", [2]),
        ("Sources/Base/A.swift", "\npublic import struct Reach.Socket", [2]),
        ("Sources/Base/A.swift", "import CLib; import CTwo", [1]),
        ("Sources/Base/A.swift", "// import Reach\n/* import Reach */\nlet a = \"import Reach\"", []),
        ("Sources/Base/A.swift", "let a = \"\"\"\nimport Reach\n\"\"\"\n", []),
        ("Sources/Base/A.swift", "import Foundation", [1]),
        ("Sources/Reach/A.swift", "import FoundationNetworking", [1]),
        ("Sources/Reach/A.swift", "import CLib", [1]),
        ("Sources/app/A.swift", "import Base\nimport Reach\nimport CTwo", []),
        ("Sources/Nowhere/A.swift", "", [1]),
    ])
    func imports(path: String, source: String, lines: [Int]) throws {
        #expect(Rules.imports(path: path, source: source, house: try Self.house()).map(\.line) == lines)
    }

    @Test(arguments: [
        ("let now = Date()", 1), ("let now = Date(timeIntervalSince1970: 1)", 0), ("// Date()", 0),
        ("let text = \"Date()\"", 0), ("let text = \"\\(Date())\"", 1),
        ("let text = \"\\(name.map { \"(\" })\" + getenv(\"A\")", 1),
        ("let id = UUID()", 1), ("let id = UUID(uuidString: text)", 0), ("let f = FileManager.default", 1),
        ("let s = socket(AF_INET, 1, 0)", 1), ("let s = self.socket(1)", 0), ("func open(_ path: String)", 0),
        ("let d = open(path, O_RDONLY)", 1), ("let r = Int.random(in: 0...9)", 1), ("let r = ports.random(32)", 0),
        ("try await Task.sleep(for: .seconds(1))", 1), ("try await clock.sleep(until: then)", 0),
        ("let clock = ContinuousClock()", 1), ("print(text)", 1), ("fingerprint(text)", 0),
        ("let s = #\"a\"b getenv\"#", 0), ("let isReopen = reopen(path)", 0),
    ])
    func ambientWorld(line: String, count: Int) throws {
        let house = try Self.house()
        #expect(Rules.ambientWorld(path: "Sources/Base/A.swift", source: line, house: house).count == count)
        #expect(Rules.ambientWorld(path: "Sources/Reach/A.swift", source: line, house: house).isEmpty)
    }

    @Test(arguments: [
        ("Sources/Base/Name.swift", 0), ("Sources/Base/StringUtils.swift", 1), ("Sources/Base/Helpers.swift", 1),
        ("Sources/Base/Common.swift", 1), ("Sources/Base/Plan+Part2.swift", 1), ("Sources/Base/main.swift", 0),
    ])
    func fileNames(path: String, count: Int) {
        #expect(Rules.fileName(path: path).count == count)
    }

    @Test(arguments: [
        ("// RFC 1035 §5.1", 0), ("// RFC 1035 §5.1 and RFC 9999 §1", 1), ("\"RFC9999\"", 1),
        ("// RFC 2136, RFC 1035", 1),
        ("// RFCs are long", 0), ("// RFC 10350 §1", 1),
    ])
    func citations(line: String, count: Int) {
        #expect(Rules.citations(path: "a", source: line, known: [1035]).count == count)
    }

    @Test func theListIsRead() {
        #expect(
            Rules.listedRFCs("# t\n| RFC | title |\n|---|---|\n| 1035 | Names |\n| 7208 | SPF |\n") == [1035, 7208])
    }

    @Test func aDocumentWithoutTableIsRefused() {
        #expect(throws: House.Problem.noTable) { try House(document: "# Architecture\n") }
        #expect(throws: House.Problem.unreadableRow("| `A` | core |")) {
            try House(document: "| target | layer | purpose | may import |\n|---|---|---|---|\n| `A` | core |\n")
        }
    }

    @Test(arguments: [
        ("| `A` | core | a | `Bee` |", ["A: Bee"]),
        ("| `A` | core | a | `B` |\n| `B` | core | b | `A` |", ["A: B"]),
        ("| `A` | core | a | none |\n| `B` | core | b | `A` `ArgumentParser` |", []),
    ])
    func waysUpInTheTableAreFound(rows: String, unfounded: [String]) throws {
        let house = try House(document: "| target | layer | purpose | may import |\n|---|---|---|---|\n\(rows)\n")
        #expect(house.unfoundedImports == unfounded)
    }
}
