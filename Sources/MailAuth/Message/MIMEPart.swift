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

    /// The body as it stands, still encoded.
    public var encodedBody: ArraySlice<UInt8> { message.body }

    /// The body with its Content-Transfer-Encoding undone. What is malformed in it is passed over, as mail readers do
    /// (RFC 2045 §6.7, §6.8); an encoding that is not known is left in place.
    public var body: [UInt8] {
        switch message.fields(named: "content-transfer-encoding").first?.unfolded.lowercased() {
        case "base64": TransferEncoding.decodeBase64(message.body)
        case "quoted-printable": QuotedPrintable.decode(message.body)
        default: Array(message.body)
        }
    }

    /// This entity and, where it is a multipart, all entities in it, in order. At most `partsMax`: others are left out.
    public var leaves: [MIMEPart] {
        var leaves: [MIMEPart] = []
        collect(into: &leaves, depth: 0)
        return leaves
    }

    private func collect(into leaves: inout [MIMEPart], depth: Int) {
        guard leaves.count < Self.partsMax else { return }
        guard mediaType.hasPrefix("multipart/"), depth < Self.depthMax, let boundary = parameter("boundary"),
            !boundary.isEmpty
        else {
            leaves.append(self)
            return
        }
        for part in Self.split(message.body, boundary: Array(boundary.utf8), max: Self.partsMax - leaves.count) {
            MIMEPart(Message(Array(part))).collect(into: &leaves, depth: depth + 1)
        }
    }

    /// What lies between delimiter lines (RFC 2046 §5.1.1); the CRLF before a delimiter belongs to it.
    private static func split(_ body: ArraySlice<UInt8>, boundary: [UInt8], max: Int) -> [ArraySlice<UInt8>] {
        let delimiter = [UInt8(ascii: "-"), UInt8(ascii: "-")] + boundary
        var parts: [ArraySlice<UInt8>] = []
        var partStart: Int?
        var lineStart = body.startIndex
        while lineStart < body.endIndex {
            let lineEnd = (body[lineStart...].firstIndex(of: .lineFeed) ?? body.endIndex - 1) + 1
            let line = body[lineStart..<lineEnd]
            if line.starts(with: delimiter) {
                let rest = line.dropFirst(delimiter.count).trimmed
                let isClosing = rest.starts(with: "--".utf8)
                if rest.isEmpty || isClosing {
                    if let start = partStart { parts.append(body[start..<contentEnd(body, start, lineStart)]) }
                    partStart = isClosing ? nil : lineEnd
                    if isClosing || parts.count == max { break }
                }
            }
            lineStart = lineEnd
        }
        // A last part without its closing delimiter is there all the same.
        if let start = partStart, parts.count < max { parts.append(body[start...]) }
        return parts
    }

    private static func contentEnd(_ body: ArraySlice<UInt8>, _ start: Int, _ delimiter: Int) -> Int {
        var end = delimiter
        if end > start, body[end - 1] == .lineFeed { end -= 1 }
        if end > start, body[end - 1] == .carriageReturn { end -= 1 }
        return end
    }
}

/// The value of a Content-Type field (RFC 2045 §5.1).
struct MIMEContentType {
    /// Ours.
    private static let parametersMax = 64

    let mediaType: String
    let parameters: [String: String]

    init?(_ body: ArraySlice<UInt8>) {
        var rest = body
        let type = rest.prefix { $0 != UInt8(ascii: ";") }.trimmed
        guard type.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).count == 2,
            type.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        mediaType = type.text.lowercased()
        rest = rest.drop { $0 != UInt8(ascii: ";") }
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
        self.parameters = parameters
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
