import Foundation
import Testing

/// What the documentation shows is what `ExampleTests` runs.
@Suite struct DocumentationTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let catalogue = package.appending(path: "Sources/MailAuth/MailAuth.docc")
    /// Lines of code in an example.
    private static let linesMax = 10

    private static func text(_ url: URL) throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }

    /// By name, without the indentation that they have in the test.
    private static func examples() throws -> [String: String] {
        var examples: [String: String] = [:]
        var name: String?
        var lines: [String] = []
        for line in try text(package.appending(path: "Tests/MailAuthExampleTests/ExampleTests.swift"))
            .split(separator: "\n", omittingEmptySubsequences: false)
        {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.hasPrefix("// example: ") {
                name = String(trimmed.dropFirst(12))
                lines = []
            } else if trimmed == "// end", let done = name {
                let indent = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
                examples[done] = lines.map { String($0.dropFirst(indent)) }.joined(separator: "\n")
                name = nil
            } else if name != nil {
                lines.append(String(line))
            }
        }
        return examples
    }

    private static func codeBlocks(_ text: String) -> [String] {
        text.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
    }

    @Test func everyExampleIsTheOneThatIsRun() throws {
        let examples = try Self.examples()
        var shown: [String: Int] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.catalogue.path) where file.hasSuffix(".md")
        {
            for block in Self.codeBlocks(try Self.text(Self.catalogue.appending(path: file))) {
                let name = examples.first { $0.value == block }?.key
                #expect(name != nil, "\(file) shows code that no test runs:\n\(block)")
                if let name { shown[name, default: 0] += 1 }
                #expect(block.split(separator: "\n").count <= Self.linesMax, "\(file)")
            }
        }
        #expect(Set(shown.keys) == Set(examples.keys))
    }

    @Test func theLandingPageNamesEveryArticle() throws {
        let landing = try Self.text(Self.catalogue.appending(path: "MailAuth.md"))
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.catalogue.path)
        where file.hasSuffix(".md") && file != "MailAuth.md" {
            #expect(landing.contains("<doc:\(file.dropLast(3))>"), "\(file)")
        }
    }

    /// `` ``Symbol`` `` in the articles stands for something that is public.
    @Test func symbolsThatAreNamedExist() throws {
        let names = try Self.publicNames()
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.catalogue.path) where file.hasSuffix(".md")
        {
            let parts = try Self.text(Self.catalogue.appending(path: file)).replacing("```", with: "")
                .components(separatedBy: "``")
            for (index, symbol) in parts.enumerated() where index % 2 == 1 {
                let name = String(symbol.split(separator: "/").last ?? "")
                #expect(name == "MailAuth" || names.contains(name), "\(file) names \(symbol)")
            }
        }
    }

    private static func publicNames() throws -> Set<String> {
        let kinds: Set<Substring> = ["struct", "enum", "class", "protocol", "func", "var", "let"]
        var names: Set<String> = []
        for folder in ["Sources/MailAuth", "Sources/DNS", "Sources/Keys"] {
            let url = package.appending(path: folder)
            for case let file as String in FileManager.default.enumerator(atPath: url.path)!
            where file.hasSuffix(".swift") {
                for line in try text(url.appending(path: file)).split(separator: "\n") {
                    let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                    guard words.first == "public", let kind = words.firstIndex(where: kinds.contains) else { continue }
                    if kind + 1 < words.count { names.insert(String(words[kind + 1])) }
                }
            }
        }
        return names
    }
}
