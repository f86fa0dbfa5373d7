import Diagnostics
import Foundation
import Manifest
import Testing

@Suite("Formatting")
struct FormatTests {
    private static let single = (Fixture.good + Fixture.bad).flatMap(\.files)

    private static let goodPaths = Set(Fixture.good.flatMap(\.files).map(\.path))

    /// Nil for a file of a bad fixture that is refused.
    private func formatted(_ file: SourceFile) throws -> String? {
        let formatted = text(file)
        if Self.goodPaths.contains(file.path) { _ = try #require(formatted, "\(file.path) is refused") }
        return formatted
    }

    @Test("Refuses only what cannot be parsed")
    func refused() {
        let refused = Set(Self.single.filter { text($0) == nil }.map(\.path))
        let others: Set<String> = refused.filter { !$0.hasPrefix("syntax-") }
        #expect(
            others == [
                "complex-keys.yaml", "control-character.yaml", "depth.yaml", "directive.yaml", "folder-alias/b.yaml",
                "line-break.yaml", "not-utf8.yaml", "nul.yaml", "recursive-alias.yaml", "secret-in-syntax-error.yaml",
                "tabs.yaml", "tags.yaml", "two-documents.yaml", "undefined-alias.yaml", "utf16-without-mark.yaml",
                "utf16.yaml",
            ])
        #expect(refused.count == 22)
    }

    private func text(_ file: SourceFile) -> String? {
        try? String(decoding: ManifestFormatter.format(file).get(), as: UTF8.self)
    }

    @Test("What it makes of a file", arguments: Fixture.good.filter { $0.files.count == 1 })
    func snapshot(fixture: Fixture) throws {
        let formatted = try #require(text(fixture.files[0]))
        expectSnapshot(formatted, fixture.snapshot.deletingPathExtension().appendingPathExtension("formatted"))
    }

    @Test("Twice is once", arguments: single)
    func idempotent(file: SourceFile) throws {
        guard let once = try formatted(file) else { return }
        #expect(text(SourceFile(path: file.path, bytes: Array(once.utf8))) == once)
    }

    @Test(
        "A file that cannot be parsed is not touched, and says why",
        arguments: Fixture.bad.filter { $0.name.hasPrefix("syntax") })
    func broken(fixture: Fixture) {
        guard case .failure(let failure) = ManifestFormatter.format(fixture.files[0]) else {
            Issue.record("formatted")
            return
        }
        #expect(failure.diagnostics.contains { $0.code == "MAN001" })
    }

    /// Everything but places: those move.
    private func said(_ result: ManifestLoadResult) -> String {
        guard let manifest = result.manifest else {
            return result.diagnostics.map { "\($0.code) \($0.label ?? "")" }.sorted().joined(separator: "\n")
        }
        let whole =
            "\(manifest.settings) \(manifest.providers.sorted { $0.key < $1.key }) \(manifest.relays.sorted { $0.key < $1.key })"
            + manifest.domains.map { "\($0.with(gate: [])) \($0.gateRequires.map(\.rawValue).sorted())" }.joined()
            + "\(manifest.agents) \(manifest.approvers)"
        return whole.replacing(/SourceSpan\([^)]*\)/, with: "").replacing(/stubs: \[.*?\]\]/, with: "")
    }

    @Test("Says the same afterwards", arguments: single)
    func meaning(file: SourceFile) throws {
        guard let formatted = try formatted(file) else { return }
        let before = ManifestLoader().load([file])
        let after = ManifestLoader().load([SourceFile(path: file.path, bytes: Array(formatted.utf8))])
        // The mark before the text is what formatting removes.
        let isMarked = file.bytes.starts(with: [0xEF, 0xBB, 0xBF])
        if !isMarked { #expect(said(before) == said(after)) }
        #expect((before.manifest == nil) == (after.manifest == nil))
    }

    private func comments(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            line.firstRange(of: /(^|\s)# ?[A-Za-z].*$/).map { String(line[$0]).trimmingCharacters(in: .whitespaces) }
        }.sorted()
    }

    @Test("Keeps every comment", arguments: single)
    func keepsComments(file: SourceFile) throws {
        guard let formatted = try formatted(file), !file.path.contains("multiline") else { return }
        #expect(comments(formatted) == comments(String(decoding: file.bytes, as: UTF8.self)))
    }

    @Test("Keeps comments wherever they stand, one at every line and line end of a file")
    func commentsEverywhere() throws {
        let fixture = try #require(Fixture.good.first { $0.name == "full" })
        let lines = String(decoding: fixture.files[0].bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        for index in lines.indices {
            for indent in [0, 2, 4, 6] {
                var changed = lines.map(String.init)
                changed.insert(String(repeating: " ", count: indent) + "# planted", at: index)
                let file = SourceFile(path: "a.yaml", bytes: Array(changed.joined(separator: "\n").utf8))
                let formatted = try #require(text(file))
                #expect(formatted.contains("# planted"), "before line \(index), column \(indent)")
                #expect(
                    text(SourceFile(path: "a.yaml", bytes: Array(formatted.utf8))) == formatted,
                    "before line \(index), column \(indent)")
            }
        }
    }

    @Test(
        "Quotes only what needs it",
        arguments: [
            ("'word'", "word"), ("\"word\"", "word"), ("\"true\"", "\"true\""), ("'no'", "\"no\""),
            ("\"012\"", "\"012\""),
            ("'it''s'", "\"it's\""), ("\"a: b\"", "\"a: b\""), ("a b", "a b"), ("\"a\\tb\"", "\"a\\tb\""),
            ("|\n    a\n    b", "\"a\\nb\\n\""),
            ("''", "\"\""), ("Y", "Y"), ("\"Y\"", "\"Y\""), ("'é'", "\"é\""),
        ])
    func quoting(written: String, expected: String) {
        let file = SourceFile(path: "a.yaml", bytes: Array("settings:\n  state: \(written)\n".utf8))
        #expect(text(file) == "settings:\n  state: \(expected)\n")
    }

    @Test("Orders keys by the schema and entries not at all")
    func order() {
        let file = SourceFile(
            path: "a.yaml",
            bytes: Array("domains:\n  b.example: { relay: r, sends: true }\n  a.example:\nversion: 1\n".utf8))
        #expect(text(file) == "version: 1\ndomains:\n  b.example: { sends: true, relay: r }\n  a.example:\n")
    }

    @Test("Long flow collections become blocks")
    func long() {
        let names = (0..<12).map { "_spf\($0).provider.example" }
        let file = SourceFile(
            path: "a.yaml",
            bytes: Array("domains: { a.example: { spf: { include: [\(names.joined(separator: ","))] } } }".utf8))
        #expect(
            text(file) == "domains:\n  a.example:\n    spf:\n      include:\n"
                + names.map { "        - \($0)\n" }.joined())
    }
}

import DNS

extension DomainDeclaration {
    /// A set's order changes from run to run.
    fileprivate func with(gate: Set<GateRequirement>) -> DomainDeclaration {
        var copy = self
        copy.gateRequires = gate
        return copy
    }
}
