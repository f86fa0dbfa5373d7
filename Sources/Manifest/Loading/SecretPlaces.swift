import Diagnostics

/// Finds everything in the files that may be a secret and must not be quoted: not only the literals that have a
/// finding of their own, but also those beside another mistake on the same line, under a mistyped key, or in a part
/// that could not be parsed. Rather too much is masked than too little.
enum SecretPlaces {
    /// Parts of keys that speak of a secret, in lower case without `_` and `-`.
    private static let words = [
        "apikey", "password", "passwd", "passphrase", "secret", "token", "credential", "privatekey", "accesskey",
        "keyring",
    ].map { Array($0.utf8) }

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
        return arena.withOctets(key) { octets in
            if octets.allSatisfy({ $0 < 0x80 }) { return speaksOfSecret(octets) }
            return speaksOfSecret(String(decoding: octets, as: UTF8.self).lowercased().utf8)
        }
    }

    /// By octets: a report asks this of every key around its places, and `String.contains` makes a table each time.
    private static func speaksOfSecret(_ text: some Sequence<UInt8>) -> Bool {
        var folded: [UInt8] = []
        for octet in text where octet != UInt8(ascii: "_") && octet != UInt8(ascii: "-") && octet != 0x20 {
            folded.append(0x41...0x5A ~= octet ? octet | 0x20 : octet)
        }
        if words.contains(where: { contains(folded, $0) }) { return true }
        // A mistyped key: `pasword`, `api_kye`. Public keys are no secret.
        return !folded.starts(with: "public".utf8) && Suggestion.isNear(folded, toAnyOf: words)
    }

    private static func contains(_ text: some RandomAccessCollection<UInt8>, _ word: [UInt8]) -> Bool {
        var rest = text[...]
        while rest.count >= word.count {
            if rest.first == word[0], rest.starts(with: word) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    private static let authorityMark = Array("://".utf8)

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
            return contains(octets, authorityMark)
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
            let text = line.prefix(4_096)
            let indent = line.prefix { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "-") }.count
            if let parent = secretIndent, indent > parent || indent == line.count {
                spans.append(whole(number, index, from: 0))
                continue
            }
            secretIndent = nil
            if text.contains(UInt8(ascii: "@")), contains(text, authorityMark) {
                spans.append(whole(number, index, from: UInt32(indent)))
            }
            var column: UInt32 = 0
            var word = ""
            for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
                column += 1
                if scalar == ":" || scalar == "=" {
                    if speaksOfSecret(word.lowercased().utf8) {
                        spans.append(whole(number, index, from: column))
                        secretIndent = indent
                        break
                    }
                    word = ""
                } else if isLetter(scalar) || scalar == "_" || scalar == "-" {
                    word.unicodeScalars.append(scalar)
                } else if scalar != "\"" && scalar != "'" && scalar != " " {
                    word = ""
                }
            }
        }
        return spans
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? 0x61...0x7A ~= scalar.value | 0x20 : scalar.properties.isAlphabetic
    }

    private static func whole(_ line: UInt32, _ file: UInt16, from column: UInt32) -> SourceSpan {
        SourceSpan(file: file, startLine: line, startColumn: column, endLine: line, endColumn: .max)
    }
}
