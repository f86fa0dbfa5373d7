/// An Internet message (RFC 5322) as authentication sees it: header fields in order, and a body of octets. Nothing is
/// decoded, and nothing is copied: fields and body are views of the octets that came in.
///
/// Lines end in CRLF, as on the wire; a bare CR or LF is an octet like any other, so that nobody can end a header
/// field, or a line, where the next reader sees none. 8-bit octets are kept as they are (RFC 6532).
public struct Message: Sendable {
    /// Header fields that are kept; a message with more is unusable to every verifier here. Mail in the wild has some
    /// 50 of them.
    public static let fieldsMax = 4096

    public let octets: [UInt8]
    /// From the top of the message down.
    public let fields: [HeaderField]
    /// Where the body starts: behind the first empty line.
    public let bodyStart: Int
    /// There are more than `fieldsMax`: what stands in the others is not known, so that nobody may vouch for any.
    public let hasTooManyFields: Bool

    /// Takes octets in wire form.
    public init(_ octets: [UInt8]) {
        self.octets = octets
        var fields: [HeaderField] = []
        var position = 0
        var hasTooManyFields = false
        while position < octets.count {
            let lineEnd = Self.lineEnd(in: octets, from: position)
            if lineEnd - position == 2, octets[position] == .carriageReturn {
                position = lineEnd
                break
            }
            var end = lineEnd
            while end < octets.count, octets[end].isWhitespace { end = Self.lineEnd(in: octets, from: end) }
            if fields.count < Self.fieldsMax {
                fields.append(HeaderField(octets[position..<end]))
            } else {
                hasTooManyFields = true
            }
            position = end
        }
        self.fields = fields
        self.hasTooManyFields = hasTooManyFields
        bodyStart = position
    }

    /// Takes a message from a file or a pipe: where the first line ends in LF alone, every LF that has no CR before it
    /// becomes a CRLF. A program may have put that line in front of a message in wire form.
    public init(file octets: [UInt8]) {
        self.init(Self.startsWithWireLine(octets) ? octets : Self.withCRLF(octets))
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

    private static func startsWithWireLine(_ octets: [UInt8]) -> Bool {
        guard let first = octets.firstIndex(of: .lineFeed), first > 0 else { return false }
        return octets[first - 1] == .carriageReturn
    }

    private static func withCRLF(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + octets.count / 32)
        var previous: UInt8 = 0
        for octet in octets {
            if octet == .lineFeed, previous != .carriageReturn { result.append(.carriageReturn) }
            result.append(octet)
            previous = octet
        }
        return result
    }
}

/// One header field: a view of the message's octets.
public struct HeaderField: Sendable {
    /// Name, colon, body and the final CRLF, as they stand.
    public let raw: ArraySlice<UInt8>
    /// Where the colon stands; the field's end for a line that is no field.
    private let colon: Int
    /// Where the name ends; the field's start for a line that is no field.
    private let nameEnd: Int

    public init(_ raw: ArraySlice<UInt8>) {
        self.raw = raw
        colon = raw.firstIndex(of: UInt8(ascii: ":")) ?? raw.endIndex
        var end = colon < raw.endIndex ? colon : raw.startIndex
        while end > raw.startIndex, raw[end - 1].isWhitespace { end -= 1 }
        nameEnd = end
    }

    /// Without white space before the colon (RFC 5322 §4.5); empty for a line that is no field.
    public var name: ArraySlice<UInt8> { raw[..<nameEnd] }

    /// What follows the colon, without the final CRLF; folding is still in it.
    public var body: ArraySlice<UInt8> {
        var end = raw.endIndex
        guard colon < end else { return [] }
        if end >= colon + 3, raw[end - 1] == .lineFeed, raw[end - 2] == .carriageReturn { end -= 2 }
        return raw[(colon + 1)..<end]
    }

    /// Whether it has this name, in whatever case.
    func isNamed(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = nameEnd - raw.startIndex
        guard count == other.count, count > 0 else { return false }
        return raw.withUnsafeBufferPointer { raw in
            for index in 0..<count where raw[index].asciiLowercased != other[index].asciiLowercased { return false }
            return true
        }
    }

    /// The body with folding undone and white space trimmed (RFC 5322 §2.2.3).
    public var unfolded: String {
        String(decoding: body.filter { $0 != .carriageReturn && $0 != .lineFeed }[...].trimmed, as: UTF8.self)
    }
}
