import Diagnostics
import Manifest
import Testing

@Suite("Limits")
struct LimitsTests {
    struct Bound: Sendable, CustomTestStringConvertible {
        let code: String
        let name: String
        let limits: ManifestLimits
        let files: [SourceFile]

        var testDescription: String { name }

        init(_ code: String, _ name: String, _ limits: ManifestLimits = .standard, _ texts: String...) {
            self.code = code
            self.name = name
            self.limits = limits
            files = texts.enumerated().map { SourceFile(path: "\($0.offset).yaml", bytes: Array($0.element.utf8)) }
        }

        /// Each bound, reached by something small under tightened limits.
        static let all = [
            Bound("MAN040", "fileBytes", ManifestLimits(fileBytes: 20), "version: 1\ndomains: {}\n"),
            Bound("MAN041", "totalBytes", ManifestLimits(totalBytes: 20), "version: 1\n", "domains: {}\n"),
            Bound(
                "MAN042", "depth", ManifestLimits(depth: 2), "version: 1\ndomains: { a.example: { sends: false } }\n"),
            Bound("MAN043", "nodes", ManifestLimits(nodes: 4), "version: 1\ndomains: {}\n"),
            Bound(
                "MAN044", "aliasNodes", ManifestLimits(aliasNodes: 5),
                "version: 1\ndomains: { a.example: &a { sends: false }, b.example: *a, c.example: *a }\n"),
            Bound(
                "MAN045", "scalarBytes", ManifestLimits(scalarBytes: 10),
                "version: 1\ndomains: { abcdefghijk.example: {} }\n"),
            Bound("MAN046", "files", ManifestLimits(files: 1), "version: 1\n", "domains: {}\n"),
        ]
    }

    @Test("Each limit has a code of its own, and its message names limit and value", arguments: Bound.all)
    func bound(bound: Bound) throws {
        let result = ManifestLoader(limits: bound.limits).load(bound.files)
        #expect(result.manifest == nil)
        let finding = try #require(result.diagnostics.first { $0.code.rawValue == bound.code })
        #expect(finding.notes.contains { $0.hasPrefix("the limit `\(bound.name)` is ") })
    }

    @Test(
        "One below the limit passes",
        arguments: [
            (ManifestLimits(fileBytes: 23), "version: 1\ndomains: {}\n"),
            (ManifestLimits(depth: 2), "version: 1\ndomains: {}\n"),
            (ManifestLimits(nodes: 6), "version: 1\ndomains: {}\n"),
            (ManifestLimits(scalarBytes: 7), "version: 1\ndomains: {}\n"),
        ])
    func within(limits: ManifestLimits, text: String) {
        #expect(load(text, limits: limits).diagnostics.isEmpty)
    }

    @Test("Billions of values behind a few aliases")
    func aliasBomb() {
        var text = "version: 1\ndomains: {}\nproviders:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<20 {
            text +=
                "  a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        let result = load(text)
        #expect(result.diagnostics.contains { $0.code == "MAN044" })
        #expect(result.nodeCount < 1_000)
        // One alias more than the limit has been counted, none followed.
        #expect(result.aliasNodeCount < 100_000 * 12)
    }

    @Test("The same bomb by merge keys")
    func mergeBomb() {
        var text = "version: 1\ndomains:\n  d0: &d0 { sends: false }\n"
        for level in 1..<30 {
            text +=
                "  d\(level).example: &d\(level) { <<: ["
                + Array(repeating: "*d\(level - 1)", count: 9).joined(separator: ", ") + "] }\n"
        }
        let result = load(text)
        #expect(result.diagnostics.contains { $0.code == "MAN044" })
        #expect(result.nodeCount < 1_000)
    }

    @Test("A file over 32 MiB is not looked at")
    func largeFile() {
        let file = SourceFile(path: "large.yaml", bytes: [UInt8](repeating: UInt8(ascii: "a"), count: 50 << 20))
        let result = ManifestLoader().load([file])
        #expect(result.diagnostics.map(\.code) == ["MAN040"])
        #expect(result.nodeCount == 0)
    }

    @Test(
        "A depth of 100,000",
        arguments: [
            String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 100_000),
            String(repeating: "? ", count: 100_000),
        ])
    func depth(text: String) {
        let result = load("domains:\n " + text)
        #expect(result.diagnostics.contains { $0.code == "MAN042" })
        #expect(result.nodeCount < 200)
    }

    @Test("A million keys that nobody knows are counted, not listed")
    func millionKeys() {
        var text = "version: 1\ndomains: {}\n"
        text.reserveCapacity(14_000_000)
        for number in 0..<1_000_000 { text += "k\(number): 1\n" }
        let result = load(text)
        #expect(result.diagnostics.count == DiagnosticCollector.keptMax)
        #expect(result.omittedDiagnostics == 1_000_000 - DiagnosticCollector.keptMax)
        #expect(result.nodeCount == 2_000_005)
        #expect(result.report.diagnostics.count == 100)
    }

    @Test("A scalar of 20 MB")
    func longScalar() {
        let result = load("version: 1\ndomains: { a.example: " + String(repeating: "x", count: 20_000_000) + " }\n")
        #expect(result.diagnostics.contains { $0.code == "MAN045" })
    }

    @Test("NUL bytes alone")
    func nulBytes() {
        let result = ManifestLoader().load([SourceFile(path: "nul.yaml", bytes: [UInt8](repeating: 0, count: 1 << 20))])
        #expect(result.manifest == nil)
        #expect(result.diagnostics.contains { $0.code == "MAN005" })
        #expect(result.diagnostics.count < 50)
    }
}
