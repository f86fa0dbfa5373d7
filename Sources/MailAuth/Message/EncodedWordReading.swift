import Keys

/// Reading encoded words (RFC 2047 §6), for showing a header field to a person; no verdict hangs on it.
extension HeaderField {
    /// The body as a mail reader shows it: unfolded, with encoded words decoded. An encoded word in a character set
    /// that is not read here (UTF-8, US-ASCII, ISO-8859-1), or a malformed one, stays as it is. What a decoded word
    /// hides is shown too: line ends and other control characters come out as they are, for the caller to make visible.
    public var decoded: String { EncodedWord.decode(Array(unfolded.utf8)) }
}

extension EncodedWord {
    /// Decodes words between white space; the white space between two of them is no part of the text (§6.2).
    static func decode(_ octets: [UInt8]) -> String {
        var output: [UInt8] = []
        var isAfterEncoded = false
        var rest = octets[...]
        while !rest.isEmpty {
            let space = rest.prefix(while: \.isWhitespace)
            let word = rest[space.endIndex...].prefix { !$0.isWhitespace }
            rest = rest[word.endIndex...]
            if let decoded = decoded(word) {
                if !isAfterEncoded { output += space }
                output += decoded
                isAfterEncoded = true
            } else {
                output += space + word
                isAfterEncoded = false
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// UTF-8; nil unless the whole word is one encoded word: "=?" charset ["*" language] "?" encoding "?" text "?=".
    private static func decoded(_ word: ArraySlice<UInt8>) -> [UInt8]? {
        guard word.count > 6, word.starts(with: "=?".utf8), word.suffix(2).elementsEqual("?=".utf8) else { return nil }
        let parts = word.dropFirst(2).dropLast(2).split(
            separator: UInt8(ascii: "?"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].count == 1, let encoding = parts[1].first?.asciiLowercased else { return nil }
        let octets: [UInt8]
        switch encoding {
        case UInt8(ascii: "b"):
            guard let text = Base64.decode(parts[2]) else { return nil }
            octets = text
        case UInt8(ascii: "q"):
            octets = QuotedPrintable.decode(
                ArraySlice(parts[2].map { $0 == UInt8(ascii: "_") ? .space : $0 }))
        default: return nil
        }
        // RFC 2231 §5: a language may follow the character set.
        switch parts[0].prefix(while: { $0 != UInt8(ascii: "*") }).text.lowercased() {
        case "utf-8", "us-ascii": return octets
        case "iso-8859-1": return octets.flatMap { Array(String(Unicode.Scalar($0)).utf8) }
        default: return nil
        }
    }
}
