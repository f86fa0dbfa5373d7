/// Text on its way into a header field: checked, then written plain or in encoded words (RFC 2047).
package struct HeaderText {
    let text: String
    let isASCII: Bool
    /// Nothing in it would be taken for something else: no white space at an end, no start of an encoded word.
    let isPlain: Bool

    init(_ text: String, field: String, max: Int) throws(MessageBuilderError) {
        try MessageBuilder.check(field, text.utf8.count, max)
        let octets = Array(text.utf8)
        // Printable ASCII, as nearly all header text is, holds nothing forbidden.
        if !octets.allSatisfy({ 0x20..<0x7F ~= $0 }) {
            var offset = 0
            for scalar in text.unicodeScalars {
                if Self.isForbidden(scalar) {
                    throw MessageBuilderError(field, .forbidden(codePoint: scalar.value, offset: offset))
                }
                offset += UTF8.width(scalar)
            }
        }
        if EncodedWord.isFound(in: octets) { throw MessageBuilderError(field, .encodedWord) }
        self.text = text
        isASCII = octets.allSatisfy { $0 < 0x80 }
        isPlain =
            isASCII && octets.first != .space && octets.last != .space && !EncodedWord.mayStart(in: octets)
    }

    /// What moves the end of a field or line, or makes a reader see another order than the one written: C0 and C1
    /// controls, line and paragraph separators, and the bidirectional embeddings, overrides and isolates (UAX #9).
    package static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension FoldedField {
    /// Unstructured text (RFC 5322 §3.2.5): as it is if that is safe, folded before its own white space; else in
    /// encoded words.
    mutating func append(unstructured text: HeaderText) {
        let octets = Array(text.text.utf8)
        // A word that no line of 998 octets holds, with the spaces before it, cannot be folded; an encoded one can.
        guard text.isPlain, Self.longestPiece(of: octets) <= EncodedWord.unfoldedWordOctetsMax else {
            append(encodedWords: EncodedWord.words(text.text, firstColumn: column + 1, mayFold: false))
            return
        }
        var rest = octets[...]
        append("")
        while !rest.isEmpty {
            let space = rest.prefix { $0 == .space }
            let word = rest[space.endIndex...].prefix { $0 != .space }
            append(space: space, word: word)
            rest = rest[word.endIndex...]
        }
    }

    /// Of the pieces that no fold divides: a word with the spaces before it.
    private static func longestPiece(of octets: [UInt8]) -> Int {
        var longest = 0
        var rest = octets[...]
        while !rest.isEmpty {
            let end = rest.drop { $0 == .space }.drop { $0 != .space }.startIndex
            longest = max(longest, end - rest.startIndex)
            rest = rest[end...]
        }
        return longest
    }
}
