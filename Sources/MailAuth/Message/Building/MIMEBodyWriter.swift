/// Writes MIME entities (RFC 2045, 2046): a text, an attachment, or several in one multipart.
struct MIMEBodyWriter {
    /// Content-Type, Content-Transfer-Encoding and Content-Disposition.
    private(set) var fields: [FoldedField]
    let content: [UInt8]

    static func part(
        text: String?, html: String?, attachments: [MessageBuilder.Attachment],
        using generator: inout some RandomNumberGenerator
    ) throws(MessageBuilderError) -> MIMEBodyWriter {
        var body: MIMEBodyWriter
        switch (text, html) {
        case (let text, nil):
            body = try self.text(text ?? "", subtype: "plain", field: "text")
        case (nil, let html?):
            body = try self.text(html, subtype: "html", field: "html")
        case (let text?, let html?):
            // RFC 2046 §5.1.4: the plainest first.
            body = multipart(
                "alternative",
                [
                    try self.text(text, subtype: "plain", field: "text"),
                    try self.text(html, subtype: "html", field: "html"),
                ], using: &generator)
        }
        if attachments.isEmpty { return body }
        try MessageBuilder.check(count: attachments.count, of: "attachments", MessageBuilder.attachmentsMax)
        var parts = [body]
        var octets = 0
        for (index, attachment) in attachments.enumerated() {
            octets += attachment.content.count
            try MessageBuilder.check("attachments", octets, MessageBuilder.messageOctetsMax)
            parts.append(try OutgoingAttachment.part(attachment, field: "attachments[\(index)]"))
        }
        return multipart("mixed", parts, using: &generator)
    }

    init(fields: [FoldedField], content: [UInt8]) {
        self.fields = fields
        self.content = content
    }

    private static func text(_ text: String, subtype: String, field: String) throws(MessageBuilderError) -> Self {
        try MessageBuilder.check(field, text.utf8.count, MessageBuilder.messageOctetsMax)
        let lines = try wireLines(text, field: field)
        let encoding = TransferEncoding(forText: lines)
        var type = FoldedField("Content-Type")
        type.append("text/\(subtype); charset=utf-8")
        return Self(fields: [type, encoding.field], content: encoding.encode(lines))
    }

    /// Every line ended by CRLF, the last one too. A NUL, and a CR without its LF, is refused.
    private static func wireLines(_ text: String, field: String) throws(MessageBuilderError) -> [UInt8] {
        let octets = Array(text.utf8)
        var lines: [UInt8] = []
        lines.reserveCapacity(octets.count + octets.count / 32 + 2)
        let forbidden = octets.withUnsafeBufferPointer { octets -> Int? in
            var start = 0
            for index in octets.indices where octets[index] <= .carriageReturn {
                switch octets[index] {
                case 0: return index
                case .carriageReturn:
                    guard index + 1 < octets.count, octets[index + 1] == .lineFeed else { return index }
                case .lineFeed:
                    let end = index > start && octets[index - 1] == .carriageReturn ? index - 1 : index
                    lines += octets[start..<end]
                    lines.append(.carriageReturn)
                    lines.append(.lineFeed)
                    start = index + 1
                default: break
                }
            }
            lines += octets[start...]
            return nil
        }
        if let offset = forbidden {
            throw MessageBuilderError(field, .forbidden(codePoint: UInt32(octets[offset]), offset: offset))
        }
        if let last = lines.last, last != .lineFeed { lines += [.carriageReturn, .lineFeed] }
        return lines
    }

    private static func multipart(
        _ subtype: String, _ parts: [MIMEBodyWriter], using generator: inout some RandomNumberGenerator
    ) -> MIMEBodyWriter {
        let boundary = boundary(using: &generator)
        var type = FoldedField("Content-Type")
        type.append("multipart/\(subtype);")
        type.append("boundary=\"\(boundary)\"")
        var content: [UInt8] = []
        content.reserveCapacity(parts.reduce(0) { $0 + $1.content.count + 512 })
        for part in parts {
            content += "--\(boundary)\r\n".utf8
            for field in part.fields { content += field.octets + [.carriageReturn, .lineFeed] }
            content += [.carriageReturn, .lineFeed] + part.content + [.carriageReturn, .lineFeed]
        }
        content += "--\(boundary)--\r\n".utf8
        return MIMEBodyWriter(fields: [type], content: content)
    }

    /// `=_` can stand in no encoded part (RFC 2045 §6.7), and `TransferEncoding` leaves none that has it plain.
    private static func boundary(using generator: inout some RandomNumberGenerator) -> String {
        let numbers = [generator.next() as UInt64, generator.next()]
        return "=_" + numbers.map { String($0, radix: 36) }.joined(separator: "_")
    }
}
