/// Makes the messages that go out (RFC 5322, MIME): pure, so that the same input gives the same octets. The clock, the
/// Message-ID and the randomness of the boundaries are the caller's.
///
///     var builder = MessageBuilder(
///         from: .init("agent@example.com", name: "Ägent"), unixTime: now, messageID: "1@example.com")
///     builder.to = [.init("reader@example.net")]
///     builder.subject = "Grüße"
///     builder.text = "Hello.\n"
///     let message = try builder.build(using: &generator)
///
/// What cannot be written safely is refused with the field's name, never repaired: a CR, LF or NUL in a field, text
/// that a reader would decode into something else, input over its bound. Bcc does not exist here: whom a message goes
/// to is the envelope's.
public struct MessageBuilder: Sendable, Hashable {
    /// A mailbox as a caller gives it; it is checked when the message is built.
    public struct Address: Sendable, Hashable {
        /// `local-part@domain`. A local part beyond ASCII makes the message need SMTPUTF8.
        public var address: String
        /// The display name, as a person reads it; empty and nil are alike.
        public var name: String?

        public init(_ address: String, name: String? = nil) {
            self.address = address
            self.name = name
        }
    }

    public struct Attachment: Sendable, Hashable {
        /// As a person reads it; a path is refused.
        public var filename: String
        /// `type/subtype`, without parameters.
        public var mediaType: String
        public var content: [UInt8]

        public init(filename: String, mediaType: String = "application/octet-stream", content: [UInt8]) {
            self.filename = filename
            self.mediaType = mediaType
            self.content = content
        }
    }

    /// A header field of the caller's choice, such as `Auto-Submitted` (RFC 3834) or `List-Unsubscribe` (RFC 8058).
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What came out.
    public struct Message: Sendable, Hashable {
        /// In wire form, every line ended by CRLF and none longer than 998 octets (RFC 5322 §2.1.1). The body is
        /// 7-bit; the header is too, unless `needsSMTPUTF8`.
        public let octets: [UInt8]
        /// Whether an address holds what only RFC 6532 can write: a relay without SMTPUTF8 (RFC 6531) must not be
        /// given this message.
        public let needsSMTPUTF8: Bool
    }

    /// RFC 5322 §3.6.2 allows several authors; DMARC wants one domain, so that here it is one mailbox.
    public var from: Address
    public var sender: Address?
    public var replyTo: [Address] = []
    public var to: [Address] = []
    public var cc: [Address] = []
    public var subject = ""
    /// `Date`, in seconds since 1970, of the years 1970 to 9999.
    public var unixTime: Int64
    /// With or without its angle brackets, as are the next two.
    public var messageID: String
    public var inReplyTo: [String] = []
    public var references: [String] = []
    /// In this order, behind the fields that the builder writes itself.
    public var headers: [Header] = []
    /// Lines may end in LF or CRLF. Without text and HTML the message has an empty text.
    public var text: String?
    public var html: String?
    public var attachments: [Attachment] = []

    public init(from: Address, unixTime: Int64, messageID: String) {
        self.from = from
        self.unixTime = unixTime
        self.messageID = messageID
    }

    /// Writes the message.
    ///
    /// - Parameter generator: where 128 bits for each multipart boundary come from.
    public func build(using generator: inout some RandomNumberGenerator) throws(MessageBuilderError) -> Message {
        try build(around: try body(using: &generator))
    }

    /// MIME's fields and what they describe, without the message's own header.
    package struct Body {
        fileprivate let writer: MIMEBodyWriter
        /// Without a boundary, the same text always gives the same body.
        package let hasBoundary: Bool
    }

    package func body(using generator: inout some RandomNumberGenerator) throws(MessageBuilderError) -> Body {
        Body(
            writer: try MIMEBodyWriter.part(text: text, html: html, attachments: attachments, using: &generator),
            hasBoundary: !attachments.isEmpty || text != nil && html != nil)
    }

    /// With a body that was made before.
    package func build(around body: Body) throws(MessageBuilderError) -> Message {
        let header = try written(around: body)
        return Message(octets: header.octets, needsSMTPUTF8: header.needsSMTPUTF8)
    }

    /// The message's octets, and what they would be at another time and under another Message-ID: the rest of the header
    /// is not written twice for that.
    package func build(
        around body: Body, comparableAt unixTime: Int64, as messageID: String
    ) throws(MessageBuilderError) -> (octets: [UInt8], comparable: [UInt8]) {
        let header = try written(around: body)
        var other = self
        other.unixTime = unixTime
        other.messageID = messageID
        let (date, id) = try MessageHeaderWriter.fieldsOfOneMessage(other)
        var comparable: [UInt8] = []
        comparable.reserveCapacity(header.octets.count + id.count)
        comparable += date
        comparable += header.octets[header.date.upperBound..<header.messageID.lowerBound]
        comparable += id
        comparable += header.octets[header.messageID.upperBound...]
        return (header.octets, comparable)
    }

    private func written(around body: Body) throws(MessageBuilderError) -> MessageHeaderWriter {
        var header = try MessageHeaderWriter(self)
        header.octets.reserveCapacity(header.octets.count + 256 + body.writer.content.count)
        header.finish(with: body.writer.fields)
        header.octets += body.writer.content
        try Self.check("message", header.octets.count, Self.messageOctetsMax)
        return header
    }
}

/// Bounds; what lies over them is refused.
extension MessageBuilder {
    /// RFC 5322 §2.1.1, without the CRLF.
    public static let lineOctetsMax = 998
    /// A Subject of the length of one line is already more than any reader shows.
    public static let subjectOctetsMax = 998
    /// Ours: longer ones hide the address that follows.
    public static let displayNameOctetsMax = 256
    /// RFC 5321 §4.5.3.1.1.
    public static let localPartOctetsMax = 64
    /// The most that `<id>` leaves in a line (RFC 5322 §2.1.1), with room for a field's name.
    public static let messageIDOctetsMax = 900
    /// Ours: RFC 5322 §3.6.4 sets none, and other senders cut long threads to fewer.
    public static let referencesMax = 100
    /// In each address field: what an `AddressList` reads.
    public static let addressesMax = AddressList.mailboxesMax
    /// Ours.
    public static let headersMax = 64
    /// Ours: 4 one-click addresses of 1,000 octets fit.
    public static let headerValueOctetsMax = 4096
    /// Ours: a name and its colon leave most of a line of 78 columns.
    public static let headerNameOctetsMax = 64
    /// Ours.
    public static let attachmentsMax = 100
    /// What file systems hold (NAME_MAX).
    public static let filenameOctetsMax = 255
    /// Ours: more than any large provider takes.
    public static let messageOctetsMax = 64 << 20

    static func check(_ field: String, _ octets: Int, _ max: Int) throws(MessageBuilderError) {
        if octets > max { throw MessageBuilderError(field, .tooLong(octets: octets, max: max)) }
    }

    static func check(count: Int, of field: String, _ max: Int) throws(MessageBuilderError) {
        if count > max { throw MessageBuilderError(field, .tooMany(count: count, max: max)) }
    }
}
