/// One entity of a MIME message (RFC 2045, 2046): the message itself, or a part of a multipart.
///
/// Read as far as reports need it; nothing in authentication depends on it, so that a structure that readers disagree
/// on cannot change a verdict.
public struct MIMEPart: Sendable {
    /// Ours: how deep multiparts may lie in one another.
    static let depthMax = 8
    /// Ours: parts of one message, all depths together.
    public static let partsMax = 256

    private let message: Message
    private let contentType: MIMEContentType?

    public init(_ message: Message) {
        self.message = message
        contentType = message.fields(named: "content-type").first.flatMap { MIMEContentType($0.body) }
    }

    /// `type/subtype` in lower case; `text/plain` where nothing readable is said (RFC 2045 §5.2).
    public var mediaType: String { contentType?.mediaType ?? "text/plain" }

    /// A parameter of Content-Type; the name in lower case.
    public func parameter(_ name: String) -> String? { contentType?.parameters[name] }

    /// The entity's header fields, from the top down.
    package var fields: [HeaderField] { message.fields }

    /// What Content-Transfer-Encoding says, in lower case; `7bit` where it says nothing (RFC 2045 §6.1).
    package var transferEncoding: String {
        message.fields(named: "content-transfer-encoding").first?.unfolded.lowercased() ?? "7bit"
    }

    /// What Content-Disposition says: `inline`, `attachment` or another word, in lower case (RFC 2183 §2).
    package var disposition: String? { dispositionField?.prefix { $0 != UInt8(ascii: ";") }.trimmed.text.lowercased() }

    /// The name that a mail reader gives the part's file: of Content-Disposition, else of Content-Type (RFC 2183 §2.3).
    package var fileName: String? {
        let disposition = dispositionField.map { MIMEContentType.parameters($0.drop { $0 != UInt8(ascii: ";") }) }
        return disposition.flatMap { MIMEParameter.text("filename", in: $0) }
            ?? contentType.flatMap { MIMEParameter.text("name", in: $0.parameters) }
    }

    private var dispositionField: ArraySlice<UInt8>? { message.fields(named: "content-disposition").first?.body }

    /// The body as it stands, still encoded.
    public var encodedBody: ArraySlice<UInt8> { message.body }

    /// The body with its Content-Transfer-Encoding undone. What is malformed in it is passed over, as mail readers do
    /// (RFC 2045 §6.7, §6.8); an encoding that is not known is left in place.
    public var body: [UInt8] {
        switch transferEncoding {
        case "base64": TransferEncoding.decodeBase64(message.body)
        case "quoted-printable": QuotedPrintable.decode(message.body)
        default: Array(message.body)
        }
    }

    /// This entity and, where it is a multipart, all entities in it, in order. At most `partsMax`: others are left out.
    /// A multipart that has no part, or lies too deep, is one itself.
    public var leaves: [MIMEPart] { contents.leaves }

    /// An entity taken apart, with whatever that leaves over.
    package struct Contents: Sendable {
        package fileprivate(set) var leaves: [MIMEPart] = []
        /// What stands in none of the leaves and is not blank, in order: before and behind the parts of a multipart, which
        /// readers are to ignore (RFC 2046 §5.1.1), and in the header of a multipart that lies in another, except fields that
        /// every program writes there.
        package fileprivate(set) var outside: [[UInt8]] = []
        /// There are more parts, or fields of a part, than are read.
        package fileprivate(set) var isCut = false

        fileprivate mutating func append(_ leaf: MIMEPart) {
            leaves.append(leaf)
            if leaf.message.hasTooManyFields { isCut = true }
        }

        fileprivate mutating func append(outside octets: ArraySlice<UInt8>) {
            if !octets.isBlank { outside.append(Array(octets)) }
        }
    }

    /// The leaves, and what is in none of them.
    package var contents: Contents {
        var contents = Contents()
        collect(into: &contents, depth: 0)
        return contents
    }

    private func collect(into contents: inout Contents, depth: Int) {
        guard contents.leaves.count < Self.partsMax else {
            contents.isCut = true
            return
        }
        guard mediaType.hasPrefix("multipart/"), depth < Self.depthMax, let boundary = parameter("boundary"),
            !boundary.isEmpty
        else {
            contents.append(self)
            return
        }
        let split = Self.split(
            message.body, boundary: Array(boundary.utf8), max: Self.partsMax - contents.leaves.count)
        guard !split.parts.isEmpty else {
            contents.append(self)
            return
        }
        if message.hasTooManyFields || split.isCut { contents.isCut = true }
        if depth > 0 {
            let telling = fields.filter { !Self.saysNothing($0) }
            contents.append(outside: telling.flatMap { Array($0.raw) }[...])
        }
        contents.append(outside: split.before)
        for part in split.parts {
            MIMEPart(Message(Array(part))).collect(into: &contents, depth: depth + 1)
        }
        contents.append(outside: split.behind)
    }

    /// Of a multipart's own fields: Content-Type has said all that it says, which is how to take the entity apart, and
    /// programs write the version and an encoding that changes nothing (RFC 2045 §4, §6.2) on every entity.
    private static func saysNothing(_ field: HeaderField) -> Bool {
        let value = field.unfolded.lowercased()
        if field.name.equalsIgnoringCase("mime-version") { return value == "1.0" }
        if field.name.equalsIgnoringCase("content-transfer-encoding") {
            return ["7bit", "8bit", "binary"].contains(value)
        }
        return field.name.equalsIgnoringCase("content-type")
    }

    private struct Split {
        var parts: [ArraySlice<UInt8>] = []
        var before: ArraySlice<UInt8> = []
        var behind: ArraySlice<UInt8> = []
        var isCut = false
    }

    /// What lies between delimiter lines (RFC 2046 §5.1.1); the CRLF before a delimiter belongs to it.
    private static func split(_ body: ArraySlice<UInt8>, boundary: [UInt8], max: Int) -> Split {
        let delimiter = [UInt8(ascii: "-"), UInt8(ascii: "-")] + boundary
        var split = Split()
        var partStart: Int?
        var lineStart = body.startIndex
        while lineStart < body.endIndex {
            let lineEnd = (body[lineStart...].firstIndex(of: .lineFeed) ?? body.endIndex - 1) + 1
            let line = body[lineStart..<lineEnd]
            if line.starts(with: delimiter) {
                let rest = line.dropFirst(delimiter.count).trimmed
                let isClosing = rest.starts(with: "--".utf8)
                if rest.isEmpty || isClosing {
                    if let start = partStart {
                        split.parts.append(body[start..<contentEnd(body, start, lineStart)])
                    } else {
                        split.before = body[..<lineStart]
                    }
                    partStart = isClosing ? nil : lineEnd
                    if isClosing {
                        split.behind = body[(rest.startIndex + 2)...]
                        break
                    }
                    if split.parts.count == max {
                        split.isCut = !body[lineEnd...].isBlank
                        break
                    }
                }
            }
            lineStart = lineEnd
        }
        // A last part without its closing delimiter is there all the same.
        if let start = partStart, split.parts.count < max { split.parts.append(body[start...]) }
        return split
    }

    private static func contentEnd(_ body: ArraySlice<UInt8>, _ start: Int, _ delimiter: Int) -> Int {
        var end = delimiter
        if end > start, body[end - 1] == .lineFeed { end -= 1 }
        if end > start, body[end - 1] == .carriageReturn { end -= 1 }
        return end
    }
}

extension ArraySlice<UInt8> {
    /// Whether nothing stands in it but white space and line ends.
    fileprivate var isBlank: Bool { allSatisfy { [0x09, 0x0A, 0x0D, 0x20].contains($0) } }
}

/// The value of a Content-Type field (RFC 2045 §5.1).
struct MIMEContentType {
    /// Ours.
    private static let parametersMax = 64

    let mediaType: String
    let parameters: [String: String]

    init?(_ body: ArraySlice<UInt8>) {
        let type = body.prefix { $0 != UInt8(ascii: ";") }.trimmed
        guard type.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).count == 2,
            type.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        mediaType = type.text.lowercased()
        parameters = Self.parameters(body.drop { $0 != UInt8(ascii: ";") })
    }

    /// *(";" parameter), from the first semicolon on; names in lower case.
    static func parameters(_ octets: ArraySlice<UInt8>) -> [String: String] {
        var rest = octets
        var parameters: [String: String] = [:]
        while rest.popFirst() != nil, parameters.count < Self.parametersMax {
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            rest = rest[name.endIndex...]
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop(while: \.isFoldingWhitespace)
            let value = Self.value(&rest)
            // RFC 2045 does not say which of two counts; the first, as with header fields.
            let key = name.trimmed.text.lowercased()
            if parameters[key] == nil { parameters[key] = value }
            rest = rest.drop { $0 != UInt8(ascii: ";") }
        }
        return parameters
    }

    /// value = token / quoted-string
    private static func value(_ rest: inout ArraySlice<UInt8>) -> String {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix { $0 != UInt8(ascii: ";") && !$0.isFoldingWhitespace }
            rest = rest[token.endIndex...]
            return token.text
        }
        rest.removeFirst()
        var octets: [UInt8] = []
        while let octet = rest.popFirst(), octet != UInt8(ascii: "\"") {
            if octet == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                octets.append(escaped)
            } else if octet != .carriageReturn, octet != .lineFeed {
                octets.append(octet)
            }
        }
        return octets[...].text
    }
}
