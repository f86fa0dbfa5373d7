/// What is to be written: every pair and every list item, with the comments and blank lines that belong to it.
struct FormatTree {
    enum Piece: Equatable {
        case blank
        case comment(String)
    }

    struct Item {
        /// Nil in a list.
        var key: Int32?
        var value: Int32
        var parent: Int?
        var children: [Int] = []
        var line: Int
        var column: Int
        var endLine: Int
        /// On lines of their own before it.
        var leading: [Piece] = []
        /// At the end of its first line.
        var trailing: String?
        /// After all of it, before its container ends or a shallower item starts.
        var after: [Piece] = []
    }

    private(set) var items: [Item] = []
    private(set) var roots: [Int] = []
    /// Comments of a file without anything else.
    private(set) var orphans: [Piece] = []
    let arena: NodeArena

    init(_ arena: NodeArena, root: Int32?, _ scan: CommentScan) {
        self.arena = arena
        if let root { roots = addChildren(of: root, parent: nil) }
        attach(scan)
    }

    mutating func reorder(_ children: [Int], under parent: Int?) {
        if let parent { items[parent].children = children } else { roots = children }
    }

    mutating func takeLeading(of item: Int) -> [Piece] {
        let pieces = items[item].leading
        items[item].leading = []
        return pieces
    }

    mutating func prependLeading(_ pieces: [Piece], to item: Int) {
        items[item].leading = pieces + items[item].leading
    }

    mutating func appendLeading(_ pieces: [Piece], to item: Int) {
        items[item].leading += pieces
    }

    func hasComments(below item: Int) -> Bool {
        items[item].children.contains { child in
            !items[child].leading.isEmpty || items[child].trailing != nil || !items[child].after.isEmpty
                || hasComments(below: child)
        }
    }

    // MARK: building

    private mutating func addChildren(of container: Int32, parent: Int?) -> [Int] {
        let node = arena.nodes[Int(container)]
        let children = arena.children(container)
        var result: [Int] = []
        switch node.kind {
        case .mapping:
            for index in stride(from: 0, to: children.count - 1, by: 2) {
                result.append(
                    add(key: children[index], value: children[index + 1], container: container, parent: parent))
            }
        case .sequence:
            for child in children { result.append(add(key: nil, value: child, container: container, parent: parent)) }
        case .scalar, .alias: break
        }
        return result
    }

    private mutating func add(key: Int32?, value: Int32, container: Int32, parent: Int?) -> Int {
        let start = arena.nodes[Int(key ?? value)]
        let end = arena.nodes[Int(value)]
        let list = arena.nodes[Int(container)]
        let isBlockItem = key == nil && list.style == .block
        let index = items.count
        items.append(
            Item(
                key: key, value: value, parent: parent, line: Int(start.line),
                column: Int(isBlockItem ? list.column : start.column), endLine: max(Int(end.endLine), Int(start.line))))
        let children = addChildren(of: value, parent: index)
        items[index].children = children
        return index
    }

    // MARK: comments

    /// Each comment goes to exactly one item, so that none is lost and each moves with what it is about.
    private mutating func attach(_ scan: CommentScan) {
        // Items stand in the order of the text.
        var next = 0
        var blanks = scan.blankLines[...]
        var pending: [(piece: Piece, line: Int, column: Int)] = []
        var comments = scan.comments[...]
        let lastLine = max(items.last.map { $0.line } ?? 0, scan.comments.last?.line ?? 0, scan.blankLines.last ?? 0)
        for line in 0...lastLine {
            let starts = next < items.count && items[next].line <= line
            if blanks.first == line {
                blanks.removeFirst()
                pending.append((.blank, line, 0))
            }
            if starts {
                settle(&pending, before: next)
                let first = next
                while next < items.count, items[next].line <= line { next += 1 }
                while let comment = comments.first, comment.line == line {
                    comments.removeFirst()
                    attachTrailing(comment, first: first)
                }
            }
            while let comment = comments.first, comment.line == line {
                comments.removeFirst()
                if comment.isOwnLine || next == 0 {
                    pending.append((.comment(comment.text), line, comment.column))
                } else {
                    settle(&pending, before: nil, last: next - 1)
                    attachTrailing(comment, first: outermostEnded(next - 1, line))
                }
            }
        }
        settle(&pending, before: nil, last: next - 1)
    }

    private mutating func attachTrailing(_ comment: CommentScan.Comment, first: Int) {
        var item = first
        // `- key: value # comment` is about the pair.
        while items[item].key == nil, let child = items[item].children.first,
            arena.nodes[Int(items[item].value)].style == .block, items[child].line == comment.line
        {
            item = child
        }
        if items[item].trailing == nil {
            items[item].trailing = comment.text
        } else {
            items[item].leading.append(.comment(comment.text))
        }
    }

    private func outermostEnded(_ item: Int, _ line: Int) -> Int {
        var item = item
        while let parent = items[item].parent, items[parent].endLine <= line { item = parent }
        return item
    }

    /// Gives pending comments to the item that follows, or, where they are indented further than it or none follows, to
    /// the end of the one before.
    private mutating func settle(
        _ pending: inout [(piece: Piece, line: Int, column: Int)], before next: Int?, last: Int? = nil
    ) {
        guard !pending.isEmpty else { return }
        defer { pending = [] }
        let previous = next.map { $0 - 1 } ?? last ?? -1
        var index = 0
        while index < pending.count {
            // A blank line goes where the comment behind it goes.
            let comment = pending[index...].first { if case .comment = $0.piece { true } else { false } }
            let column = comment?.column ?? 0
            if let next, comment == nil || column <= items[next].column || previous < 0 {
                items[next].leading += pending[index...].map(\.piece)
                return
            }
            guard let comment else { return }
            guard previous >= 0 else {
                orphans += pending[index...].map(\.piece)
                return
            }
            var owner = previous
            while items[owner].column > column, let parent = items[owner].parent { owner = parent }
            while pending[index].line < comment.line {
                items[owner].after.append(pending[index].piece)
                index += 1
            }
            items[owner].after.append(comment.piece)
            index += 1
        }
    }
}
