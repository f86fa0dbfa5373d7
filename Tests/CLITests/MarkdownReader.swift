import Foundation

/// Reads a comment as GitHub does, as far as tables and code go, to see whether text leaves its place.
struct MarkdownReader {
    private(set) var problems: [String] = []
    /// All text that stands neither in a code span nor in a fenced block nor in `<code>`.
    private(set) var proseOutsideCode = ""

    init(_ text: String) {
        var fence: String?
        var columns: Int?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let open = fence {
                if line == open { fence = nil }
                continue
            }
            let ticks = line.prefix { $0 == "`" }
            if ticks.count >= 3, !line.dropFirst(ticks.count).contains("`") {
                fence = String(ticks)
                continue
            }
            if line.hasPrefix("|") {
                let cells = Self.cells(line)
                if let columns, columns != cells.count { problems.append("\(cells.count) cells in: \(line)") }
                columns = cells.count
                for cell in cells { proseOutsideCode += Self.prose(cell) + "\n" }
            } else {
                columns = nil
                proseOutsideCode += Self.prose(line) + "\n"
            }
        }
        if fence != nil { problems.append("a fence stays open") }
    }

    /// GFM, "Tables (extension)": a row is cut at every pipe that no backslash precedes, code spans or not; a backslash
    /// before another punctuation character takes that one with it, as cmark-gfm's scanner does.
    static func cells(_ row: String) -> [String] {
        var cells = [""]
        var isEscaped = false
        for scalar in row.unicodeScalars {
            if !isEscaped, scalar == "|" {
                cells.append("")
            } else {
                cells[cells.count - 1].unicodeScalars.append(scalar)
            }
            isEscaped = !isEscaped && scalar == "\\"
        }
        return Array(cells.dropFirst().dropLast())
    }

    /// Without code spans (CommonMark 6.1: from a run of backticks to the next run of the same length) and `<code>`.
    static func prose(_ line: String) -> String {
        var result = ""
        let scalars = Array(line.unicodeScalars)
        var index = 0
        while index < scalars.count {
            if scalars[index] == "`" {
                var end = index
                while end < scalars.count, scalars[end] == "`" { end += 1 }
                let length = end - index
                var next = end
                var close: Int?
                while next < scalars.count, close == nil {
                    if scalars[next] != "`" {
                        next += 1
                        continue
                    }
                    var run = next
                    while run < scalars.count, scalars[run] == "`" { run += 1 }
                    if run - next == length { close = run }
                    next = run
                }
                if let close {
                    index = close
                    continue
                }
                for _ in 0..<length { result += "`" }
                index = end
                continue
            }
            let rest = String(String.UnicodeScalarView(scalars[index...]))
            if rest.hasPrefix("<code>"), let close = rest.range(of: "</code>") {
                index += rest[..<close.upperBound].unicodeScalars.count
                continue
            }
            result.unicodeScalars.append(scalars[index])
            index += 1
        }
        return result
    }
}
