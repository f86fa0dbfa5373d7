package import FoundationEssentials
package import Keys
package import Manifest

/// A message's id: 26 letters and digits in lower case, 128 random bits. Its Message-ID is `<id@domain>`, so one
/// message has one Message-ID however often it is tried.
package struct MessageID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String

    package init?(rawValue: String) {
        guard rawValue.utf8.count == 26, rawValue.utf8.allSatisfy({ Self.alphabet.contains($0) }) else { return nil }
        self.rawValue = rawValue
    }

    /// - Parameter random: 16 octets.
    package init(random: [UInt8]) {
        precondition(random.count == 16, "an id is made of 128 bits")
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for octet in random {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(Self.alphabet[Int(bits >> UInt32(count) & 31)])
            }
        }
        text.append(Self.alphabet[Int(bits << UInt32(5 - count) & 31)])
        rawValue = String(decoding: text, as: UTF8.self)
    }

    /// RFC 4648 §6, in lower case.
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One message on its way out, without its octets: those are read when they are sent, and dropped when all is over.
package struct OutboxMessage: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The agent's own: signed with DKIM and its identity.
        case original
        /// Somebody else's, passed on as it is: sealed with ARC, and signed with nothing that would make it ours.
        case redirect
    }

    package struct Recipient: Sendable, Equatable {
        package var address: String
        /// nil: not tried yet.
        package var outcome: RecipientOutcome?
        /// What the relay had said of it when the end of the data was about to be sent; `uncertain`: that it takes it.
        /// In `committing`, and in `unknown` where the process was killed there.
        package var provisional: RecipientOutcome?
        /// The oversight address of a `monitored` agent: without it the message goes to nobody.
        package var isCopy: Bool

        package init(address: String, outcome: RecipientOutcome? = nil, isCopy: Bool = false) {
            self.address = address
            self.outcome = outcome
            self.isCopy = isCopy
        }

        /// Whether the next attempt is for this one too.
        package var isPending: Bool {
            switch outcome {
            case nil, .deferred: true
            case .accepted, .rejected, .uncertain: false
            }
        }
    }

    package struct Lease: Sendable, Equatable {
        package var holder: String
        package var expiresAt: Date

        package init(holder: String, expiresAt: Date) {
            self.holder = holder
            self.expiresAt = expiresAt
        }
    }

    package var id: MessageID
    package var kind: Kind
    /// As registered; the log and the limits go by it.
    package var agent: String
    /// The From: domain.
    package var domain: String
    /// The manifest's name of the relay.
    package var relay: String
    package var sender: String
    package var recipients: [Recipient]
    /// Unique for each agent; nil: each request is a message of its own.
    package var idempotencyKey: String?
    /// Of what was asked for: the same key with another digest is a conflict.
    package var requestDigest: SHA256Digest
    /// The mode that the request asked for; nil: none.
    package var requestedMode: OversightMode?
    /// Which approval it waits for, or was released by.
    package var approvalID: String?
    package var state: OutboxState
    package var createdAt: Date
    package var changedAt: Date
    /// `received`, `queued`, `deferred`: when it is to be looked at; `held`: when it expires. Else nil.
    package var dueAt: Date?
    /// How many attempts have begun, those that the gate ended among them. It fences them: an attempt with an older
    /// number may send nothing.
    package var attempt: Int
    /// How many attempts the relay, or the way to it, has deferred.
    package var deferrals: Int
    /// When the first of those was.
    package var firstDeferredAt: Date?
    /// In `delivering` and `committing`.
    package var lease: Lease?
    /// Where the log says that it may be sent. No message is queued without it.
    package var logIndex: Int64?
    /// An attempt's outcome stands here and not in the log yet.
    package var isOutcomeUnlogged: Bool
    /// Why it stands where it stands, as one sentence; empty if there is nothing to say.
    package var reason: String

    package init(
        id: MessageID, kind: Kind = .original, agent: String, domain: String, relay: String, sender: String,
        recipients: [Recipient],
        idempotencyKey: String? = nil, requestDigest: SHA256Digest, requestedMode: OversightMode? = nil,
        approvalID: String? = nil, state: OutboxState = .received, createdAt: Date, changedAt: Date? = nil,
        dueAt: Date? = nil, attempt: Int = 0,
        deferrals: Int = 0, firstDeferredAt: Date? = nil, lease: Lease? = nil, logIndex: Int64? = nil,
        isOutcomeUnlogged: Bool = false,
        reason: String = ""
    ) {
        self.id = id
        self.kind = kind
        self.agent = agent
        self.domain = domain
        self.relay = relay
        self.sender = sender
        self.recipients = recipients
        self.idempotencyKey = idempotencyKey
        self.requestDigest = requestDigest
        self.requestedMode = requestedMode
        self.approvalID = approvalID
        self.state = state
        self.createdAt = createdAt
        self.changedAt = changedAt ?? createdAt
        self.dueAt = dueAt
        self.attempt = attempt
        self.deferrals = deferrals
        self.firstDeferredAt = firstDeferredAt
        self.lease = lease
        self.logIndex = logIndex
        self.isOutcomeUnlogged = isOutcomeUnlogged
        self.reason = reason
    }

    /// Whether its content may still be replaced: nobody is at it, and nobody has got any of it.
    package var isEditable: Bool {
        (state == .held || state == .queued) && recipients.allSatisfy { $0.outcome == nil }
    }

    /// Whom the next attempt is for; a copy that is not among the recipients yet comes last. Whoever the copy is for must
    /// be taken by the relay, as one of the message's own recipients too.
    package func envelope(copyTo copy: String? = nil, isWhole: Bool = false) -> Envelope {
        var pending = recipients.filter(\.isPending)
        if let copy, !recipients.contains(where: { $0.address == copy }) {
            pending.append(Recipient(address: copy, isCopy: true))
        }
        let copies = pending.filter(\.isCopy).map(\.address)
        return Envelope(
            sender: sender, recipients: pending.map(\.address),
            required: Set(copies + pending.map(\.address).filter { $0 == copy }), copies: Set(copies),
            hasSentCopy: recipients.contains { $0.address == copy && $0.isAccepted }, isWhole: isWhole)
    }
}
