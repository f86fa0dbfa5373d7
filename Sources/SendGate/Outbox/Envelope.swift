/// Who a message goes from and to, as SMTP is told (RFC 5321 §2.3.1): what stands in its header is another matter.
package struct Envelope: Sendable, Hashable {
    /// The reverse path, where bounces go; `local@domain`.
    package var sender: String
    /// The forward paths, `local@domain`, each once.
    package var recipients: [String]
    /// Those of the recipients without whom the message must not go to the others either: the oversight address.
    package var required: Set<String>
    /// Those of the required ones who get a copy of a message that is for others.
    package var copies: Set<String>
    /// The oversight address has the message from an earlier attempt.
    package var hasSentCopy: Bool
    /// It goes to all of the recipients that are not rejected for good, or to none yet: what one approval allows is one
    /// send, not one now and one later.
    package var isWhole: Bool

    /// - Parameter copies: nil: all of the required ones.
    package init(
        sender: String, recipients: [String], required: Set<String> = [], copies: Set<String>? = nil,
        hasSentCopy: Bool = false, isWhole: Bool = false
    ) {
        self.sender = sender
        self.recipients = recipients
        self.required = required
        self.copies = copies ?? required
        self.hasSentCopy = hasSentCopy
        self.isWhole = isWhole
    }

    /// Whether an address has letters that only an SMTPUTF8 server takes (RFC 6531 §3.2).
    package var isInternationalized: Bool {
        !sender.utf8.allSatisfy { $0 < 0x80 } || recipients.contains { !$0.utf8.allSatisfy { $0 < 0x80 } }
    }
}
