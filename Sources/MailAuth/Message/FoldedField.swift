/// Writes a header field in lines of at most 78 columns, folded where white space may stand (RFC 5322 §2.1.1, §2.2.3).
struct FoldedField {
    static let columnsMax = 78

    private(set) var octets: [UInt8]
    private(set) var column: Int
    /// Of the line that is being written and those after it.
    private var columnsMax = Self.columnsMax

    init(_ name: String) {
        octets = Array((name + ":").utf8)
        column = octets.count
    }

    /// A word, with a space or a fold before it.
    mutating func append(_ word: String) {
        startWord(word.utf8.count)
        write(word)
        column += word.utf8.count
    }

    /// A space, or a fold where so many octets have no room left.
    private mutating func startWord(_ count: Int) {
        if column + 1 + count > columnsMax, column > 1 {
            fold()
        } else {
            octets.append(.space)
            column += 1
        }
    }

    /// A word with spaces of its own before it, which are kept: a fold stands before them. The first word of a field
    /// has none.
    mutating func append(space: ArraySlice<UInt8>, word: ArraySlice<UInt8>) {
        if column + space.count + word.count > columnsMax, !space.isEmpty {
            octets += [.carriageReturn, .lineFeed]
            column = 0
        }
        octets += space + word
        column += space.count + word.count
    }

    /// A word with a space before it, however long the line.
    mutating func append(unfolded word: String) {
        octets.append(.space)
        write(word)
        column += 1 + word.utf8.count
    }

    /// A word at the start of a line of its own, whatever room the last one has: for one that is not to be broken.
    mutating func append(onNewLine word: String) {
        fold()
        write(word)
        column += word.utf8.count
    }

    /// A list as one word, which may be folded behind each separator.
    mutating func append(list: [String], prefix: String, separator: String, end: String) {
        for (index, item) in list.enumerated() {
            let head = index == 0 ? prefix : ""
            let tail = index == list.count - 1 ? end : separator
            let count = head.utf8.count + item.utf8.count + tail.utf8.count
            if index == 0 {
                startWord(count)
            } else if column + count > Self.columnsMax {
                fold()
            }
            write(head)
            write(item)
            write(tail)
            column += count
        }
    }

    /// Encoded words of one text: the white space between them is no part of it (RFC 2047 §6.2).
    mutating func append(encodedWords words: [String]) {
        columnsMax = EncodedWord.columnsMax
        for word in words { append(word) }
    }

    /// Octets without white space of their own, right behind what is there, folded wherever a line is full.
    mutating func append(unbroken bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if column >= Self.columnsMax { fold() }
            let piece = rest.prefix(Self.columnsMax - column)
            octets += piece
            column += piece.count
            rest = rest.dropFirst(piece.count)
        }
    }

    /// As one block of memory: appending a string's UTF-8 view goes octet by octet.
    private mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { octets.append(contentsOf: $0) }
    }

    private mutating func fold() {
        octets += [.carriageReturn, .lineFeed, .space]
        column = 1
    }
}
