package import Keys
package import Manifest

/// Everything of a message that a person approves, as it lies in the outbox: what `MessageDigest` is made of.
///
/// Strings and octets are taken as they are. Nothing is normalised, so that nothing that a receiver could see
/// differently is the same.
package struct MessageContent: Sendable, Equatable {
    package struct Recipient: Sendable, Hashable {
        package enum Kind: String, Sendable, CaseIterable {
            case to, cc, bcc
            /// A mailbox that To or Cc names and the envelope does not: it gets nothing.
            case absent

            /// What stands before the address where a person reads it.
            package var title: String {
                switch self {
                case .to: "To"
                case .cc: "Cc"
                case .bcc: "Bcc"
                case .absent: "Not a recipient"
                }
            }
        }

        package var kind: Kind
        /// As it will stand in the message, display name included.
        package var address: String

        package init(_ kind: Kind, _ address: String) {
            self.kind = kind
            self.address = address
        }
    }

    package struct Header: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// One alternative of the body.
    package struct BodyPart: Sendable, Hashable {
        /// Of a message given whole (RFC 2046 §5.2.1): the octets are header and body, as they lie in the outbox.
        package static let wholeMessage = "message/rfc822"

        /// `text/plain`, `text/html`, or `wholeMessage`.
        package var mediaType: String
        package var octets: [UInt8]

        package init(mediaType: String, octets: [UInt8]) {
            self.mediaType = mediaType
            self.octets = octets
        }
    }

    package struct Attachment: Sendable, Hashable {
        package var name: String
        package var mediaType: String
        package var octetCount: Int
        package var sha256: SHA256Digest

        package init(name: String, mediaType: String, octetCount: Int, sha256: SHA256Digest) {
            self.name = name
            self.mediaType = mediaType
            self.octetCount = octetCount
            self.sha256 = sha256
        }
    }

    package var agent: AgentID
    package var from: String
    /// In their order.
    package var recipients: [Recipient]
    package var subject: String
    /// All other header fields that the sender gave, in their order; not those that Signet adds.
    package var headers: [Header]
    package var body: [BodyPart]
    package var attachments: [Attachment]
    /// The effective one: the stricter of declared and requested.
    package var mode: OversightMode
    /// The digest of the agent's declaration at the time.
    package var declaration: SHA256Digest

    package init(
        agent: AgentID, from: String, recipients: [Recipient], subject: String, headers: [Header] = [],
        body: [BodyPart], attachments: [Attachment] = [], mode: OversightMode, declaration: SHA256Digest
    ) {
        self.agent = agent
        self.from = from
        self.recipients = recipients
        self.subject = subject
        self.headers = headers
        self.body = body
        self.attachments = attachments
        self.mode = mode
        self.declaration = declaration
    }
}
