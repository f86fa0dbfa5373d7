import Diagnostics

/// Finds a file's comments and blank lines, which libyaml passes over.
///
/// A comment starts with a `#` at the start of a line or after a blank, outside every scalar (YAML 1.2 §6.6); where the
/// scalars are, the nodes say.
struct CommentScan {
    struct Comment: Equatable {
        var line: Int
        var column: Int
        /// From `#` on, without blanks at the end.
        var text: String
        /// Whether nothing but blanks stands before it on its line.
        var isOwnLine: Bool
    }

    private(set) var comments: [Comment] = []
    private(set) var blankLines: [Int] = []

    /// The octets that the nodes were built from.
    init(_ octets: [UInt8], _ arena: NodeArena) {
        var scalars = ScalarPlaces(arena)
        for (number, line) in octets.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let text = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
            var column = 0
            var isBlank = true
            var previousIsBlank = true
            while column < text.count {
                if let end = scalars.end(line: number, column: column) {
                    isBlank = false
                    previousIsBlank = false
                    column = min(end, text.count)
                    if end == .max { break }
                    if end > column || column >= text.count { break }
                    scalars.advance(line: number, column: column)
                    continue
                }
                let scalar = text[column]
                if scalar == "#", previousIsBlank {
                    var comment = String.UnicodeScalarView(text[column...])
                    while let last = comment.last, last == " " || last == "\t" || last == "\r" { comment.removeLast() }
                    comments.append(Comment(line: number, column: column, text: String(comment), isOwnLine: isBlank))
                    isBlank = false
                    break
                }
                previousIsBlank = scalar == " " || scalar == "\t"
                if !previousIsBlank, scalar != "\r" { isBlank = false }
                column += 1
            }
            if isBlank, !scalars.isInside(line: number) { blankLines.append(number) }
        }
    }

    /// The scalars in the order of the text.
    private struct ScalarPlaces {
        private let places: [(line: Int, column: Int, endLine: Int, endColumn: Int, isBlock: Bool)]
        private var next = 0

        init(_ arena: NodeArena) {
            places = arena.nodes.compactMap { node in
                guard node.kind == .scalar, node.line != node.endLine || node.column != node.endColumn else {
                    return nil
                }
                return (Int(node.line), Int(node.column), Int(node.endLine), Int(node.endColumn), node.style == .block)
            }
        }

        /// If a scalar covers the place: the column on this line where it ends, `.max` if it goes on below. The header
        /// of a block scalar (`|`, `>-`) ends before a comment on its line.
        mutating func end(line: Int, column: Int) -> Int? {
            while next < places.count, (places[next].endLine, places[next].endColumn) <= (line, column) { next += 1 }
            guard next < places.count else { return nil }
            let place = places[next]
            guard (place.line, place.column) <= (line, column) else { return nil }
            if place.isBlock, place.line == line { return column == place.column ? column + 1 : nil }
            return place.endLine == line ? place.endColumn : .max
        }

        mutating func advance(line: Int, column: Int) {
            while next < places.count, !places[next].isBlock,
                (places[next].endLine, places[next].endColumn) <= (line, column)
            { next += 1 }
        }

        func isInside(line: Int) -> Bool {
            guard next < places.count else { return false }
            return places[next].line < line && line < places[next].endLine
        }
    }
}
