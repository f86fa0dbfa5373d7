/// What the gate says to one message. Only `release` lets it leave, and only with the token that `Gate.open` makes.
package enum GateDecision: Sendable, Hashable {
    case release(Release)
    /// It waits for a person.
    case hold(HoldReason)
    /// It stays in the outbox and is decided on again later, without a person.
    case deferred(DeferReason)
    /// The domain's alignment is to be observed now; then decide again.
    case observeAgain
    /// It will not be sent. Asking again gives the same answer until what the reason names has changed.
    case refuse(RefusalReason)

    package enum Release: String, Sendable, CaseIterable {
        case plain
        /// With a copy to the oversight address: both go out, or neither.
        case withCopy = "with_copy"
        /// Only because of the approval: opening it takes the claim on that approval.
        case byApproval = "by_approval"
    }

    package enum HoldReason: String, Sendable, CaseIterable {
        case approvalNeeded = "approval_needed"
        case approvalPending = "approval_pending"
        case approvalMismatched = "approval_mismatched"
        case approvalExpired = "approval_expired"
        case approvalUsed = "approval_used"
        case approvalUntrusted = "approval_untrusted"
        case approvalUnknown = "approval_unknown"
    }

    package enum DeferReason: String, Sendable, CaseIterable {
        case logNotWritable = "log_not_writable"
        case notConverged = "not_converged"
        case convergenceUnknown = "convergence_unknown"
        case alignmentUnknown = "alignment_unknown"
    }

    package enum RefusalReason: String, Sendable, CaseIterable {
        case agentUnregistered = "agent_unregistered"
        case agentRevoked = "agent_revoked"
        case foreignSender = "foreign_sender"
        case recipientBlocked = "recipient_blocked"
        case limitExceeded = "limit_exceeded"
        case misaligned
        case looserMode = "looser_mode"
        case readOnly = "read_only"
        case approvalDenied = "approval_denied"
        case oversightCopyImpossible = "oversight_copy_impossible"
    }
}

extension GateDecision: CaseIterable {
    package static let allCases: [GateDecision] =
        Release.allCases.map(Self.release) + HoldReason.allCases.map(Self.hold)
        + DeferReason.allCases.map(Self.deferred) + [.observeAgain] + RefusalReason.allCases.map(Self.refuse)

    /// The first word of its code, which is also the answer's word: `release`, `hold`, `defer`, `observe`, `refuse`.
    package var verb: String {
        switch self {
        case .release: "release"
        case .hold: "hold"
        case .deferred: "defer"
        case .observeAgain: "observe"
        case .refuse: "refuse"
        }
    }

    package var isRelease: Bool { if case .release = self { true } else { false } }

    /// Stable, and never reused for something else: `refuse.agent_revoked`. What logs, JSON answers and scripts hold on to.
    package var code: String {
        switch self {
        case .release(let release): "\(verb).\(release.rawValue)"
        case .hold(let reason): "\(verb).\(reason.rawValue)"
        case .deferred(let reason): "\(verb).\(reason.rawValue)"
        case .observeAgain: "\(verb).alignment_stale"
        case .refuse(let reason): "\(verb).\(reason.rawValue)"
        }
    }

    /// The decision with this code.
    package init?(code: String) {
        guard let decision = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = decision
    }
}
