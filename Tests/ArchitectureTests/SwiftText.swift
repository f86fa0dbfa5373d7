/// A Swift file's code, with comments and the contents of string literals blanked, so that a rule looks at code only.
/// Line breaks stay, so that line numbers do; what stands inside `\( )` is code.
struct SwiftText {
    private let octets: [UInt8]
    private var output: [UInt8] = []
    private var index = 0

    static func code(_ source: String) -> String {
        var text = SwiftText(octets: Array(source.utf8))
        text.scanCode(untilParenthesis: false)
        return String(decoding: text.output, as: UTF8.self)
    }

    private init(octets: [UInt8]) {
        self.octets = octets
        output.reserveCapacity(octets.count)
    }

    private func at(_ offset: Int) -> UInt8 { index + offset < octets.count ? octets[index + offset] : 0 }

    private func starts(with text: String, at offset: Int = 0) -> Bool {
        let wanted = Array(text.utf8)
        return wanted.indices.allSatisfy { at(offset + $0) == wanted[$0] }
    }

    private mutating func keep() {
        output.append(octets[index])
        index += 1
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where index < octets.count {
            output.append(octets[index] == UInt8(ascii: "\n") ? UInt8(ascii: "\n") : UInt8(ascii: " "))
            index += 1
        }
    }

    private mutating func scanCode(untilParenthesis: Bool) {
        var depth = 0
        while index < octets.count {
            if starts(with: "//") {
                while index < octets.count, octets[index] != UInt8(ascii: "\n") { blank() }
            } else if starts(with: "/*") {
                scanBlockComment()
            } else if let pounds = literalPounds {
                scanLiteral(pounds: pounds)
            } else {
                if at(0) == UInt8(ascii: "(") { depth += 1 }
                if at(0) == UInt8(ascii: ")") {
                    if untilParenthesis, depth == 0 { return }
                    depth -= 1
                }
                keep()
            }
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && index < octets.count
    }

    /// How many `#` open the string literal that starts here; nil: none starts.
    private var literalPounds: Int? {
        var count = 0
        while at(count) == UInt8(ascii: "#") { count += 1 }
        return at(count) == UInt8(ascii: "\"") ? count : nil
    }

    private mutating func scanLiteral(pounds: Int) {
        let fence = String(repeating: "#", count: pounds)
        let isMultiline = starts(with: "\"\"\"", at: pounds)
        let close = (isMultiline ? "\"\"\"" : "\"") + fence
        blank(close.utf8.count)
        let escape = "\\" + fence
        while index < octets.count {
            if starts(with: escape + "(") {
                blank(escape.utf8.count)
                keep()
                scanCode(untilParenthesis: true)
                if index < octets.count { keep() }
            } else if starts(with: escape) {
                blank(escape.utf8.count + 1)
            } else if starts(with: close) {
                blank(close.utf8.count)
                return
            } else if !isMultiline, at(0) == UInt8(ascii: "\n") {
                return
            } else {
                blank()
            }
        }
    }
}
