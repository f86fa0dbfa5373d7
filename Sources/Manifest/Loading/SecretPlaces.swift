import Diagnostics

/// Finds everything in the files that may be a secret and must not be quoted: not only the literals that have a
/// finding of their own, but also those beside another mistake on the same line, under a mistyped key, or in a part
/// that could not be parsed. Rather too much is masked than too little.
enum SecretPlaces {
    /// Parts of keys that speak of a secret, in lower case without `_` and `-`.
    private static let words = [
        "apikey", "password", "passwd", "passphrase", "secret", "token", "credential", "privatekey", "accesskey",
        "keyring",
    ]

    /// Findings whose own place is a secret, whatever its key is called.
    static let codes: Set<Diagnostic.Code> = Set(
        [ManifestCode.literalSecret, .urlCredentials].map { Diagnostic.Code(rawValue: $0.rawValue) })

    /// For each file: the spans of values under such keys, of URLs with credentials, and whatever may be one in the
    /// lines around a syntax error. Only lines that the diagnostics can show are looked at.
    static func find(
        in files: [SourceFile], for diagnostics: [Diagnostic], arena: NodeArena, syntaxErrorLines: [UInt16: UInt32]
    ) -> [[SourceSpan]] {
        var spans = [[SourceSpan]](repeating: [], count: files.count)
        let shown = ShownLines(diagnostics)
        for (position, node) in arena.nodes.enumerated() {
            switch node.kind {
            case .mapping:
                let end = node.next
                var key = Int32(position) + 1
                while key < end {
                    let value = arena.nodes[Int(key)].next
                    let target = arena.nodes[Int(arena.resolved(value))]
                    if shown.intersects(node.file, arena.nodes[Int(key)].line, arena.nodes[Int(value)].endLine)
                        || shown.intersects(target.file, target.line, target.endLine), isSecretKey(key, arena)
                    {
                        mask(value, arena, &spans[Int(node.file)])
                    }
                    key = arena.nodes[Int(value)].next
                }
            case .scalar where shown.intersects(node.file, node.line, node.endLine):
                if holdsCredentials(Int32(position), arena) {
                    spans[Int(node.file)].append(arena.span(Int32(position)))
                }
            default: break
            }
        }
        for (file, line) in syntaxErrorLines { spans[Int(file)] += textual(files[Int(file)], index: file, from: line) }
        for diagnostic in diagnostics where codes.contains(diagnostic.code) {
            if let span = diagnostic.span { spans[Int(span.file)].append(span) }
        }
        return spans
    }

    /// The lines that a report quotes: those on which a span starts.
    private struct ShownLines {
        private var lines: [UInt16: [UInt32]] = [:]

        init(_ diagnostics: [Diagnostic]) {
            for diagnostic in diagnostics {
                for span in diagnostic.related.map(\.span) + [diagnostic.span].compactMap({ $0 }) {
                    lines[span.file, default: []].append(span.startLine)
                }
            }
            for file in lines.keys { lines[file]!.sort() }
        }

        func intersects(_ file: UInt16, _ first: UInt32, _ last: UInt32) -> Bool {
            guard let sorted = lines[file] else { return false }
            var low = 0
            var high = sorted.count
            while low < high {
                let middle = (low + high) / 2
                if sorted[middle] < first { low = middle + 1 } else { high = middle }
            }
            return low < sorted.count && sorted[low] <= last
        }
    }

    private static func isSecretKey(_ key: Int32, _ arena: NodeArena) -> Bool {
        guard arena.nodes[Int(key)].kind == .scalar, arena.nodes[Int(key)].length <= 256 else { return false }
        return speaksOfSecret(arena.text(key))
    }

    private static func speaksOfSecret(_ text: String) -> Bool {
        let folded = text.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
        if words.contains(where: { folded.contains($0) }) { return true }
        // A mistyped key: `pasword`, `api_kye`. Public keys are no secret.
        return !folded.hasPrefix("public") && Suggestion.closest(to: folded, among: words) != nil
    }

    /// Every scalar below the node but what a reference is made of.
    private static func mask(_ node: Int32, _ arena: NodeArena, _ spans: inout [SourceSpan]) {
        let target = arena.resolved(node)
        switch arena.nodes[Int(target)].kind {
        case .scalar:
            spans.append(arena.span(target))
            if target != node { spans.append(arena.span(node)) }
        case .sequence:
            for child in arena.children(target) { mask(child, arena, &spans) }
        case .mapping:
            let children = arena.children(target)
            for pair in stride(from: 0, to: children.count - 1, by: 2) {
                let isReference = isReference(children[pair], arena.resolved(children[pair + 1]), arena)
                if !isReference { mask(children[pair + 1], arena, &spans) }
            }
        case .alias: break
        }
    }

    /// A variable's name or a path. A command is masked: its arguments may hold the secret.
    private static func isReference(_ key: Int32, _ value: Int32, _ arena: NodeArena) -> Bool {
        guard arena.nodes[Int(value)].kind == .scalar, arena.nodes[Int(key)].kind == .scalar else { return false }
        if arena.octetsEqual(key, "file") { return true }
        return arena.octetsEqual(key, "env")
            && arena.withOctets(value) { octets in
                octets.allSatisfy { $0 == 0x5F || $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }
            }
    }

    /// `scheme://user:password@host`.
    private static func holdsCredentials(_ node: Int32, _ arena: NodeArena) -> Bool {
        arena.withOctets(node) { octets in
            guard octets.count < 4_096, let at = octets.firstIndex(of: UInt8(ascii: "@")), at > 3 else { return false }
            return String(decoding: octets, as: UTF8.self).contains("://")
        }
    }

    /// Lines that no node describes: masked behind the colon of a key that speaks of a secret, and on the lines
    /// indented below it; any line that holds `://` and `@` is masked whole.
    private static func textual(_ file: SourceFile, index: UInt16, from first: UInt32) -> [SourceSpan] {
        var spans: [SourceSpan] = []
        var secretIndent: Int?
        var number: UInt32 = 0
        // The lines before it too: the one that holds the key may end a node that is lost.
        for line in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            defer { number += 1 }
            guard number + 200 >= first, number <= first + 1 else { continue }
            let text = String(decoding: line.prefix(4_096), as: UTF8.self)
            let indent = line.prefix { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "-") }.count
            if let parent = secretIndent, indent > parent || indent == line.count {
                spans.append(whole(number, index, from: 0))
                continue
            }
            secretIndent = nil
            if text.contains("://"), text.contains("@") { spans.append(whole(number, index, from: UInt32(indent))) }
            var column: UInt32 = 0
            var word = ""
            for scalar in text.unicodeScalars {
                column += 1
                if scalar == ":" || scalar == "=" {
                    if speaksOfSecret(word) {
                        spans.append(whole(number, index, from: column))
                        secretIndent = indent
                        break
                    }
                    word = ""
                } else if scalar.properties.isAlphabetic || scalar == "_" || scalar == "-" {
                    word.unicodeScalars.append(scalar)
                } else if scalar != "\"" && scalar != "'" && scalar != " " {
                    word = ""
                }
            }
        }
        return spans
    }

    private static func whole(_ line: UInt32, _ file: UInt16, from column: UInt32) -> SourceSpan {
        SourceSpan(file: file, startLine: line, startColumn: column, endLine: line, endColumn: .max)
    }
}
