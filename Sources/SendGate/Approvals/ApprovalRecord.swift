package import FoundationEssentials
package import Manifest

/// One message's way to a person's yes or no, as the store holds it. Its content stays in the outbox; the digest ties
/// the two.
package struct ApprovalRecord: Sendable, Equatable {
    package var id: ApprovalID
    /// The message in the outbox that it is for, and no other.
    package var send: SendID
    package var agent: AgentID
    /// What is asked about. Recomputed from the outbox before every use.
    package var message: MessageDigest
    package var requestedAt: Date
    /// After this nobody can say yes any more.
    package var answerBy: Date
    package var state: ApprovalState
    /// What the approver signed; nil until there is an answer. Kept for good: the log's proof.
    package var statement: SignedStatement?
    /// The end of the approver's yes, as the statement says it; nil until there is one. At that time it is over.
    package var validUntil: Date?
    /// Which attempt to send has claimed it: set while `inFlight` and when `used`.
    package var attempt: AttemptID?
    package var changedAt: Date
    /// Grows by one with each change; what compare-and-set compares. 1 for a new record.
    package var revision: Int64

    package init(
        id: ApprovalID, send: SendID, agent: AgentID, message: MessageDigest, requestedAt: Date, answerBy: Date,
        state: ApprovalState = .pending, statement: SignedStatement? = nil, validUntil: Date? = nil,
        attempt: AttemptID? = nil, changedAt: Date? = nil, revision: Int64 = 1
    ) {
        self.id = id
        self.send = send
        self.agent = agent
        self.message = message
        self.requestedAt = requestedAt
        self.answerBy = answerBy
        self.state = state
        self.statement = statement
        self.validUntil = validUntil
        self.attempt = attempt
        self.changedAt = changedAt ?? requestedAt
        self.revision = revision
    }
}

/// An approval's name: `ap_` and 26 characters of base32 (128 random bits), lower case; made by the caller's generator.
package struct ApprovalID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The outbox's name for one message that is to be sent once.
package struct SendID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One attempt to hand a message to the relay; never used for a second attempt.
package struct AttemptID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}
