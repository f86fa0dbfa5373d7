package import Diagnostics

/// Writes a manifest file in its one style, without changing what it says.
///
/// Keys come in the order of the schema, entries (domains, agents, …) in the user's. Comments stay with what they are
/// about. A file with anchors keeps all of its order, because an alias must stand behind its anchor. Before an answer
/// is given, it is parsed again and compared; a file that would not come out the same is left as it is.
package enum ManifestFormatter {
    /// Why a file cannot be formatted: it cannot be parsed.
    package struct Failure: Error, Sendable {
        package let diagnostics: [Diagnostic]
        /// The file, with the places marked that no output may quote.
        package let file: SourceFile
    }

    package static func format(_ file: SourceFile, limits: ManifestLimits = .standard) -> Result<[UInt8], Failure> {
        var sink = FindingSink()
        var arena = NodeArena()
        var builder = YAMLTreeBuilder(file: 0, limits: limits)
        guard file.bytes.count <= limits.fileBytes else {
            sink.report(
                .fileLimit, at: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0),
                label: "the file has \(file.bytes.count) octets",
                notes: ["the limit `fileBytes` is \(limits.fileBytes)"])
            return .failure(failure(file, sink, arena, nil))
        }
        guard let octets = SourceScan.octets(of: file, index: 0, &sink)?.octets else {
            return .failure(failure(file, sink, arena, nil))
        }
        // Nodes and columns are those of the text after a byte order mark.
        let root = builder.build(octets, into: &arena, &sink)
        for index in complexKeys(arena) { sink.report(.complexKey, at: arena.span(index), label: "stands as a key") }
        if sink.collector.hasErrors { return .failure(failure(file, sink, arena, builder.syntaxErrorLine)) }
        let scan = CommentScan(octets, arena)
        var tree = FormatTree(arena, root: root, scan)
        let header = FormatOrder.apply(&tree, root: root)
        var writer = FormatWriter(tree)
        let formatted = Array(writer.text(header: header, root: root).utf8)
        return .success(saysTheSame(octets, arena, root, scan, formatted, limits) ? formatted : file.bytes)
    }

    private static func failure(_ file: SourceFile, _ sink: FindingSink, _ arena: NodeArena, _ line: UInt32?) -> Failure
    {
        var file = file
        file.secrets =
            SecretPlaces.find(
                in: [file], for: sink.collector.diagnostics, arena: arena, syntaxErrorLines: line.map { [0: $0] } ?? [:]
            )[0]
        return Failure(diagnostics: sink.collector.diagnostics, file: file)
    }

    private static func complexKeys(_ arena: NodeArena) -> [Int32] {
        var result: [Int32] = []
        for (index, node) in arena.nodes.enumerated() where node.kind == .mapping {
            let children = arena.children(Int32(index))
            for key in stride(from: 0, to: children.count, by: 2) where arena.nodes[Int(children[key])].kind != .scalar
            {
                result.append(children[key])
            }
        }
        return result
    }

    private static func saysTheSame(
        _ octets: [UInt8], _ arena: NodeArena, _ root: Int32?, _ scan: CommentScan, _ formatted: [UInt8],
        _ limits: ManifestLimits
    ) -> Bool {
        var sink = FindingSink()
        var again = NodeArena()
        var builder = YAMLTreeBuilder(file: 0, limits: limits)
        let newRoot = builder.build(formatted, into: &again, &sink)
        guard !sink.collector.hasErrors else { return false }
        let comments = CommentScan(formatted, again).comments.map(\.text).sorted()
        guard comments == scan.comments.map(\.text).sorted() else { return false }
        switch (root, newRoot) {
        case (nil, nil): return true
        case (let old?, let new?): return isEqual(arena, old, again, new)
        case (let old?, nil): return arena.nodes[Int(old)].kind == .scalar && arena.nodes[Int(old)].length == 0
        case (nil, _?): return false
        }
    }

    /// The same texts in the same structure; the order of a mapping's keys carries no meaning, unless two are equal.
    private static func isEqual(_ left: NodeArena, _ a: Int32, _ right: NodeArena, _ b: Int32) -> Bool {
        let (x, y) = (left.nodes[Int(a)], right.nodes[Int(b)])
        guard x.kind == y.kind, x.length == y.length, left.labels[a] == right.labels[b] else { return false }
        switch x.kind {
        case .alias: return true
        case .scalar:
            return left.text(a) == right.text(b) && (x.length > 0 || (x.style == .plain) == (y.style == .plain))
        case .sequence:
            return zip(left.children(a), right.children(b)).allSatisfy { isEqual(left, $0, right, $1) }
        case .mapping:
            let old = pairs(left, a)
            let new = pairs(right, b)
            return zip(old, new).allSatisfy { $0.text == $1.text && isEqual(left, $0.value, right, $1.value) }
        }
    }

    private static func pairs(_ arena: NodeArena, _ mapping: Int32) -> [(text: String, value: Int32)] {
        let children = arena.children(mapping)
        return stride(from: 0, to: children.count - 1, by: 2).map { (arena.text(children[$0]), children[$0 + 1]) }
            .enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
            .map { (text: $0.element.0, value: $0.element.1) }
    }
}
