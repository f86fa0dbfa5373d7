import DNS
import FoundationEssentials
import MailAuth
import SendGate

/// A message that came in and is answered or forwarded, as far as that needs it. All of it is a stranger's text: what is
/// carried on is an address, a message id, a subject or a quotation, each checked again when it is written.
struct OriginalMessage: Sendable {
    /// Ours: of a quotation. Whoever needs more forwards the message itself.
    static let quotedOctetsMax = 256 << 10

    let message: Message

    init(_ octets: [UInt8]) throws(SendRequestError) {
        message = Message(file: octets)
        guard !message.fields.isEmpty else { throw SendRequestError("original", "it has no header field") }
        guard !message.hasTooManyFields else {
            throw SendRequestError("original", "it has more than \(Message.fieldsMax) header fields")
        }
    }

    /// Why nobody may answer it by a program, or nil.
    ///
    /// An agent's answer is an automatic response, whatever wrote it (RFC 3834 §1): two of them must not answer each
    /// other for ever, and nobody's bounces are to be answered. No option overrides it.
    var refusalToAnswer: String? {
        // RFC 3834 §2: "any value other than 'no'"; §5 allows comments and parameters behind the word.
        for field in message.fields(named: "auto-submitted") {
            let word = field.unfolded.prefix { $0 != ";" && $0 != "(" && $0 != " " }.lowercased()
            if word != "no" {
                return "it was itself sent by a program (Auto-Submitted), and RFC 3834 §2 wants no answer to it"
            }
        }
        // RFC 3834 §2: an answer must not go to the null reverse path, which is that of reports (RFC 5321 §4.5.5).
        for field in message.fields(named: "return-path")
        where field.unfolded.filter({ $0 != " " && $0 != "\t" }) == "<>" {
            return "it came with an empty return path, as delivery reports do, and RFC 3834 §2 wants no answer to it"
        }
        if MIMEPart(message).mediaType == "multipart/report" {
            return "it is a report by a mail system, which nobody reads answers to (RFC 3834 §2)"
        }
        return nil
    }

    // MARK: addresses

    /// The mailboxes of a field that stands at most once; a malformed one has none that could be answered.
    private func mailboxes(_ fields: [HeaderField], _ name: String) throws(SendRequestError) -> [String] {
        guard let field = fields.first else { return [] }
        guard fields.count == 1 else {
            throw SendRequestError("original.\(name)", "the field stands \(fields.count) times")
        }
        guard let list = AddressList(field.body) else {
            throw SendRequestError("original.\(name)", "the field is no list of addresses")
        }
        return list.mailboxes.map(\.text)
    }

    /// Reply-To, else From (RFC 5322 §3.6.2).
    func answerTo() throws(SendRequestError) -> [String] {
        let replyTo = try mailboxes(message.fields(named: "reply-to"), "reply-to")
        return replyTo.isEmpty ? try mailboxes(message.fields(named: "from"), "from") : replyTo
    }

    /// To and Cc, in this order.
    func addressees() throws(SendRequestError) -> [String] {
        try mailboxes(message.fields(named: "to"), "to") + mailboxes(message.fields(named: "cc"), "cc")
    }

    // MARK: thread (RFC 5322 §3.6.4)

    private func ids(_ fields: [HeaderField]) -> [String] { fields.first.map { MessageIDList($0.body).ids } ?? [] }

    /// Its Message-ID; nil: it has none that could be written again.
    var messageID: String? { ids(message.fields(named: "message-id")).first }

    /// What an answer's References hold: the parent's, or its In-Reply-To where that names one message, and then
    /// the parent itself. Of a long thread the first and the newest stay.
    var references: [String] {
        guard let own = messageID else { return [] }
        var thread = ids(message.fields(named: "references"))
        if thread.isEmpty {
            let answered = ids(message.fields(named: "in-reply-to"))
            if answered.count == 1 { thread = answered }
        }
        thread.removeAll { $0 == own }
        let kept = MessageBuilder.referencesMax - 1
        if thread.count > kept { thread = [thread[0]] + thread.suffix(kept - 1) }
        return thread + [own]
    }

    // MARK: subject

    /// As a reader sees it, without what no header field may hold.
    var subject: String {
        let decoded = message.fields(named: "subject").first?.decoded ?? ""
        return String(String.UnicodeScalarView(decoded.unicodeScalars.filter { !HeaderText.isForbidden($0) }))
    }

    /// One `Re: ` before the rest (RFC 5322 §3.6.5).
    var answerSubject: String { Self.subject("Re: ", before: subject, in: ["re:"]) }

    var forwardSubject: String { Self.subject("Fwd: ", before: subject, in: ["fwd:", "fw:"]) }

    private static func subject(_ prefix: String, before subject: String, in known: [String]) -> String {
        var rest = subject[...].drop { $0 == " " }
        while let found = known.first(where: { rest.lowercased().hasPrefix($0) }) {
            rest = rest.dropFirst(found.count).drop { $0 == " " }
        }
        var text = prefix
        for scalar in rest.unicodeScalars where text.utf8.count + UTF8.width(scalar) <= subjectOctetsMax {
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    private static let subjectOctetsMax = MessageBuilder.subjectOctetsMax

    // MARK: text

    /// The first text in it, with LF, up to `quotedOctetsMax`; nil: there is none.
    var text: String? {
        let parts =
            MessageContent.BodyPart(mediaType: MessageContent.BodyPart.wholeMessage, octets: message.octets)
            .readable?.parts ?? []
        guard let part = parts.first(where: { $0.mediaType == "text/plain" && !$0.isAttachment }) else { return nil }
        var scalars = String.UnicodeScalarView()
        var octets = 0
        for scalar in String(decoding: part.characters, as: UTF8.self).unicodeScalars {
            octets += UTF8.width(scalar)
            guard octets <= Self.quotedOctetsMax else {
                scalars.append(contentsOf: "\n[…]".unicodeScalars)
                break
            }
            // A text may hold tabs and line ends; the rest of the controls, and turned directions, may not come along.
            if scalar == "\n" || scalar == "\t" || !HeaderText.isForbidden(scalar) { scalars.append(scalar) }
        }
        var text = String(scalars)
        while text.last == "\n" { text.removeLast() }
        return text
    }

    /// Each line behind `> `.
    var quotation: String? {
        text.map { text in
            text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty || $0.first == ">" ? ">\($0)" : "> \($0)" }.joined(separator: "\n")
        }
    }

    /// A field's value for showing it in a text; empty: there is none.
    func shown(_ fields: [HeaderField]) -> String {
        guard let field = fields.first else { return "" }
        return String(String.UnicodeScalarView(field.decoded.unicodeScalars.filter { !HeaderText.isForbidden($0) }))
    }
}
