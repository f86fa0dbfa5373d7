/// Which header fields a caller may add, and how their values are written.
enum ExtraHeader {
    /// What the builder, the signers, or the systems on the way write: a caller's own would be doubled or believed.
    private static let reserved: Set<String> = [
        "date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "message-id", "in-reply-to", "references",
        "mime-version", "received", "return-path", "delivered-to", "received-spf", "authentication-results",
        "dkim-signature", "domainkey-signature", "x-google-dkim-signature", "x-multimail-identity", "apparently-to",
    ]
    private static let reservedPrefixes = ["content-", "resent-", "arc-", "downgraded-"]
    /// Fields whose grammar takes no encoded words.
    private static let structured: Set<String> = [
        "auto-submitted", "precedence", "importance", "priority", "x-priority", "feedback-id",
        "require-recipient-valid-since",
        "disposition-notification-to", "expires", "sensitivity",
    ]

    static func name(_ text: String, field: String) throws(MessageBuilderError) -> String {
        if text.isEmpty { throw MessageBuilderError(field, .missing) }
        _ = try HeaderText(text, field: field, max: MessageBuilder.headerNameOctetsMax)
        // ftext = %d33-57 / %d59-126 (RFC 5322 §3.6.8); only its letters, digits and hyphens are in use.
        guard text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else {
            throw MessageBuilderError(field, .malformed("a field's name is made of letters, digits and hyphens"))
        }
        let lowercased = text.lowercased()
        guard !reserved.contains(lowercased), !reservedPrefixes.contains(where: lowercased.hasPrefix) else {
            throw MessageBuilderError(field, .reserved)
        }
        return text
    }

    static func isStructured(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("list-") || structured.contains(name)
    }

    /// A structured value is written as it is, in ASCII, and folded at its own spaces.
    static func append(
        _ value: HeaderText, to field: inout FoldedField, isStructured: Bool, path: String
    ) throws(MessageBuilderError) {
        guard isStructured else {
            field.append(unstructured: value)
            return
        }
        guard value.isASCII else { throw MessageBuilderError(path + ".value", .notASCII) }
        for word in value.text.split(separator: " ") {
            try MessageBuilder.check(path + ".value", word.utf8.count, EncodedWord.unfoldedWordOctetsMax)
            field.append(String(word))
        }
    }
}
