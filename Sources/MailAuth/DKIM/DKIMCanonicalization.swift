/// How a signature bears small changes in transit (RFC 6376 §3.4).
public enum DKIMCanonicalization: String, Sendable, Hashable, CaseIterable {
    case simple, relaxed

    /// Appends a header field in canonical form. The final CRLF is not part of it.
    func append(header field: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var end = field.endIndex
        if field.count >= 2, field[end - 1] == .lineFeed, field[end - 2] == .carriageReturn { end -= 2 }
        let field = field[..<end]
        switch self {
        // RFC 6376 §3.4.1: as it is.
        case .simple: output += field
        case .relaxed: Self.appendRelaxed(field, to: &output)
        }
    }

    /// RFC 6376 §3.4.2: the name in lower case, no white space around the colon, unfolded, white space reduced to one
    /// space and none at the end.
    private static func appendRelaxed(_ field: ArraySlice<UInt8>, to output: inout [UInt8]) {
        field.withUnsafeBufferPointer { field in
            let colon = field.firstIndex(of: UInt8(ascii: ":")) ?? field.count
            var nameEnd = colon
            while nameEnd > 0, field[nameEnd - 1].isWhitespace { nameEnd -= 1 }
            for index in 0..<nameEnd { output.append(field[index].asciiLowercased) }
            guard colon < field.count else { return }
            output.append(UInt8(ascii: ":"))
            var hasPendingSpace = false
            var isAtStart = true
            var index = colon + 1
            while index < field.count {
                let octet = field[index]
                if octet.isWhitespace {
                    hasPendingSpace = true
                    index += 1
                    continue
                }
                if octet == .carriageReturn, index + 1 < field.count, field[index + 1] == .lineFeed {
                    // A fold: the CRLF goes, the white space behind it stays.
                    index += 2
                    continue
                }
                // A word, up to the next octet that may be white space or half of a fold.
                var end = index + 1
                while end < field.count, field[end] > .space || !field[end].isFoldingWhitespace { end += 1 }
                if hasPendingSpace, !isAtStart { output.append(.space) }
                hasPendingSpace = false
                isAtStart = false
                output.append(contentsOf: UnsafeBufferPointer(rebasing: field[index..<end]))
                index = end
            }
        }
    }
}
