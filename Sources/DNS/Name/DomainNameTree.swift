/// A name's place in the tree of names: its labels, what lies above and below it.
extension DomainName {
    /// RFC 1035 §2.3.4.
    package static let labelOctetsMax = 63
    /// RFC 1035 §2.3.4: lengths and root included.
    package static let wireOctetsMax = 255

    /// Reads what a user writes: A-labels or U-labels, upper or lower case, with or without the trailing dot, with the
    /// escapes of RFC 1035 §5.1; `.` is the root. Underscores are allowed everywhere.
    public init(_ text: String) throws(DomainNameError) {
        self.init(canonical: try DomainNameParser.canonicalText(text))
    }

    /// Reads master-file text (RFC 1035 §5.1) that must be absolute, that is, end in a dot.
    package init(absolute text: String) throws(DomainNameError) {
        let bytes = text.utf8
        guard bytes.last == UInt8(ascii: "."),
            bytes.dropLast().reversed().prefix(while: { $0 == UInt8(ascii: "\\") }).count.isMultiple(of: 2)
        else { throw DomainNameError(bytes.isEmpty ? .emptyText : .relative) }
        try self.init(text)
    }

    package var isRoot: Bool { text.isEmpty }

    /// Each label's octets as they stand on the wire, letters in lower case, leftmost first. None for the root.
    package var labels: [[UInt8]] {
        let wire = wireOctets
        var labels: [[UInt8]] = []
        var index = 0
        while wire[index] > 0 {
            let end = index + 1 + Int(wire[index])
            labels.append(Array(wire[index + 1..<end]))
            index = end
        }
        return labels
    }

    /// How many labels the name has; 0 for the root.
    package var labelCount: Int {
        if text.isEmpty { return 0 }
        var count = 1
        var isEscape = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "."), !isEscape { count += 1 }
            isEscape = byte == UInt8(ascii: "\\") && !isEscape
        }
        return count
    }

    /// The canonical text of the leftmost label; nil for the root.
    package var firstLabel: String? {
        text.isEmpty ? nil : String(text.utf8[..<firstLabelEnd])
    }

    /// The name without its leftmost label; nil for the root.
    package var parent: DomainName? {
        if text.isEmpty { return nil }
        let end = firstLabelEnd
        return end == text.utf8.endIndex
            ? .root : DomainName(canonical: String(text.utf8[text.utf8.index(after: end)...])!)
    }

    /// Where the first dot that ends a label stands, or the text's end.
    private var firstLabelEnd: String.UTF8View.Index {
        let bytes = text.utf8
        var index = bytes.startIndex
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: ".") {
            // An escape's second byte may be a dot; the digits of `\DDD` are none.
            if bytes[index] == UInt8(ascii: "\\") { index = bytes.index(after: index) }
            index = bytes.index(after: index)
        }
        return index
    }

    /// Whether this is `other` or a name below it; everything is below the root.
    package func isEqualOrBelow(_ other: DomainName) -> Bool {
        if other.text.isEmpty { return true }
        let mine = text.utf8
        let theirs = other.text.utf8
        guard mine.count >= theirs.count, mine.suffix(theirs.count).elementsEqual(theirs) else { return false }
        if mine.count == theirs.count { return true }
        let before = mine.dropLast(theirs.count)
        return before.last == UInt8(ascii: ".")
            && before.dropLast().reversed().prefix(while: { $0 == UInt8(ascii: "\\") }).count.isMultiple(of: 2)
    }

    /// The name with labels put before it: `_dmarc`, or `k1.writer._agentid`. The text follows the rules of
    /// `init(_:)`; the whole name must fit into `wireOctetsMax`.
    package func prepending(_ labels: String) throws(DomainNameError) -> DomainName {
        let front = try DomainName(labels)
        if front.isRoot { return self }
        let octets = front.wireOctets.count - 1 + wireOctets.count
        guard octets <= Self.wireOctetsMax else { throw DomainNameError(.nameTooLong(octets: octets)) }
        return isRoot ? front : DomainName(canonical: front.text + "." + text)
    }

    /// The name with U-labels in place of A-labels that have one: for showing, never for comparing.
    package var unicodeText: String {
        guard text.utf8.count >= 4, text.contains("xn--") else { return description }
        var shown: [String] = []
        var rest = self
        while let label = rest.firstLabel, let parent = rest.parent {
            shown.append(label.hasPrefix("xn--") ? InternationalLabel.toUnicode(Array(label.utf8)) ?? label : label)
            rest = parent
        }
        return shown.joined(separator: ".")
    }
}
