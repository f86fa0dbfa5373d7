import Diagnostics

/// Colours, and text made safe for a terminal.
struct Style: Sendable {
    /// What a piece of text is, not how it looks.
    enum Ink: String, Sendable {
        case added = "32"
        case changed = "33"
        case removed = "31"
        case good = "1;32"
        case caution = "1;33"
        case bad = "1;31"
        case strong = "1"
        case faint = "2"
    }

    var usesColour: Bool
    /// Leaves out what only helps a person along, such as the next step.
    var isQuiet = false

    static let plain = Style(usesColour: false)

    /// ECMA-48 §8.3.117, around text that is safe already.
    func paint(_ text: String, _ ink: Ink) -> String {
        usesColour && !text.isEmpty ? "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Text that came from a file, a server or a provider: controls, escapes and direction marks made visible, line
    /// ends kept out.
    func safe(_ text: String) -> String { SafeText.escaped(text) }

    /// The same for text of several lines.
    func safeLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { safe(String($0)) }.joined(separator: "\n")
    }
}

extension String {
    /// Filled with blanks up to that many characters; longer text stays as it is.
    func padded(_ width: Int) -> String {
        let missing = width - count
        return missing > 0 ? self + String(repeating: " ", count: missing) : self
    }

    /// `1 record`, `2 records`, `no records`.
    static func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        let noun = count == 1 ? singular : plural ?? singular + "s"
        return "\(count == 0 ? "no" : String(count)) \(noun)"
    }
}

/// Lines that become one text.
struct Page {
    private(set) var lines: [String] = []

    mutating func line(_ text: String = "", indent: Int = 0) {
        lines.append(text.isEmpty ? "" : String(repeating: " ", count: indent) + text)
    }

    /// A blank line, unless there is one already or nothing stands above.
    mutating func gap() {
        if let last = lines.last, !last.isEmpty { lines.append("") }
    }

    /// Above what follows it, apart from what stands before.
    mutating func heading(_ text: String, _ style: Style, _ ink: Style.Ink = .strong) {
        gap()
        line(style.paint(text, ink))
        line()
    }

    /// Ends in one line end; empty without lines.
    var text: String {
        var kept = lines[...]
        while kept.last?.isEmpty == true { kept.removeLast() }
        return kept.isEmpty ? "" : kept.joined(separator: "\n") + "\n"
    }
}
