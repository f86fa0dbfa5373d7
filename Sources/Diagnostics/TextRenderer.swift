/// Draws a diagnostic for a person: header, place, the line with its mark, then why and how to mend it.
///
/// Lines of the file are untrusted: control and invisible characters come out escaped, secrets masked, long lines cut.
package struct TextRenderer: Sendable {
    /// Cells of a source line that are drawn; a longer line is cut around the mark.
    static let lineCellsMax = 160
    /// How much of a cut line stands before the mark.
    static let cutLead = 40

    private let files: [SourceFile]
    private let colour: Bool
    /// For each file that a diagnostic points into, where its lines start.
    private let lineStarts: [UInt16: [Int]]

    package init(files: [SourceFile], diagnostics: [Diagnostic], colour: Bool = false) {
        self.files = files
        self.colour = colour
        var starts: [UInt16: [Int]] = [:]
        for diagnostic in diagnostics {
            for span in [diagnostic.span].compactMap({ $0 }) + diagnostic.related.map(\.span)
            where starts[span.file] == nil && Int(span.file) < files.count {
                starts[span.file] = Self.lineStarts(of: files[Int(span.file)].bytes)
            }
        }
        lineStarts = starts
    }

    /// Ends in a line end.
    package func render(_ diagnostic: Diagnostic) -> String {
        let severity = diagnostic.severity
        var lines = [
            paint("\(severity.rawValue)[\(diagnostic.code)]", Ink(severity))
                + paint(": \(SafeText.escaped(diagnostic.summary))", .bold)
        ]
        let spans = [diagnostic.span].compactMap { $0 } + diagnostic.related.map(\.span)
        let gutter = spans.map { String($0.startLine + 1).utf8.count }.max() ?? 1
        if let span = diagnostic.span {
            lines += place(span, arrow: "-->", mark: "^", label: diagnostic.label, ink: Ink(severity), gutter: gutter)
        }
        for related in diagnostic.related {
            lines += place(related.span, arrow: ":::", mark: "-", label: related.label, ink: .gutter, gutter: gutter)
        }
        let indent = String(repeating: " ", count: gutter + 1)
        if diagnostic.span == nil, let label = diagnostic.label {
            lines.append(indent + paint("=", .gutter) + " " + SafeText.escaped(label))
        }
        for note in diagnostic.notes {
            lines.append(indent + paint("=", .gutter) + " " + paint("note", .bold) + ": " + SafeText.escaped(note))
        }
        for help in diagnostic.helps {
            lines.append(indent + paint("=", .gutter) + " " + paint("help", .bold) + ": " + SafeText.escaped(help))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func place(
        _ span: SourceSpan, arrow: String, mark: Character, label: String?, ink: Ink, gutter: Int
    ) -> [String] {
        let pad = String(repeating: " ", count: gutter)
        let path = Int(span.file) < files.count ? SafeText.escaped(files[Int(span.file)].path) : "?"
        var lines = [pad + paint(arrow, .gutter) + " \(path):\(span.startLine + 1):\(span.startColumn + 1)"]
        let tail = label.map { " " + SafeText.escaped($0) } ?? ""
        if let drawing = draw(span) {
            let number = String(span.startLine + 1)
            let numberPad = String(repeating: " ", count: gutter - number.utf8.count)
            lines.append(paint(number + numberPad + " |", .gutter) + (drawing.text.isEmpty ? "" : " " + drawing.text))
            lines.append(
                pad + paint(" |", .gutter) + " " + String(repeating: " ", count: drawing.markStart)
                    + paint(String(repeating: mark, count: drawing.markCells) + tail, ink))
        } else if !tail.isEmpty {
            lines.append(pad + paint(" =", .gutter) + tail)
        }
        return lines
    }

    private struct Drawing {
        var text: String
        var markStart: Int
        var markCells: Int
    }

    /// The span's first line in cells of a terminal; nil where the line does not exist.
    private func draw(_ span: SourceSpan) -> Drawing? {
        guard let starts = lineStarts[span.file], Int(span.startLine) < starts.count else { return nil }
        let file = files[Int(span.file)]
        let start = starts[Int(span.startLine)]
        var end = Int(span.startLine) + 1 < starts.count ? starts[Int(span.startLine) + 1] - 1 : file.bytes.count
        if end > start, file.bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let masked = masks(in: file, line: span.startLine)
        let endColumn = span.endLine == span.startLine ? Int(span.endColumn) : Int.max
        // One scalar is at most 4 octets, so what lies this far beyond the mark is never drawn.
        let lastColumn = Int(span.startColumn) + Self.lineCellsMax
        var scalars: [Unicode.Scalar] = []
        let firstColumn = Int(span.startColumn) > Self.lineCellsMax / 2 ? Int(span.startColumn) - Self.cutLead : 0
        var column = 0
        var cutAfter = false
        var decoder = UTF8()
        var octets = file.bytes[start..<end].makeIterator()
        scan: while true {
            let scalar: Unicode.Scalar
            switch decoder.decode(&octets) {
            case .scalarValue(let value): scalar = value
            case .emptyInput: break scan
            case .error: scalar = "\u{FFFD}"
            }
            if column > lastColumn {
                cutAfter = true
                break
            }
            if column >= firstColumn {
                let hidden = scalar != " " && masked.contains { $0.contains(column) }
                scalars.append(hidden ? "*" : scalar)
            }
            column += 1
        }
        return layOut(
            scalars, firstColumn: firstColumn, cutAfter: cutAfter, markFrom: Int(span.startColumn), markTo: endColumn)
    }

    private func layOut(
        _ scalars: [Unicode.Scalar], firstColumn: Int, cutAfter: Bool, markFrom: Int, markTo: Int
    ) -> Drawing {
        var text = firstColumn > 0 ? "…" : ""
        var cells = firstColumn > 0 ? 1 : 0
        var markStart: Int?
        var markEnd: Int?
        var cut = cutAfter
        for (offset, scalar) in scalars.enumerated() {
            let column = firstColumn + offset
            if column == markFrom { markStart = cells }
            if column == markTo { markEnd = cells }
            if cells >= Self.lineCellsMax {
                cut = true
                break
            }
            let drawn = SafeText.drawn(scalar, atCell: cells)
            text += drawn.text
            cells += drawn.cells
        }
        let from = markStart ?? cells
        let to = markEnd ?? cells
        if cut { text += "…" }
        while text.last == " " { text.removeLast() }
        return Drawing(text: text, markStart: from, markCells: max(1, to - from))
    }

    /// The columns of a line that may not be quoted.
    private func masks(in file: SourceFile, line: UInt32) -> [Range<Int>] {
        file.secrets.compactMap { secret in
            guard secret.startLine <= line, line <= secret.endLine else { return nil }
            let from = secret.startLine == line ? Int(secret.startColumn) : 0
            let to = secret.endLine == line ? Int(secret.endColumn) : Int.max
            return from < to ? from..<to : nil
        }
    }

    /// Where each line starts, a byte order mark skipped as every reader of UTF-8 skips it.
    private static func lineStarts(of bytes: [UInt8]) -> [Int] {
        var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
        bytes.withUnsafeBufferPointer { buffer in
            for (offset, byte) in buffer.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
        }
        return starts
    }

    /// What is drawn in which colour (ECMA-48 §8.3.117).
    private enum Ink: String {
        case error = "1;31"
        case warning = "1;33"
        case note = "1;36"
        case gutter = "1;34"
        case bold = "1"

        init(_ severity: Diagnostic.Severity) {
            switch severity {
            case .error: self = .error
            case .warning: self = .warning
            case .note: self = .note
            }
        }
    }

    private func paint(_ text: String, _ ink: Ink) -> String {
        colour ? "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m" : text
    }
}
