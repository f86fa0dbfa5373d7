import DNS

/// Writes an outgoing message's header: every field checked, folded at 78 columns.
struct MessageHeaderWriter {
    var octets: [UInt8] = []
    private(set) var needsSMTPUTF8 = false
    /// Where Date and Message-ID stand, which alone differ when the same is written again; each with its CRLF.
    private(set) var date = 0..<0
    private(set) var messageID = 0..<0

    init(_ message: MessageBuilder) throws(MessageBuilderError) {
        try append(dateOf: message)
        date = 0..<octets.count
        try append("From", [message.from], field: "from")
        if let sender = message.sender { try append("Sender", [sender], field: "sender") }
        try append("Reply-To", message.replyTo, field: "replyTo")
        try append("To", message.to, field: "to")
        try append("Cc", message.cc, field: "cc")
        if message.to.isEmpty, message.cc.isEmpty {
            // RFC 5322 §3.6.3 allows an empty group: who receives it is said in the envelope alone.
            append("To", "undisclosed-recipients:;")
        }
        var subject = FoldedField("Subject")
        subject.append(
            unstructured: try HeaderText(message.subject, field: "subject", max: MessageBuilder.subjectOctetsMax))
        append(subject)
        let idStart = octets.count
        try append("Message-ID", ids: [message.messageID], field: "messageID")
        messageID = idStart..<octets.count
        try append("In-Reply-To", ids: message.inReplyTo, field: "inReplyTo")
        try append("References", ids: message.references, field: "references")
        try append(message.headers)
    }

    init(_ resent: ResentFields) throws(MessageBuilderError) {
        guard Self.isWritable(resent.unixTime) else { throw Self.dateError }
        append("Resent-Date", InternetDate.text(unixTime: resent.unixTime))
        try append("Resent-From", [resent.from], field: "from")
        try append("Resent-To", resent.to, field: "to")
        try append("Resent-Cc", resent.cc, field: "cc")
        try append("Resent-Message-ID", ids: [resent.messageID], field: "messageID")
    }

    /// Date and Message-ID, as they stand in the message.
    static func fieldsOfOneMessage(
        _ message: MessageBuilder
    ) throws(MessageBuilderError) -> (date: [UInt8], messageID: [UInt8]) {
        var date = Self()
        try date.append(dateOf: message)
        var id = Self()
        try id.append("Message-ID", ids: [message.messageID], field: "messageID")
        return (date.octets, id.octets)
    }

    private init() {}

    private mutating func append(dateOf message: MessageBuilder) throws(MessageBuilderError) {
        guard Self.isWritable(message.unixTime) else { throw Self.dateError }
        append("Date", InternetDate.text(unixTime: message.unixTime))
    }

    private static func isWritable(_ unixTime: Int64) -> Bool { (0...253_402_300_799).contains(unixTime) }
    private static var dateError: MessageBuilderError {
        MessageBuilderError("date", .malformed("the time lies outside the years 1970 to 9999"))
    }

    /// MIME's fields, and the empty line.
    mutating func finish(with fields: [FoldedField]) {
        append("MIME-Version", "1.0")
        for field in fields { append(field) }
        octets += [.carriageReturn, .lineFeed]
    }

    private mutating func append(_ field: FoldedField) {
        octets += field.octets
        octets += [.carriageReturn, .lineFeed]
    }

    private mutating func append(_ name: String, _ body: String) {
        var field = FoldedField(name)
        field.append(body)
        append(field)
    }

    private mutating func append(
        _ name: String, _ addresses: [MessageBuilder.Address], field path: String
    ) throws(MessageBuilderError) {
        if addresses.isEmpty { return }
        try MessageBuilder.check(count: addresses.count, of: path, MessageBuilder.addressesMax)
        var field = FoldedField(name)
        for (index, address) in addresses.enumerated() {
            let isSingle = ["From", "Sender", "Resent-From"].contains(name)
            let mailbox = try OutgoingMailbox(address, field: isSingle ? path : "\(path)[\(index)]")
            mailbox.append(to: &field, isFirst: index == 0, isLast: index == addresses.count - 1)
            needsSMTPUTF8 = needsSMTPUTF8 || !mailbox.isASCII
        }
        append(field)
    }

    private mutating func append(_ name: String, ids: [String], field path: String) throws(MessageBuilderError) {
        if ids.isEmpty { return }
        try MessageBuilder.check(count: ids.count, of: path, MessageBuilder.referencesMax)
        var field = FoldedField(name)
        for (index, id) in ids.enumerated() {
            let id = try Self.messageID(id, field: name.hasSuffix("Message-ID") ? path : "\(path)[\(index)]")
            // A field whose first line is empty is legal, and not read by everybody.
            if index == 0 { field.append(unfolded: id) } else { field.append(id) }
        }
        append(field)
    }

    /// msg-id = "<" id-left "@" id-right ">" (RFC 5322 §3.6.4), without its obsolete forms.
    private static func messageID(_ text: String, field: String) throws(MessageBuilderError) -> String {
        let checked = try HeaderText(text, field: field, max: MessageBuilder.messageIDOctetsMax)
        guard !text.isEmpty else { throw MessageBuilderError(field, .missing) }
        guard checked.isASCII else { throw MessageBuilderError(field, .notASCII) }
        var id = Array(text.utf8)[...]
        if id.first == UInt8(ascii: "<"), id.last == UInt8(ascii: ">"), id.count > 1 { id = id.dropFirst().dropLast() }
        guard MessageIDList.isID(id) else {
            throw MessageBuilderError(field, .malformed("a message id is `left@right`"))
        }
        return "<\(id.text)>"
    }

    private mutating func append(_ headers: [MessageBuilder.Header]) throws(MessageBuilderError) {
        try MessageBuilder.check(count: headers.count, of: "headers", MessageBuilder.headersMax)
        for (index, header) in headers.enumerated() {
            let path = "headers[\(index)]"
            let name = try ExtraHeader.name(header.name, field: path + ".name")
            let value = try HeaderText(header.value, field: path + ".value", max: MessageBuilder.headerValueOctetsMax)
            var field = FoldedField(name)
            try ExtraHeader.append(value, to: &field, isStructured: ExtraHeader.isStructured(name), path: path)
            append(field)
        }
    }
}
