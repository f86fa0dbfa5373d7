/// Reads the XML that reports are written in: elements and their text. Attributes, comments and processing
/// instructions say nothing there and are passed over.
///
/// Document types are refused, so that there are no entities but XML's own five; depth, size and count are bounded. A
/// `<` that starts no markup is taken for text, because generators in use forget to escape it; octets that are not
/// UTF-8 become U+FFFD.
struct XMLReader {
    enum Event {
        case start(String)
        case text([UInt8])
        case end(String)
    }

    /// Ours: a report is six elements deep.
    static let depthMax = 32
    /// Ours: of one element's text.
    static let textOctetsMax = 64 << 10
    /// Ours: of one record, or of one other part of a report.
    static let elementsMax = 10_000
    /// Ours: of a tag with its attributes.
    static let tagOctetsMax = 1 << 10
    /// Ours: how often a `<` is let pass as text. Each costs a look at what might have been a tag.
    static let repairsMax = 1000

    private let octets: [UInt8]
    private(set) var position = 0
    /// `<a/>` is a start and an end.
    private var pendingEnd: String?
    private var repairs = 0

    init(_ octets: [UInt8]) {
        self.octets = octets
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// Nil at the document's end.
    mutating func next() throws(ReportError) -> Event? {
        if let name = pendingEnd {
            pendingEnd = nil
            return .end(name)
        }
        while position < octets.count {
            guard octets[position] == UInt8(ascii: "<") else { return .text(readText()) }
            if has("<?") {
                try skip(past: "?>", "an unfinished processing instruction")
            } else if has("<!--") {
                try skip(past: "-->", "an unfinished comment")
            } else if has("<![CDATA[") {
                let start = position + 9
                try skip(past: "]]>", "an unfinished CDATA section")
                return .text(Array(octets[start..<(position - 3)]))
            } else if has("<!") {
                throw .documentType(offset: position)
            } else if let event = readTag() {
                return event
            } else {
                repairs += 1
                guard repairs <= Self.repairsMax else {
                    throw .malformed("one `<` too many that is no tag", offset: position)
                }
                return .text(readText())
            }
        }
        return nil
    }

    private func has(_ text: StaticString) -> Bool {
        octets[position...].starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func skip(past end: String, _ what: String) throws(ReportError) {
        let start = position
        let end = Array(end.utf8)
        while position + end.count <= octets.count {
            if octets[position] == end[0], octets[position...].starts(with: end) {
                position += end.count
                return
            }
            position += 1
        }
        throw .malformed(what, offset: start)
    }

    /// Up to the next `<`; the first octet is text whatever it is.
    private mutating func readText() -> [UInt8] {
        let start = position
        position += 1
        while position < octets.count, octets[position] != UInt8(ascii: "<") { position += 1 }
        return XMLEntities.decode(octets[start..<position])
    }

    /// Nil, and nothing is read, if this is no tag.
    private mutating func readTag() -> Event? {
        let isEnd = position + 1 < octets.count && octets[position + 1] == UInt8(ascii: "/")
        var index = position + (isEnd ? 2 : 1)
        let limit = min(octets.count, position + Self.tagOctetsMax)
        let nameStart = index
        while index < limit, Self.isNameOctet(octets[index], isFirst: index == nameStart) { index += 1 }
        let nameEnd = index
        guard nameEnd > nameStart else { return nil }
        // A name's prefix says which vocabulary it is of; reports are of one.
        let name = octets[nameStart..<nameEnd].split(separator: UInt8(ascii: ":")).last?.text ?? ""
        var quote: UInt8?
        var isEmpty = false
        while index < limit {
            let octet = octets[index]
            if let open = quote {
                if octet == open { quote = nil }
            } else if octet == UInt8(ascii: ">") {
                position = index + 1
                if isEnd { return .end(name) }
                if isEmpty { pendingEnd = name }
                return .start(name)
            } else if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "'") {
                quote = octet
            } else if octet == UInt8(ascii: "<") || index == nameEnd && !Self.mayFollowName(octet) {
                return nil
            }
            isEmpty = quote == nil && octet == UInt8(ascii: "/")
            index += 1
        }
        return nil
    }

    /// What stands right behind a name is white space or the tag's end: `<a@b>` is an address, not a tag.
    private static func mayFollowName(_ octet: UInt8) -> Bool {
        octet.isFoldingWhitespace || octet == UInt8(ascii: "/")
    }

    private static func isNameOctet(_ octet: UInt8, isFirst: Bool) -> Bool {
        if octet.isASCIILetter || octet == UInt8(ascii: "_") || octet >= 0x80 { return true }
        return !isFirst
            && (octet.isASCIIDigit || octet == UInt8(ascii: "-") || octet == UInt8(ascii: ".")
                || octet == UInt8(ascii: ":"))
    }
}

/// References in text (XML 1.0 §4.1, §4.6): the five of XML itself, and code points.
enum XMLEntities {
    /// `&#1114111;` is the longest.
    private static let octetsMax = 10

    static func decode(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        guard octets.contains(UInt8(ascii: "&")) else { return Array(octets) }
        var output: [UInt8] = []
        var rest = octets
        while let octet = rest.popFirst() {
            let body = rest.prefix(octetsMax).prefix { $0 != UInt8(ascii: ";") }
            guard octet == UInt8(ascii: "&"), body.endIndex < rest.endIndex, rest[body.endIndex] == UInt8(ascii: ";"),
                let character = character(body)
            else {
                output.append(octet)
                continue
            }
            output += String(character).utf8
            rest = rest[(body.endIndex + 1)...]
        }
        return output
    }

    private static func character(_ body: ArraySlice<UInt8>) -> Unicode.Scalar? {
        switch body.text {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        case let text where text.hasPrefix("#x"):
            return UInt32(text.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        case let text where text.hasPrefix("#"): return UInt32(text.dropFirst()).flatMap(Unicode.Scalar.init)
        default: return nil
        }
    }
}
