/// Text for a pull request's comment (GitHub Flavored Markdown), into which DNS data may bring anything at all.
///
/// Whatever came from outside stands in a code span or a fenced block: there nothing is a link, a mention or HTML.
enum MarkdownText {
    /// Untrusted text in a line or in a table's cell. Line ends and unseen characters are made visible first.
    ///
    /// GFM cuts a row into cells before it reads code spans, and reads backslashes while cutting, so text with a pipe or
    /// a backtick is written with entities instead, which hold neither.
    static func code(_ text: String) -> String {
        let shown = Style.plain.safe(text)
        if shown.isEmpty { return "" }
        // By octets: a combining mark would hide a pipe among characters.
        let breaks = shown.utf8.contains { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "`") }
        guard breaks || shown.utf8.first == UInt8(ascii: " ") || shown.utf8.last == UInt8(ascii: " ") else {
            return "`\(shown)`"
        }
        var result = "<code>"
        for scalar in shown.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ": result.unicodeScalars.append(scalar)
            case _ where scalar.isASCII: result += "&#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "</code>"
    }

    /// A fenced block whose fence is longer than any run of backticks inside.
    static func fenced(_ lines: [String], language: String = "") -> String {
        var longest = 2
        for line in lines {
            var run = 0
            for byte in line.utf8 {
                run = byte == UInt8(ascii: "`") ? run + 1 : 0
                longest = max(longest, run)
            }
        }
        let fence = String(repeating: "`", count: longest + 1)
        return ([fence + language] + lines + [fence]).joined(separator: "\n") + "\n"
    }

    /// Cells must be safe already.
    static func table(_ header: [String], _ rows: [[String]]) -> String {
        let rule = header.map { _ in "---" }
        return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
    }

    /// Folded away until somebody opens it. The summary is our own wording.
    static func details(_ summary: String, _ body: String) -> String {
        "<details>\n<summary>\(summary)</summary>\n\n\(body)\n</details>\n"
    }
}
