/// An Internet message (RFC 5322) as authentication sees it: header fields in order, and a body of octets. Nothing is
/// decoded, and nothing is copied: fields and body are views of the octets that came in.
///
/// Lines end in CRLF, as on the wire; a bare CR or LF is an octet like any other, so that nobody can end a header
/// field, or a line, where the next reader sees none. 8-bit octets are kept as they are (RFC 6532).
public struct Message: Sendable {
    /// Header fields of one message that are looked at; the rest count as body would: not at all. Mail in the wild
    /// has some 50; Postfix and Gmail stop far below this.
    public static let fieldsMax = 4096

    public let octets: [UInt8]
    /// From the top of the message down.
    public let fields: [HeaderField]
    /// Where the body starts: behind the first empty line.
    public let bodyStart: Int

    /// Takes octets in wire form.
    public init(_ octets: [UInt8]) {
        self.octets = octets
        var fields: [HeaderField] = []
        var position = 0
        while position < octets.count, fields.count < Self.fieldsMax {
            let lineEnd = Self.lineEnd(in: octets, from: position)
            if lineEnd - position == 2, octets[position] == .carriageReturn {
                position = lineEnd
                break
            }
            var end = lineEnd
            while end < octets.count, octets[end].isWhitespace { end = Self.lineEnd(in: octets, from: end) }
            fields.append(HeaderField(octets[position..<end]))
            position = end
        }
        self.fields = fields
        bodyStart = position
    }

    /// Takes a message from a file or a pipe: where no line ends in CRLF, every LF becomes one.
    public init(file octets: [UInt8]) {
        self.init(Self.hasCRLF(octets) ? octets : Self.withCRLF(octets))
    }

    public var body: ArraySlice<UInt8> { octets[bodyStart...] }

    /// All fields of that name, from the top down; the name in lower case.
    public func fields(named name: StaticString) -> [HeaderField] {
        fields.filter { $0.name.equalsIgnoringCase(name) }
    }

    /// Behind the next CRLF; the end without one.
    private static func lineEnd(in octets: [UInt8], from start: Int) -> Int {
        octets.withUnsafeBufferPointer { octets in
            var index = start
            while index + 1 < octets.count {
                if octets[index + 1] == .lineFeed, octets[index] == .carriageReturn { return index + 2 }
                index += 1
            }
            return octets.count
        }
    }

    private static func hasCRLF(_ octets: [UInt8]) -> Bool {
        guard let first = octets.firstIndex(of: .lineFeed), first > 0 else { return false }
        return octets[first - 1] == .carriageReturn
    }

    private static func withCRLF(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + octets.count / 32)
        for octet in octets {
            if octet == .lineFeed { result.append(.carriageReturn) }
            result.append(octet)
        }
        return result
    }
}

/// One header field: a view of the message's octets.
public struct HeaderField: Sendable {
    /// Name, colon, body and the final CRLF, as they stand.
    public let raw: ArraySlice<UInt8>
    /// Where the colon stands in `raw`; nil for a line that is no field.
    private let colon: Int?

    public init(_ raw: ArraySlice<UInt8>) {
        self.raw = raw
        colon = raw.firstIndex(of: UInt8(ascii: ":"))
    }

    /// Without white space before the colon (RFC 5322 §4.5); empty for a line that is no field.
    public var name: ArraySlice<UInt8> {
        guard let colon else { return [] }
        var end = colon
        while end > raw.startIndex, raw[end - 1].isWhitespace { end -= 1 }
        return raw[..<end]
    }

    /// What follows the colon, without the final CRLF; folding is still in it.
    public var body: ArraySlice<UInt8> {
        guard let colon else { return [] }
        var end = raw.endIndex
        if end >= colon + 3, raw[end - 1] == .lineFeed, raw[end - 2] == .carriageReturn { end -= 2 }
        return raw[(colon + 1)..<end]
    }

    /// Whether it has this name, given in lower case.
    func isNamed(_ lowercased: [UInt8]) -> Bool {
        let name = self.name
        return name.count == lowercased.count && zip(name, lowercased).allSatisfy { $0.asciiLowercased == $1 }
    }

    /// The body with folding undone and white space trimmed (RFC 5322 §2.2.3).
    public var unfolded: String {
        String(decoding: body.filter { $0 != .carriageReturn && $0 != .lineFeed }[...].trimmed, as: UTF8.self)
    }
}
