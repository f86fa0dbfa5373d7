import Operations
import SendGate

/// From the command line's words to a request.
struct SendArguments {
    let command: SendCommand
    let files: MessageFiles

    func request() throws -> SendRequest {
        var request = SendRequest(
            agent: command.agent ?? "", content: .message([]), mode: command.gate.mode,
            idempotencyKey: command.gate.idempotencyKey)
        if let path = command.message {
            request.content = .message(try files.read(path))
            request.recipients = command.to.map { SendRequest.Mailbox(text: $0).address }
            return request
        }
        var fields = SendRequest.Fields()
        fields.from = command.from.map(SendRequest.Mailbox.init(text:))
        fields.replyTo = command.replyTo.map(SendRequest.Mailbox.init(text:))
        fields.to = command.to.map(SendRequest.Mailbox.init(text:))
        fields.cc = command.cc.map(SendRequest.Mailbox.init(text:))
        fields.bcc = command.bcc.map(SendRequest.Mailbox.init(text:))
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
}
