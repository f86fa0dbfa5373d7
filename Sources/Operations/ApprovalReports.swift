package import SendGate

/// One request for approval as a person sees it: what is asked, about which content, and where it stands.
package struct ApprovalReport: Sendable, Equatable {
    package var record: ApprovalRecord
    /// The message as it lies in the outbox now; nil: it is there no more.
    package var content: MessageContent?
    /// The digest of that content. An approval is for `record.message`; where the two differ, the message was edited.
    package var contentDigest: MessageDigest?
    /// What the gate would be told of it now.
    package var finding: GateFacts.Approval
    /// Who answered, if the signature holds and its signer may approve.
    package var answeredBy: String?

    package init(
        record: ApprovalRecord, content: MessageContent?, contentDigest: MessageDigest?, finding: GateFacts.Approval,
        answeredBy: String? = nil
    ) {
        self.record = record
        self.content = content
        self.contentDigest = contentDigest
        self.finding = finding
        self.answeredBy = answeredBy
    }

    /// Whether the message is still the one that the request is about.
    package var isUnchanged: Bool { contentDigest == record.message }

    /// Where it stands now, the clock and the outbox considered.
    package var status: String {
        switch finding {
        case .mismatched: "edited"
        case .untrusted: "untrusted"
        case .expired: "expired"
        case .none, .pending, .matching, .used, .denied, .unknown: record.state.rawValue
        }
    }
}

/// An approver's answer as it is asked for.
package struct ApprovalAnswer: Sendable {
    package var id: ApprovalID
    package var answer: ApprovalStatement.Answer
    /// The approver's private key file: PEM, or OpenSSH's form.
    package var keyPath: String
    /// How long a yes is good for, from now.
    package var validity: Duration
    /// The digest of what the approver has seen; nil: whatever stands there now.
    package var seen: MessageDigest?

    package static let validityDefault: Duration = .seconds(86_400)

    package init(
        id: ApprovalID, answer: ApprovalStatement.Answer, keyPath: String,
        validity: Duration = ApprovalAnswer.validityDefault, seen: MessageDigest? = nil
    ) {
        self.id = id
        self.answer = answer
        self.keyPath = keyPath
        self.validity = validity
        self.seen = seen
    }
}
