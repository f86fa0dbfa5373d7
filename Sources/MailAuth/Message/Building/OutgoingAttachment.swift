/// One attachment as a MIME part: always base64, but for a message, which RFC 2046 §5.2.1 does not let be encoded.
enum OutgoingAttachment {
    /// RFC 6838 §4.2.
    private static let typeOctetsMax = 127

    static func part(
        _ attachment: MessageBuilder.Attachment, field: String
    ) throws(MessageBuilderError) -> MIMEBodyWriter {
        let mediaType = try mediaType(attachment.mediaType, field: field + ".mediaType")
        let filename = try filename(attachment.filename, field: field + ".filename")
        var type = FoldedField("Content-Type")
        var disposition = FoldedField("Content-Disposition")
        disposition.append("attachment;")
        for word in MIMEParameter.words("filename", filename) { disposition.append(word) }
        let isMessage = mediaType == "message/rfc822"
        if mediaType.hasPrefix("text/"), String(validating: attachment.content, as: UTF8.self) != nil {
            type.append("\(mediaType); charset=utf-8")
        } else {
            type.append(mediaType)
        }
        if isMessage { try checkMessage(attachment.content, field: field + ".content") }
        let encoding = isMessage ? TransferEncoding.sevenBit : .base64
        return MIMEBodyWriter(
            fields: [type, encoding.field, disposition], content: encoding.encode(attachment.content))
    }

    private static func mediaType(_ text: String, field: String) throws(MessageBuilderError) -> String {
        if text.isEmpty { throw MessageBuilderError(field, .missing) }
        _ = try HeaderText(text, field: field, max: 2 * typeOctetsMax + 1)
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // restricted-name (RFC 6838 §4.2)
        guard parts.count == 2,
            parts.allSatisfy({ part in
                (1...typeOctetsMax).contains(part.count) && part.first!.isASCIIAlphanumeric
                    && part.allSatisfy { $0.isASCIIAlphanumeric || "!#$&-^_.+".utf8.contains($0) }
            })
        else { throw MessageBuilderError(field, .malformed("a media type is `type/subtype`")) }
        let type = text.lowercased()
        if type.hasPrefix("multipart/") {
            throw MessageBuilderError(field, .malformed("an attachment is one part, not a multipart"))
        }
        return type
    }

    private static func filename(_ text: String, field: String) throws(MessageBuilderError) -> String {
        if text.isEmpty { throw MessageBuilderError(field, .missing) }
        _ = try HeaderText(text, field: field, max: MessageBuilder.filenameOctetsMax)
        // RFC 2183 §2.3: a receiver should not see a path; some follow one.
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }), text != ".",
            text != ".."
        else { throw MessageBuilderError(field, .malformed("a file's name, not a path")) }
        // Some readers strip them: the name that is checked would not be the one that is saved.
        guard text.utf8.first != .space, text.utf8.last != .space else {
            throw MessageBuilderError(field, .malformed("a file's name neither starts nor ends with a space"))
        }
        return text
    }

    /// 7-bit lines that end in CRLF, none over 998 octets, and no line that could be a boundary of ours.
    private static func checkMessage(_ octets: [UInt8], field: String) throws(MessageBuilderError) {
        var lineStart = 0
        for (index, octet) in octets.enumerated() {
            let isBoundaryStart =
                octet == UInt8(ascii: "-") && index == lineStart && octets[index...].starts(with: "--=_".utf8)
            let isBare =
                octet == .carriageReturn && (index + 1 == octets.count || octets[index + 1] != .lineFeed)
                || octet == .lineFeed && (index == 0 || octets[index - 1] != .carriageReturn)
            guard octet != 0, octet < 0x80, !isBare, !isBoundaryStart else {
                throw MessageBuilderError(
                    field,
                    .malformed("a message/rfc822 part must be 7-bit lines; attach it as application/octet-stream"))
            }
            if octet == .lineFeed {
                try MessageBuilder.check(field, index - 1 - lineStart, MessageBuilder.lineOctetsMax)
                lineStart = index + 1
            }
        }
        try MessageBuilder.check(field, octets.count - lineStart, MessageBuilder.lineOctetsMax)
    }
}
