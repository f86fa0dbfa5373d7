/// What one attempt to hand a message to a relay came to.
///
/// SMTP makes the relay responsible once it has answered the end of the data with 250 (RFC 5321 §4.2.5). Everything
/// here is about on which side of that answer an attempt ended.
package enum DeliveryOutcome: Sendable, Equatable {
    /// The relay answered, for each recipient in the envelope's order.
    case answered([RecipientOutcome])
    /// The attempt ended before the message's last line left this machine: the relay cannot have taken it.
    case notHandedOver(DeliveryProblem)
    /// The last line left, and no answer came: the relay may have taken it for the recipients that it had accepted.
    /// The others were turned away and stand as answered; those accepted stand as `uncertain`.
    case unanswered([RecipientOutcome], DeliveryProblem)
    /// The attempt was no longer this process's to make: nothing was handed over.
    case overtaken
}

/// What became of one recipient in one attempt.
package enum RecipientOutcome: Sendable, Hashable {
    /// The relay has taken responsibility.
    case accepted(ReplyText)
    /// 4yz (RFC 5321 §4.2.1): the same may succeed later.
    case deferred(ReplyText)
    /// 5yz: the same will fail again.
    case rejected(ReplyText)
    /// Accepted as a recipient, and nobody knows whether the message was.
    case uncertain
}

/// A reply as it may be stored and shown: code and text, without control characters, cut to a bound. Never one that
/// answers authentication, because a server may repeat what it was given.
package struct ReplyText: Sendable, Hashable, CustomStringConvertible {
    /// RFC 5321 §4.5.3.1.5 lets a reply line have 512 octets; a reply of several lines is cut to about one.
    package static let octetsMax = 512

    /// 200 to 599; 0 where this side found the reason before it asked the relay.
    package let code: Int
    package let text: String

    package init(code: Int, text: String) {
        self.code = code
        var safe = ""
        for scalar in text.unicodeScalars {
            guard safe.utf8.count < Self.octetsMax else { break }
            safe.unicodeScalars.append(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "?" : scalar)
        }
        self.text = safe
    }

    package var description: String { code == 0 ? text : text.isEmpty ? "\(code)" : "\(code) \(text)" }
}

/// Why nothing was handed over. One sentence for a reader, free of credentials.
package struct DeliveryProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case couldNotResolve, couldNotConnect
        /// The handshake or the certificate, or no STARTTLS where it is required.
        case tls
        /// The relay refused the credentials, or offered no mechanism for them.
        case authentication
        case timedOut
        case connectionLost
        /// The relay sent what is no SMTP reply, or one that has no place there.
        case protocolViolation
        /// The relay said that it cannot serve now (421), or refused the connection or the sender for now.
        case turnedAway
        case cancelled
        case other
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
