import Foundation
import TestSupport
import Testing

/// What README and the examples tell a reader to type exists.
@Suite struct DocumentationTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Workspace.repository.appendingPathComponent(path), encoding: .utf8)
    }

    /// The words after `signet` in a document's code, up to what is not a plain word or option.
    static func invocations(_ document: String) -> [[String]] {
        var found: [[String]] = []
        for line in document.split(separator: "\n") {
            let isCommand = line.hasPrefix("signet ") || line.hasPrefix("$ signet ") || line.hasPrefix("    signet ")
            let cell = line.hasPrefix("| `signet ") ? line.split(separator: "`").dropFirst().first : nil
            guard let text = cell ?? (isCommand ? line : nil) else { continue }
            let command = text.split(separator: "#").first ?? text
            found.append(command.split(separator: " ").drop { $0 != "signet" }.dropFirst().map(String.init))
        }
        return found
    }

    @Test func invocationsAreFound() {
        let document =
            "# t\n$ signet plan --exit-code   # why\n| `signet keys` | lists |\nsignet apply plan.json\ntext signet no\n"
        #expect(Self.invocations(document) == [["plan", "--exit-code"], ["keys"], ["apply", "plan.json"]])
    }

    @Test func everyCommandAndOptionExists() throws {
        let workspace = try Workspace()
        let root = try workspace.signet("--help")
        #expect(root.status == 0)
        let documents = ["README.md"] + ExampleTests.examples.map { "examples/\($0)/README.md" }
        var checked = 0
        for document in documents {
            for words in Self.invocations(try Self.text(document)) {
                let command = try #require(words.first)
                var help = try workspace.signet(command, "--help")
                #expect(help.status == 0, "\(document): there is no command \(command)")
                if help.output.contains("SUBCOMMANDS:"), let nested = words.dropFirst().first {
                    help = try workspace.signet(command, nested, "--help")
                    #expect(help.status == 0, "\(document): there is no command \(command) \(nested)")
                }
                for option in words where option.hasPrefix("--") {
                    #expect(help.output.contains(option), "\(document): \(command) has no \(option)")
                }
                checked += 1
            }
        }
        #expect(checked > 20)
    }

    /// README's table of commands is the list that `signet --help` shows.
    @Test func readmeNamesEveryCommand() throws {
        let help = try Workspace().signet("--help").output
        let listed =
            help.components(separatedBy: "SUBCOMMANDS:").last?.split(separator: "\n", omittingEmptySubsequences: false)
            .dropFirst().prefix { $0.hasPrefix("  ") }
            .filter { !$0.hasPrefix("   ") }.compactMap { $0.split(separator: " ").first.map(String.init) } ?? []
        #expect(listed.count > 10)
        let readme = try Self.text("README.md")
        for command in listed where command != "help" {
            #expect(readme.contains("| `signet \(command)` |"), "README does not name signet \(command)")
        }
    }
}
