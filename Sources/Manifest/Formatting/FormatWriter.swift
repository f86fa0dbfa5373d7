/// Writes a tree: two blanks a level, one blank after a colon, flow collections kept where they fit on their line.
struct FormatWriter {
    /// Columns of a line; a flow collection that needs more is written as a block.
    static let columnsMax = 120

    private let tree: FormatTree
    private let arena: NodeArena
    private var lines: [String] = []

    init(_ tree: FormatTree) {
        self.tree = tree
        arena = tree.arena
    }

    /// The header first, then everything else. Ends in a line end, unless there is nothing.
    mutating func text(header: [FormatTree.Piece], root: Int32?) -> String {
        write(header, indent: 0, isFirst: true)
        if let root { writeRoot(root) }
        write(tree.orphans, indent: 0, isFirst: lines.isEmpty)
        while lines.last == "" { lines.removeLast() }
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }

    private mutating func writeRoot(_ root: Int32) {
        let node = arena.nodes[Int(root)]
        if tree.roots.isEmpty {
            switch node.kind {
            case .mapping: lines.append("{}")
            case .sequence: lines.append("[]")
            default: if !(node.style == .plain && node.length == 0) { lines.append(scalar(root)) }
            }
            return
        }
        if let label = arena.labels[root] { lines.append("&\(label)") }
        write(tree.roots, indent: 0)
    }

    private mutating func write(_ items: [Int], indent: Int) {
        for (position, index) in items.enumerated() {
            let item = tree.items[index]
            write(
                item.leading, indent: indent,
                isFirst: position == 0 && (indent > 0 || lines.isEmpty || lines.last == ""))
            write(index, indent: indent)
            write(item.after, indent: indent, isFirst: false)
        }
    }

    private mutating func write(_ pieces: [FormatTree.Piece], indent: Int, isFirst: Bool) {
        var isFirst = isFirst
        for piece in pieces {
            switch piece {
            case .blank: if !isFirst, lines.last != "" { lines.append("") }
            case .comment(let text): lines.append(String(repeating: " ", count: indent) + text)
            }
            if case .comment = piece { isFirst = false }
        }
    }

    private mutating func write(_ index: Int, indent: Int) {
        let item = tree.items[index]
        let pad = String(repeating: " ", count: indent)
        var head = pad + (item.key.map { key($0) + ":" } ?? "-")
        let node = arena.nodes[Int(item.value)]
        let anchor = node.kind == .alias ? nil : arena.labels[item.value]
        if let anchor { head += " &\(anchor)" }
        if let value = inline(index, room: Self.columnsMax - head.unicodeScalars.count - 1) {
            finish(value.isEmpty ? head : "\(head) \(value)", item)
            return
        }
        if item.key == nil, anchor == nil, node.kind == .mapping {
            // The first pair stands on the line of the hyphen.
            let first = lines.count
            write(item.children, indent: indent + 2)
            lines[first] = pad + "- " + lines[first].dropFirst(indent + 2)
            if let trailing = item.trailing { lines[first] += " \(trailing)" }
            return
        }
        finish(head, item)
        write(item.children, indent: indent + 2)
    }

    private mutating func finish(_ line: String, _ item: FormatTree.Item) {
        lines.append(item.trailing.map { "\(line) \($0)" } ?? line)
    }

    /// The value on one line; nil where it has to be a block.
    private func inline(_ index: Int, room: Int) -> String? {
        let item = tree.items[index]
        let node = arena.nodes[Int(item.value)]
        switch node.kind {
        case .scalar, .alias: return scalar(item.value)
        case .mapping where item.children.isEmpty: return "{}"
        case .sequence where item.children.isEmpty: return "[]"
        case .mapping, .sequence:
            guard node.style == .flow, !tree.hasComments(below: index) else { return nil }
            let text = flow(index)
            return text.unicodeScalars.count <= room ? text : nil
        }
    }

    /// A value inside a flow collection; the outermost one's anchor has been written with its key.
    private func flow(_ index: Int, isOutermost: Bool = true) -> String {
        let item = tree.items[index]
        let node = arena.nodes[Int(item.value)]
        let anchor = isOutermost || node.kind == .alias ? "" : arena.labels[item.value].map { "&\($0) " } ?? ""
        switch node.kind {
        case .scalar, .alias: return anchor + scalar(item.value)
        case .sequence:
            return anchor + "[" + item.children.map { flow($0, isOutermost: false) }.joined(separator: ", ") + "]"
        case .mapping:
            let pairs = item.children.map { child in
                let value = flow(child, isOutermost: false)
                return key(tree.items[child].key!) + ":" + (value.isEmpty ? "" : " \(value)")
            }
            return anchor + (pairs.isEmpty ? "{}" : "{ " + pairs.joined(separator: ", ") + " }")
        }
    }

    private func key(_ key: Int32) -> String {
        if arena.nodes[Int(key)].kind == .alias { return scalar(key) + " " }
        let anchor = arena.labels[key].map { "&\($0) " } ?? ""
        return anchor + scalar(key)
    }

    private func scalar(_ node: Int32) -> String {
        if arena.nodes[Int(node)].kind == .alias { return "*" + (arena.labels[node] ?? "") }
        return ScalarText.written(arena.text(node), arena.nodes[Int(node)].style)
    }
}
