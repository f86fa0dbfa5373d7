import MailAuth
package import Manifest

/// What an agent asks to have sent. Nothing in it is trusted: `SendPreparation` checks every field.
package struct SendRequest: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case fields(Fields)
        /// A whole message, as in an .eml file.
        case message([UInt8])
        /// Somebody else's, to go on as it is.
        case redirect(RedirectedMessage)
    }

    package struct Mailbox: Sendable, Equatable {
        package var address: String
        package var name: String?

        package init(_ address: String, name: String? = nil) {
            self.address = address
            self.name = name
        }

        /// `Ada <ada@example.net>`, or the bare address. What is wrong with it is the operation's to say.
        package init(text: String) {
            guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
                self.init(text)
                return
            }
            var name = text[..<open]
            while name.last == " " { name.removeLast() }
            self.init(
                String(text[text.index(after: open)...].dropLast()), name: name.isEmpty ? nil : String(name))
        }
    }

    package struct Attachment: Sendable, Equatable {
        package var name: String
        package var mediaType: String
        package var octets: [UInt8]

        package init(name: String, mediaType: String = "application/octet-stream", octets: [UInt8]) {
            self.name = name
            self.mediaType = mediaType
            self.octets = octets
        }
    }

    package struct Fields: Sendable, Equatable {
        /// nil: the agent's first address.
        package var from: Mailbox?
        package var replyTo: [Mailbox] = []
        package var to: [Mailbox] = []
        package var cc: [Mailbox] = []
        package var bcc: [Mailbox] = []
        package var subject = ""
        package var text: String?
        package var html: String?
        package var attachments: [Attachment] = []
        package var headers: [(name: String, value: String)] = []
        /// Message-IDs. A message with one is marked as a reply.
        package var inReplyTo: [String] = []
        package var references: [String] = []
        /// An https URL that takes a one-click POST (RFC 8058), and a mailto: URL or none.
        package var unsubscribeURL: String?
        package var unsubscribeMail: String?

        package init() {}

        package static func == (left: Self, right: Self) -> Bool {
            left.from == right.from && left.replyTo == right.replyTo && left.to == right.to && left.cc == right.cc
                && left.bcc == right.bcc && left.subject == right.subject && left.text == right.text
                && left.html == right.html && left.attachments == right.attachments
                && left.headers.elementsEqual(right.headers, by: ==) && left.inReplyTo == right.inReplyTo
                && left.references == right.references && left.unsubscribeURL == right.unsubscribeURL
                && left.unsubscribeMail == right.unsubscribeMail
        }
    }

    package var agent: String
    package var content: Content
    /// Of a whole message: whom it goes to in place of its To, Cc and Bcc.
    package var recipients: [String]
    /// A stricter mode than the agent's, or nil.
    package var mode: OversightMode?
    package var idempotencyKey: String?

    package init(
        agent: String, content: Content, recipients: [String] = [], mode: OversightMode? = nil,
        idempotencyKey: String? = nil
    ) {
        self.agent = agent
        self.content = content
        self.recipients = recipients
        self.mode = mode
        self.idempotencyKey = idempotencyKey
    }
}

/// A field of a request that cannot be sent as it is. Nothing was stored, logged or sent.
package struct SendRequestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As the request names it: `subject`, `to[2].name`, `headers[0].value`, `message`.
    package let field: String
    /// Without anything of the field's content.
    package let reason: String

    package init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }

    package var description: String { "\(field): \(reason)" }
}
