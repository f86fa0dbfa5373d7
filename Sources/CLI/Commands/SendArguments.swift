import Operations
import SendGate

/// From the command line's words to a request.
struct SendArguments {
    let command: SendCommand
    let files: MessageFiles

    func request() throws -> SendRequest {
        var request = SendRequest(
            agent: command.agent ?? "", content: .message([]), mode: command.mode,
            idempotencyKey: command.idempotencyKey)
        if let path = command.message {
            request.content = .message(try files.read(path))
            request.recipients = command.to.map { Self.mailbox($0).address }
            return request
        }
        var fields = SendRequest.Fields()
        fields.from = command.from.map(Self.mailbox)
        fields.replyTo = command.replyTo.map(Self.mailbox)
        fields.to = command.to.map(Self.mailbox)
        fields.cc = command.cc.map(Self.mailbox)
        fields.bcc = command.bcc.map(Self.mailbox)
        fields.subject = command.subject ?? ""
        fields.text = try command.text ?? command.textFile.map { try files.text($0) }
        fields.html = try command.htmlFile.map { try files.text($0) }
        fields.attachments = try command.attach.map { try files.attachment($0) }
        for (index, line) in command.header.enumerated() {
            guard let colon = line.firstIndex(of: ":") else {
                throw OperationError.request(field: "headers[\(index)]", reason: "write it as `Name: value`")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields.headers.append((String(line[..<colon]), String(value)))
        }
        fields.inReplyTo = command.inReplyTo.map { [$0] } ?? []
        fields.references = command.references
        for url in command.unsubscribe {
            if url.lowercased().hasPrefix("mailto:") {
                fields.unsubscribeMail = url
            } else {
                fields.unsubscribeURL = url
            }
        }
        request.content = .fields(fields)
        return request
    }

    /// `Ada <ada@example.net>`, or the bare address. What is wrong with it is the operation's to say.
    static func mailbox(_ text: String) -> SendRequest.Mailbox {
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else { return SendRequest.Mailbox(text) }
        var name = text[..<open]
        while name.last == " " { name.removeLast() }
        return SendRequest.Mailbox(
            String(text[text.index(after: open)...].dropLast()), name: name.isEmpty ? nil : String(name))
    }
}
