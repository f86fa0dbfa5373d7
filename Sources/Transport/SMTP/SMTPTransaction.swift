import SendGate

/// One mail transaction (RFC 5321 §3.3): replies in, actions out. Holds no socket and no clock.
///
/// What matters is where it was when it ended. Up to `confirm` nothing can have been accepted, because a server takes
/// responsibility only after the end of the data (§4.2.5, §6.1); after it only the server's answer tells.
struct SMTPTransaction {
    enum Action: Equatable {
        /// Send these commands; a reply comes for each.
        case send([UInt8], replies: SMTPWait)
        /// Send the message but for its end.
        case sendContent
        /// Ask whether the end may be sent, with what was said of each recipient.
        case confirm([RecipientOutcome])
        /// Send the end of the data.
        case sendEnd
        /// All is over. `canGoOn`: the connection can carry another transaction.
        case finish(DeliveryOutcome, canGoOn: Bool)
    }

    /// Which of the limits holds for the reply.
    enum SMTPWait: Equatable { case command, dataInitiation }

    private enum Phase: Equatable {
        case envelope, data, content, confirming, end, reset, over
    }

    private let envelope: Envelope
    private let extensions: SMTPExtensions
    private let octetCount: Int
    private let isEightBit: Bool
    private let isInternationalized: Bool
    private var phase = Phase.envelope
    /// Commands of the envelope that were sent, and replies to them that came: MAIL is the first.
    private var sent = 0
    private var replied = 0
    private var outcomes: [RecipientOutcome]
    private var mailReply: SMTPReply?
    private var result: DeliveryOutcome?
    private var isShuttingDown = false

    init(envelope: Envelope, extensions: SMTPExtensions, traits: MessageTraits) {
        self.envelope = envelope
        self.extensions = extensions
        octetCount = traits.octetCount
        isEightBit = traits.isEightBit
        isInternationalized = traits.isHeaderInternationalized || envelope.isInternationalized
        outcomes = Array(repeating: .uncertain, count: envelope.recipients.count)
    }

    mutating func start() -> Action {
        if let reason = obstacle() {
            return finish(.answered(envelope.recipients.map { _ in .rejected(ReplyText(code: 0, text: reason)) }), true)
        }
        return sendEnvelope()
    }

    mutating func received(_ reply: SMTPReply) -> Action? {
        if reply.isShuttingDown { isShuttingDown = true }
        switch phase {
        case .envelope: return envelopeReply(reply)
        case .data:
            if reply.code == 354 {
                phase = .content
                return .sendContent
            }
            guard reply.isTransient || reply.isPermanent else { return violation(reply) }
            return reset(.answered(outcomes.map { Self.isAccepted($0) ? Self.failure(reply) : $0 }))
        case .content, .confirming:
            // It gave up before the end of the data.
            guard reply.isTransient || reply.isPermanent else { return violation(reply) }
            return finish(.answered(outcomes.map { Self.isAccepted($0) ? Self.failure(reply) : $0 }), false)
        case .end:
            switch reply.code / 100 {
            case 2:
                let accepted = RecipientOutcome.accepted(Self.text(reply))
                return finish(.answered(outcomes.map { Self.isAccepted($0) ? accepted : $0 }), !isShuttingDown)
            case 4, 5:
                return finish(
                    .answered(outcomes.map { Self.isAccepted($0) ? Self.failure(reply) : $0 }), !isShuttingDown)
            default: return violation(reply)
            }
        case .reset:
            return finish(result!, reply.isPositive && !isShuttingDown)
        case .over:
            return nil
        }
    }

    mutating func contentSent() -> Action {
        phase = .confirming
        return .confirm(outcomes.map { Self.isAccepted($0) ? .uncertain : $0 })
    }

    mutating func confirmed(_ isConfirmed: Bool) -> Action {
        guard isConfirmed else { return finish(.overtaken, false) }
        phase = .end
        return .sendEnd
    }

    /// The connection is gone, or has been given up.
    mutating func lost(_ problem: DeliveryProblem) -> DeliveryOutcome {
        defer { phase = .over }
        switch phase {
        case .end:
            return .unanswered(outcomes.map { Self.isAccepted($0) ? .uncertain : $0 }, problem)
        case .reset, .over:
            return result ?? .notHandedOver(problem)
        case .envelope, .data, .content, .confirming:
            return .notHandedOver(problem)
        }
    }

    /// Whether the end of the data may be on its way.
    var mayBeAccepted: Bool { phase == .end }

    /// Whether the server has said nothing yet: on a connection that was idle it may have gone long ago.
    var isUnheard: Bool { phase == .envelope && replied == 0 }

    // MARK: envelope

    /// Why the server could not take it, known without asking.
    private func obstacle() -> String? {
        for address in [envelope.sender] + envelope.recipients where !SMTPAddress.isSafe(address) {
            return "an address of the envelope cannot be sent by SMTP"
        }
        if envelope.recipients.isEmpty { return "the message has no recipient" }
        if isInternationalized, !extensions.internationalized {
            // RFC 6531 §3.5
            return "an address or a header field has letters beyond ASCII, and the relay does not support SMTPUTF8"
        }
        if isEightBit, !extensions.eightBitMIME {
            return "the message has 8-bit octets, and the relay does not support 8BITMIME"
        }
        if let limit = extensions.octetsMax, octetCount > limit {
            return "the message has \(octetCount) octets, and the relay takes \(limit)"
        }
        return nil
    }

    private mutating func sendEnvelope() -> Action {
        // RFC 2920 §3.1 lets MAIL and RCPT go together. DATA waits, so that a message without any recipient is never
        // begun.
        let count = extensions.pipelining ? envelope.recipients.count + 1 : 1
        var octets: [UInt8] = []
        for index in sent..<min(sent + count, envelope.recipients.count + 1) {
            octets += Array(command(index).utf8)
            sent += 1
        }
        return .send(octets, replies: .command)
    }

    private func command(_ index: Int) -> String {
        guard index == 0 else { return "RCPT TO:<\(envelope.recipients[index - 1])>\r\n" }
        var text = "MAIL FROM:<\(envelope.sender)>"
        if extensions.size { text += " SIZE=\(octetCount)" }
        if isEightBit { text += " BODY=8BITMIME" }
        if isInternationalized { text += " SMTPUTF8" }
        return text + "\r\n"
    }

    private mutating func envelopeReply(_ reply: SMTPReply) -> Action? {
        guard reply.code != 354, reply.code / 100 != 3 else { return violation(reply) }
        if replied == 0 {
            mailReply = reply
        } else {
            outcomes[replied - 1] = reply.isPositive ? .accepted(Self.text(reply)) : Self.failure(reply)
        }
        replied += 1
        if let mailReply, !mailReply.isPositive, replied == sent {
            // RFC 5321 §3.3: without MAIL there is no transaction.
            let failure = Self.failure(mailReply)
            return isShuttingDown
                ? finish(.notHandedOver(DeliveryProblem(.turnedAway, "the relay said \(Self.text(mailReply))")), false)
                : reset(.answered(outcomes.map { _ in failure }))
        }
        if replied < sent { return nil }
        if sent <= envelope.recipients.count { return sendEnvelope() }
        return afterEnvelope()
    }

    private mutating func afterEnvelope() -> Action {
        for (recipient, outcome) in zip(envelope.recipients, outcomes)
        where envelope.required.contains(recipient) && !Self.isAccepted(outcome) {
            return reset(.answered(outcomes.map { Self.isAccepted($0) ? Self.withoutCopy(outcome) : $0 }))
        }
        guard outcomes.contains(where: Self.isAccepted) else { return reset(.answered(outcomes)) }
        if envelope.isWhole, let deferral = outcomes.lazy.compactMap(Self.deferral).first {
            let together = RecipientOutcome.deferred(
                ReplyText(code: deferral.code, text: "not sent to some before others: \(deferral.text)"))
            return reset(.answered(outcomes.map { Self.isAccepted($0) ? together : $0 }))
        }
        // Only the copy would go: that is not the message.
        let isOnlyCopy = zip(envelope.recipients, outcomes).allSatisfy { recipient, outcome in
            envelope.copies.contains(recipient) || !Self.isAccepted(outcome)
        }
        if isOnlyCopy, envelope.copies.count < envelope.recipients.count {
            let failure = zip(envelope.recipients, outcomes).first { !envelope.copies.contains($0.0) }!.1
            return reset(.answered(outcomes.map { Self.isAccepted($0) ? failure : $0 }))
        }
        phase = .data
        return .send(Array("DATA\r\n".utf8), replies: .dataInitiation)
    }

    // MARK: ending

    private mutating func reset(_ outcome: DeliveryOutcome) -> Action {
        if isShuttingDown { return finish(outcome, false) }
        result = outcome
        phase = .reset
        return .send(Array("RSET\r\n".utf8), replies: .command)
    }

    private mutating func finish(_ outcome: DeliveryOutcome, _ canGoOn: Bool) -> Action {
        phase = .over
        return .finish(outcome, canGoOn: canGoOn)
    }

    private mutating func violation(_ reply: SMTPReply) -> Action {
        .finish(
            lost(DeliveryProblem(.protocolViolation, "the relay gave a reply out of place: \(Self.text(reply))")),
            canGoOn: false)
    }

    private static func isAccepted(_ outcome: RecipientOutcome) -> Bool {
        if case .accepted = outcome { true } else { false }
    }

    private static func deferral(_ outcome: RecipientOutcome) -> ReplyText? {
        if case .deferred(let reply) = outcome { reply } else { nil }
    }

    private static func text(_ reply: SMTPReply) -> ReplyText { ReplyText(code: reply.code, text: reply.text) }

    private static func failure(_ reply: SMTPReply) -> RecipientOutcome {
        reply.isPermanent ? .rejected(text(reply)) : .deferred(text(reply))
    }

    private static func withoutCopy(_ outcome: RecipientOutcome) -> RecipientOutcome {
        switch outcome {
        case .rejected(let reply):
            .rejected(ReplyText(code: reply.code, text: "not sent without its oversight copy: \(reply.text)"))
        case .deferred(let reply):
            .deferred(ReplyText(code: reply.code, text: "not sent without its oversight copy: \(reply.text)"))
        case .accepted, .uncertain: .deferred(ReplyText(code: 0, text: "not sent without its oversight copy"))
        }
    }
}

/// What of a message's octets decides on how it is announced.
struct MessageTraits: Equatable {
    var octetCount: Int
    var isEightBit = false
    /// Octets beyond ASCII in the header (RFC 6532).
    var isHeaderInternationalized = false
    /// CR or LF alone, or NUL (RFC 5321 §2.3.8; RFC 5322 §2.3): what lets one message be read as two.
    var hasBareLineEnd = false
    var hasNUL = false
    /// Without final CRLF.
    var isUnended = false

    init(_ octets: [UInt8]) {
        octetCount = octets.count
        var isHeader = true
        var previous: UInt8 = 0
        var lineOctets = 0
        for octet in octets {
            if previous == 0x0D, octet != 0x0A { hasBareLineEnd = true }
            if octet == 0x0A {
                if previous != 0x0D { hasBareLineEnd = true }
                if lineOctets == 1 { isHeader = false }
                lineOctets = 0
            } else {
                lineOctets += 1
                if octet >= 0x80 {
                    isEightBit = true
                    if isHeader { isHeaderInternationalized = true }
                } else if octet == 0 {
                    hasNUL = true
                }
            }
            previous = octet
        }
        if previous == 0x0D { hasBareLineEnd = true }
        isUnended = octets.count < 2 || octets[octets.count - 2] != 0x0D || octets[octets.count - 1] != 0x0A
    }

    var obstacle: String? {
        if hasBareLineEnd { return "the message has a CR or LF that is not part of a CRLF" }
        if hasNUL { return "the message has a NUL octet" }
        if isUnended { return "the message's last line has no CRLF" }
        return nil
    }
}

enum SMTPAddress {
    /// RFC 5321 §4.5.3.1.3: a path has up to 256 octets, its angle brackets among them.
    static let octetsMax = 254

    /// Whether an address can stand between angle brackets without ending them, the command or its line. An empty
    /// reverse path is one (§4.5.5).
    static func isSafe(_ address: String) -> Bool {
        address.utf8.count <= octetsMax
            && address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }
}
