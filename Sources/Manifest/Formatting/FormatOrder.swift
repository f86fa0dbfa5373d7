/// Puts keys into the order of the schema, and keeps what heads the file at its head.
enum FormatOrder {
    /// Returns the pieces that stand before everything else.
    static func apply(_ tree: inout FormatTree, root: Int32?) -> [FormatTree.Piece] {
        let header = takeHeader(&tree)
        // An alias must stand behind its anchor.
        if let root, tree.arena.labels.isEmpty, tree.arena.nodes[Int(root)].kind == .mapping {
            order(tree.roots, under: nil, .object(RootKey.shape), &tree)
        }
        return header
    }

    /// The comments that an empty line separates from the first key, and an editor's mode line.
    private static func takeHeader(_ tree: inout FormatTree) -> [FormatTree.Piece] {
        guard let first = tree.roots.first else { return [] }
        let pieces = tree.takeLeading(of: first)
        var end = pieces.lastIndex(of: .blank).map { $0 + 1 } ?? 0
        if end == 0, case .comment(let text) = pieces.first, text.contains("yaml-language-server") { end = 1 }
        tree.prependLeading(Array(pieces[end...]), to: first)
        return Array(pieces[..<end])
    }

    private static func order(_ items: [Int], under parent: Int?, _ shape: ValueShape, _ tree: inout FormatTree) {
        switch shape {
        case .object(let object):
            reorder(items, under: parent, object, &tree)
            for item in items {
                guard let index = index(item, object, tree) else { continue }
                orderValue(of: item, object.fields[index].value, &tree)
            }
        case .entries(_, let element), .list(let element, _):
            for item in items { orderValue(of: item, element, &tree) }
        case .variants(let variants):
            let type = items.first { tree.items[$0].key.map { tree.arena.text($0) } == "type" }
                .map { tree.arena.text(tree.arena.resolved(tree.items[$0].value)) }
            if let variant = variants.first(where: { $0.type == type }) {
                order(items, under: parent, .object(variant.shape), &tree)
            }
        case .secret: order(items, under: parent, .object(SecretKey.shape), &tree)
        case .either(let first, let second):
            order(items, under: parent, first, &tree)
            order(items, under: parent, second, &tree)
        case .text, .boolean, .integer, .duration, .choice: break
        }
    }

    private static func orderValue(of item: Int, _ shape: ValueShape, _ tree: inout FormatTree) {
        let isMapping = tree.arena.nodes[Int(tree.items[item].value)].kind == .mapping
        let isList = tree.arena.nodes[Int(tree.items[item].value)].kind == .sequence
        switch shape {
        case .list where !isList: return
        case .object where !isMapping, .entries where !isMapping, .variants where !isMapping, .secret where !isMapping:
            return
        default: order(tree.items[item].children, under: item, shape, &tree)
        }
    }

    private static func index(_ item: Int, _ shape: ObjectShape, _ tree: FormatTree) -> Int? {
        guard let key = tree.items[item].key else { return nil }
        return tree.arena.withOctets(key) { shape.names.index(of: $0) }
    }

    /// Known keys by the schema, then the others as they stood. A list item's comments stay before its hyphen.
    private static func reorder(_ items: [Int], under parent: Int?, _ shape: ObjectShape, _ tree: inout FormatTree) {
        let sorted = items.enumerated().sorted { left, right in
            let a = index(left.element, shape, tree) ?? shape.fields.count
            let b = index(right.element, shape, tree) ?? shape.fields.count
            return (a, left.offset) < (b, right.offset)
        }.map(\.element)
        tree.reorder(sorted, under: parent)
        if let parent, tree.items[parent].key == nil, let first = sorted.first {
            let pieces = tree.takeLeading(of: first)
            tree.appendLeading(pieces.filter { $0 != .blank }, to: parent)
        }
    }
}
