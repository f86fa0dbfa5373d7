package import DNS
package import FoundationEssentials
package import Keys
import MailAuth
import Manifest
package import SendGate

/// Makes the message that is decided on, approved and signed: a request's fields put together, or a given message
/// checked and completed. Every recipient's address is in canonical form.
package struct SendPreparation: Sendable {
    /// RFC 5322 §2.1.1.
    private static let lineOctetsMax = 998

    package struct Prepared: Sendable, Equatable {
        /// `local@domain` of the one From mailbox.
        package var from: String
        package var domain: DomainName
        /// In the order of To, Cc, Bcc, each once.
        package var recipients: [String]
        /// Header and body, without signatures.
        package var octets: [UInt8]
        var kind: OutboxMessage.Kind = .original
        /// Of the request, whatever its time and Message-ID: what an idempotency key stands for.
        package var requestDigest: SHA256Digest
    }

    let id: MessageID
    /// The From address where the request has none.
    let defaultFrom: String?
    let now: Date
    let random: @Sendable (Int) -> [UInt8]

    package init(
        id: MessageID, defaultFrom: String?, now: Date, random: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.id = id
        self.defaultFrom = defaultFrom
        self.now = now
        self.random = random
    }

    package func prepare(_ request: SendRequest) throws(SendRequestError) -> Prepared {
        if let key = request.idempotencyKey {
            guard !key.isEmpty, key.utf8.count <= OutboxLimits.idempotencyKeyOctetsMax,
                key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            else {
                throw SendRequestError(
                    "idempotencyKey",
                    "1 to \(OutboxLimits.idempotencyKeyOctetsMax) printable ASCII characters without spaces")
            }
        }
        var prepared: Prepared
        switch request.content {
        case .fields(let fields): prepared = try build(fields)
        case .message(let octets): prepared = try complete(octets, recipients: request.recipients)
        case .redirect(let message):
            do { prepared = try redirect(message) } catch  where error.field.hasPrefix("message") {
                // There it is the original that is given.
                let name = error.field.split(separator: ".").dropFirst().first.map { "\($0): " } ?? ""
                throw SendRequestError("original", name + error.reason)
            }
        }
        guard !prepared.recipients.isEmpty else { throw SendRequestError("to", "the message has no recipient") }
        guard prepared.recipients.count <= OutboxLimits.recipientsMax else {
            throw SendRequestError(
                "to", "\(prepared.recipients.count) recipients are more than \(OutboxLimits.recipientsMax)")
        }
        guard prepared.octets.count <= OutboxLimits.octetsMax else {
            throw SendRequestError(
                "message", "\(prepared.octets.count) octets are more than \(OutboxLimits.octetsMax)")
        }
        var hash = SHA256()
        // Lengths stand before contents, so that no two requests have the same octets.
        for part in [request.agent, request.mode?.rawValue ?? ""] + prepared.recipients {
            hash.update(Array("\(part.utf8.count) \(part)\n".utf8))
        }
        hash.update(prepared.requestDigest.octets)
        prepared.requestDigest = hash.finish()
        return prepared
    }

    // MARK: from fields

    private func build(_ fields: SendRequest.Fields) throws(SendRequestError) -> Prepared {
        guard let from = fields.from ?? defaultFrom.map({ SendRequest.Mailbox($0) }) else {
            throw SendRequestError("from", "there is none, and the agent declares no address")
        }
        let mailbox = try Self.mailbox(from.address, field: "from.address")
        var builder = MessageBuilder(
            from: Self.address(from), unixTime: Int64(now.timeIntervalSince1970),
            messageID: "\(id)@\(mailbox.domain.text)")
        builder.replyTo = fields.replyTo.map(Self.address)
        builder.to = fields.to.map(Self.address)
        builder.cc = fields.cc.map(Self.address)
        builder.subject = fields.subject
        builder.text = fields.text
        builder.html = fields.html
        builder.inReplyTo = fields.inReplyTo
        builder.references = fields.references
        builder.attachments = fields.attachments.map {
            MessageBuilder.Attachment(filename: $0.name, mediaType: $0.mediaType, content: $0.octets)
        }
        builder.headers = fields.headers.map { MessageBuilder.Header($0.name, $0.value) }
        builder.headers += try Self.unsubscribing(fields)
        if !fields.headers.contains(where: { $0.name.lowercased() == "auto-submitted" }) {
            // RFC 3834 §5
            builder.headers.append(
                MessageBuilder.Header("Auto-Submitted", fields.inReplyTo.isEmpty ? "auto-generated" : "auto-replied"))
        }
        let octets: [UInt8]
        let comparable: [UInt8]
        try checkBlindCopies(fields, builder)
        do throws(MessageBuilderError) {
            var generator = PortGenerator(random: random)
            let body = try builder.body(using: &generator)
            // The same request gives the same octets but for these, and the boundaries.
            let id = "0@\(mailbox.domain.text)"
            if body.hasBoundary {
                octets = try builder.build(around: body).octets
                builder.unixTime = 0
                builder.messageID = id
                var zero = ZeroGenerator()
                comparable = try builder.build(around: builder.body(using: &zero)).octets
            } else {
                (octets, comparable) = try builder.build(around: body, comparableAt: 0, as: id)
            }
        } catch {
            throw SendRequestError(error.field, "\(error.problem)")
        }
        return Prepared(
            from: mailbox.text, domain: mailbox.domain,
            recipients: try Self.envelope([("to", fields.to), ("cc", fields.cc), ("bcc", fields.bcc)]),
            octets: octets, requestDigest: SHA256.hash(comparable))
    }

    /// Each once, in their order.
    private static func envelope(
        _ lists: [(name: String, mailboxes: [SendRequest.Mailbox])]
    ) throws(SendRequestError) -> [String] {
        var recipients: [String] = []
        for (name, list) in lists {
            for (index, entry) in list.enumerated() {
                let text = try mailbox(entry.address, field: "\(name)[\(index)].address").text
                if !recipients.contains(text) { recipients.append(text) }
            }
        }
        return recipients
    }

    /// Bcc stands in no message: held to the same rules as if it did.
    private func checkBlindCopies(
        _ fields: SendRequest.Fields, _ builder: MessageBuilder
    ) throws(SendRequestError) {
        guard !fields.bcc.isEmpty else { return }
        var check = MessageBuilder(from: builder.from, unixTime: 0, messageID: builder.messageID)
        check.to = fields.bcc.map(Self.address)
        do throws(MessageBuilderError) {
            var zero = ZeroGenerator()
            _ = try check.build(using: &zero)
        } catch {
            let field = error.field.hasPrefix("to") ? "bcc" + error.field.dropFirst(2) : error.field
            throw SendRequestError(field, "\(error.problem)")
        }
    }

    private static func address(_ mailbox: SendRequest.Mailbox) -> MessageBuilder.Address {
        MessageBuilder.Address(mailbox.address, name: mailbox.name)
    }

    /// List-Unsubscribe, and List-Unsubscribe-Post beside an https URL (RFC 8058 §3.1).
    private static func unsubscribing(
        _ fields: SendRequest.Fields
    ) throws(SendRequestError) -> [MessageBuilder.Header] {
        var targets: [String] = []
        if let url = fields.unsubscribeURL {
            guard url.hasPrefix("https://"), isURI(url) else {
                throw SendRequestError("unsubscribeURL", "RFC 8058 wants an https URL")
            }
            targets.append("<\(url)>")
        }
        if let mail = fields.unsubscribeMail {
            guard mail.hasPrefix("mailto:"), isURI(mail) else {
                throw SendRequestError("unsubscribeMail", "a mailto: URL is wanted")
            }
            targets.append("<\(mail)>")
        }
        guard !targets.isEmpty else { return [] }
        var headers = [MessageBuilder.Header("List-Unsubscribe", targets.joined(separator: ", "))]
        if fields.unsubscribeURL != nil {
            headers.append(MessageBuilder.Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        }
        return headers
    }

    private static func isURI(_ text: String) -> Bool {
        text.utf8.count <= 1000 && !text.contains("=?")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>\",".utf8.contains($0) }
    }

    // MARK: somebody else's

    private func redirect(_ given: RedirectedMessage) throws(SendRequestError) -> Prepared {
        let wire = try Self.wireForm(given.octets)
        let message = Message(wire)
        guard !message.hasTooManyFields else {
            throw SendRequestError("message", "it has more than \(Message.fieldsMax) header fields")
        }
        // Another's identity field stays with what it is about.
        try Self.checkFields(message, reserving: [])
        guard let from = given.from ?? defaultFrom.map({ SendRequest.Mailbox($0) }) else {
            throw SendRequestError("from", "there is none, and the agent declares no address")
        }
        let mailbox = try Self.mailbox(from.address, field: "from.address")
        let lists = [("to", given.to), ("cc", given.cc), ("bcc", given.bcc)]
        var asked = ["redirect", from.address, from.name ?? ""]
        for (name, list) in lists {
            asked.append("\(name) \(list.count)")
            for entry in list { asked += [entry.address, entry.name ?? ""] }
        }
        return Prepared(
            from: mailbox.text, domain: mailbox.domain, recipients: try Self.envelope(lists),
            octets: try RedirectPreparation(id: id, from: mailbox, now: now).prepare(given, wire: wire),
            kind: .redirect,
            requestDigest: SHA256.hash(asked.flatMap { Array("\($0.utf8.count) \($0)\n".utf8) } + wire))
    }

    // MARK: a whole message

    private func complete(
        _ given: [UInt8], recipients: [String]
    ) throws(SendRequestError) -> Prepared {
        let octets = try Self.wireForm(given)
        let message = Message(octets)
        guard !message.hasTooManyFields else {
            throw SendRequestError("message", "it has more than \(Message.fieldsMax) header fields")
        }
        try Self.checkFields(message)
        let mailbox = try Self.author(of: message)
        var envelope: [String] = []
        let lists: [(String, [HeaderField])] = [
            ("to", message.fields(named: "to")), ("cc", message.fields(named: "cc")),
            ("bcc", message.fields(named: "bcc")),
        ]
        for (name, fields) in lists {
            for field in fields where recipients.isEmpty {
                guard let list = AddressList(field.body) else {
                    throw SendRequestError("message.\(name)", "the field is no list of addresses")
                }
                for entry in list.mailboxes where !envelope.contains(entry.text) { envelope.append(entry.text) }
            }
        }
        for (index, text) in recipients.enumerated() {
            let entry = try Self.mailbox(text, field: "recipients[\(index)]").text
            if !envelope.contains(entry) { envelope.append(entry) }
        }
        // Bcc is for the envelope alone (RFC 5322 §3.6.3).
        var header: [UInt8] = []
        for field in message.fields where !Self.isNamed(field, "bcc") { header += field.raw }
        var added: [UInt8] = []
        func add(_ name: String, _ value: String) { added += Array("\(name): \(value)\r\n".utf8) }
        if message.fields(named: "date").isEmpty {
            add("Date", InternetDate.text(unixTime: Int64(now.timeIntervalSince1970)))
        }
        if message.fields(named: "message-id").isEmpty { add("Message-ID", "<\(id)@\(mailbox.domain.text)>") }
        if message.fields(named: "auto-submitted").isEmpty {
            add("Auto-Submitted", message.fields(named: "in-reply-to").isEmpty ? "auto-generated" : "auto-replied")
        }
        let whole = header + added + [0x0D, 0x0A] + message.body
        return Prepared(
            from: mailbox.text, domain: mailbox.domain, recipients: envelope, octets: whole,
            requestDigest: SHA256.hash(octets))
    }

    /// Lines ended by CRLF. A file with LF alone is read as text; one with both, or with CR alone, could be read as
    /// two different messages and is refused.
    private static func wireForm(_ given: [UInt8]) throws(SendRequestError) -> [UInt8] {
        let hasCR = given.contains(0x0D)
        var octets: [UInt8] = []
        octets.reserveCapacity(given.count + 64)
        var previous: UInt8 = 0
        var line = 1
        var lineOctets = 0
        for octet in given {
            if octet == 0 { throw SendRequestError("message", "line \(line) holds a NUL") }
            if octet == 0x0A {
                if hasCR, previous != 0x0D { throw SendRequestError("message", "line \(line) ends in LF without CR") }
                if !hasCR { octets.append(0x0D) }
                line += 1
                lineOctets = 0
            } else {
                if previous == 0x0D { throw SendRequestError("message", "line \(line) holds a CR without LF") }
                if octet != 0x0D { lineOctets += 1 }
                guard lineOctets <= lineOctetsMax else {
                    throw SendRequestError(
                        "message", "line \(line) has more than \(lineOctetsMax) octets (RFC 5322 §2.1.1)")
                }
            }
            octets.append(octet)
            previous = octet
        }
        if previous == 0x0D { throw SendRequestError("message", "line \(line) holds a CR without LF") }
        if !octets.isEmpty, previous != 0x0A { octets += [0x0D, 0x0A] }
        return octets
    }

    private static let once = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject", "date",
    ]

    private static func checkFields(
        _ message: Message, reserving reserved: Set<String> = ["x-multimail-identity"]
    ) throws(SendRequestError) {
        guard !message.fields.isEmpty else { throw SendRequestError("message", "it has no header field") }
        var count: [String: Int] = [:]
        for (index, field) in message.fields.enumerated() {
            let name = field.name
            // ftext (RFC 5322 §3.6.8)
            guard !name.isEmpty, field.raw.count > name.count,
                name.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }),
                field.raw[field.raw.startIndex + name.count] == UInt8(ascii: ":")
            else { throw SendRequestError("message", "header field \(index + 1) is no `Name: value` line") }
            let lower = String(decoding: name, as: UTF8.self).lowercased()
            count[lower, default: 0] += 1
            if reserved.contains(lower) {
                throw SendRequestError("message.\(lower)", "the field is Signet's to write")
            }
            guard field.body.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }) else {
                throw SendRequestError("message.\(lower)", "the field holds a control character")
            }
        }
        for name in once where count[name, default: 0] > 1 {
            // RFC 5322 §3.6: one reader takes the first, another the last.
            throw SendRequestError("message.\(name)", "the field stands \(count[name]!) times")
        }
    }

    private static func author(of message: Message) throws(SendRequestError) -> AddressList.Mailbox {
        guard let field = message.fields(named: "from").first else {
            throw SendRequestError("message.from", "the field is missing")
        }
        guard let list = AddressList(field.body), list.mailboxes.count == 1 else {
            throw SendRequestError("message.from", "the field does not hold exactly one mailbox")
        }
        return list.mailboxes[0]
    }

    private static func isNamed(_ field: HeaderField, _ name: String) -> Bool {
        String(decoding: field.name, as: UTF8.self).lowercased() == name
    }

    // MARK: addresses

    /// One bare address, its domain in A-labels and lower case.
    static func mailbox(_ text: String, field: String) throws(SendRequestError) -> AddressList.Mailbox {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"<>,;:\"()\\".utf8.contains($0) }),
            let list = AddressList(Array(text.utf8)[...]), list.mailboxes.count == 1
        else { throw SendRequestError(field, "it is not one address, `local@domain`") }
        return list.mailboxes[0]
    }
}

/// Randomness from the port.
private struct PortGenerator: RandomNumberGenerator {
    let random: @Sendable (Int) -> [UInt8]
    mutating func next() -> UInt64 { random(8).reduce(0) { $0 << 8 | UInt64($1) } }
}

/// None: for octets that are compared, never sent.
struct ZeroGenerator: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0 }
}
