/// The fields of a request to send as the command line names them.
enum RequestFieldText {
    private static let options = [
        "from": "--from", "to": "--to", "cc": "--cc", "bcc": "--bcc", "replyTo": "--reply-to", "subject": "--subject",
        "text": "--text", "html": "--html-file", "attachments": "--attach", "headers": "--header",
        "inReplyTo": "--in-reply-to", "references": "--references", "unsubscribeURL": "--unsubscribe",
        "unsubscribeMail": "--unsubscribe", "style": "--as", "quotes": "--quote", "mode": "--mode",
        "idempotencyKey": "--idempotency-key",
    ]

    /// `--to (number 2)` for `to[1].address`, `the message's from` for `message.from`; what it does not know stays.
    static func text(_ field: String) -> String {
        let name = String(field.prefix { $0 != "[" && $0 != "." })
        let rest = field.dropFirst(name.count)
        if name == "message" || name == "original" {
            return rest.isEmpty ? "the message" : "the message's \(rest.dropFirst())"
        }
        guard let option = options[name] else { return field }
        guard rest.hasPrefix("["), let number = Int(rest.dropFirst().prefix { $0 != "]" }) else { return option }
        return "\(option) (number \(number + 1))"
    }
}
