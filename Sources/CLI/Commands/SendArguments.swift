import Operations
import SendGate

/// From the command line's words to a request.
struct SendArguments {
    let command: SendCommand
    let files: any ManifestFiles

    func request() throws -> SendRequest {
        var request = SendRequest(
            agent: command.agent ?? "", content: .message([]), mode: command.mode,
            idempotencyKey: command.idempotencyKey)
        if let path = command.message {
            request.content = .message(try read(path))
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
        fields.text = try command.text ?? command.textFile.map { try text($0) }
        fields.html = try command.htmlFile.map { try text($0) }
        for path in command.attach {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            fields.attachments.append(
                SendRequest.Attachment(name: name, mediaType: Self.mediaType(name), octets: try read(path)))
        }
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

    private func read(_ path: String) throws -> [UInt8] {
        do { return try files.read(path, octetsMax: OutboxLimits.octetsMax) } catch {
            throw OperationError.file("\(error)")
        }
    }

    private func text(_ path: String) throws -> String {
        guard let text = String(validating: try read(path), as: UTF8.self) else {
            throw OperationError.file("\(path) is not UTF-8")
        }
        return text
    }

    /// By the name's ending; a receiver that is not told shows a file to save.
    private static func mediaType(_ name: String) -> String {
        let endings = [
            "txt": "text/plain", "csv": "text/csv", "html": "text/html", "pdf": "application/pdf",
            "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
            "json": "application/json", "ics": "text/calendar", "zip": "application/zip",
        ]
        return endings[name.split(separator: ".").last?.lowercased() ?? ""] ?? "application/octet-stream"
    }
}
