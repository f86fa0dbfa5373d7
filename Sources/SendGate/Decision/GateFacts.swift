package import Manifest

/// All that the gate knows of one message when it decides: small enumerations, and nothing else.
///
/// Whoever gathers them maps everything unknown, unreadable and timed out to the case that says so; no case has a
/// default. Every combination is a row of the decision table, which `signet gate-table` prints and `proofs/` checks.
package struct GateFacts: Sendable, Hashable {
    /// Whether the entry for this decision can be made durable (PRODUCT §7).
    package enum Log: String, Sendable, CaseIterable {
        case writable
        /// Full, read-only, locked, damaged, or not known to be writable.
        case notWritable = "not_writable"
    }

    package enum Registration: String, Sendable, CaseIterable {
        case registered
        /// Also where the register could not be read.
        case unregistered
        case revoked
    }

    /// The From: and the envelope's sender, against the agent's addresses.
    package enum SenderAddress: String, Sendable, CaseIterable {
        case own, foreign
    }

    /// All recipients (To, Cc, Bcc) against the agent's lists; the block list wins over the allow list.
    package enum Recipients: String, Sendable, CaseIterable {
        case allAllowed = "all_allowed"
        case someNotAllowed = "some_not_allowed"
        case blocked
    }

    /// The agent's rate and the number of recipients, against what is declared.
    package enum Limits: String, Sendable, CaseIterable {
        case within
        /// Also where the count could not be read.
        case exceeded
    }

    /// Whether every authoritative server and every configured resolver answers with the desired record sets.
    package enum Convergence: String, Sendable, CaseIterable {
        case converged
        case notConverged = "not_converged"
        case unknown
    }

    /// What the domain's last observation said of the mechanisms in its `gate: require` list: aligned only where each
    /// of them passed.
    package enum Alignment: String, Sendable, CaseIterable {
        case aligned, misaligned
        /// Older than its bound, or never made.
        case stale
        /// It was made within the bound, and could not tell: a look-up failed.
        case unknown
    }

    /// The mode that the request asks for.
    package enum RequestedMode: String, Sendable, CaseIterable {
        case unspecified
        case readOnly = "read_only"
        case gatedAll = "gated_all"
        case gatedSend = "gated_send"
        case monitored
        case autonomous
    }

    /// What the approval on record says of exactly this message (Approvals/ApprovalEvidence.swift).
    package enum Approval: String, Sendable, CaseIterable {
        case none
        /// Asked for; nobody has answered yet.
        case pending
        /// An eligible approver signed this very digest, it has not expired, and no other attempt has claimed it.
        case matching
        /// It names another digest: the message was edited after it.
        case mismatched
        case expired
        /// Another attempt has claimed it, or it is used up.
        case used
        /// An approver said no.
        case denied
        /// Its signature does not verify, or its signer may not approve.
        case untrusted
        /// It could not be read.
        case unknown
    }

    /// Whether a copy can go to the agent's oversight address.
    package enum OversightCopy: String, Sendable, CaseIterable {
        case possible
        /// None is declared, or the copy would go to the message's own sender.
        case impossible
    }

    package var log: Log
    package var registration: Registration
    package var sender: SenderAddress
    package var recipients: Recipients
    package var limits: Limits
    package var convergence: Convergence
    package var alignment: Alignment
    package var declaredMode: OversightMode
    package var requestedMode: RequestedMode
    package var approval: Approval
    package var oversightCopy: OversightCopy

    package init(
        log: Log, registration: Registration, sender: SenderAddress, recipients: Recipients, limits: Limits,
        convergence: Convergence, alignment: Alignment, declaredMode: OversightMode, requestedMode: RequestedMode,
        approval: Approval, oversightCopy: OversightCopy
    ) {
        self.log = log
        self.registration = registration
        self.sender = sender
        self.recipients = recipients
        self.limits = limits
        self.convergence = convergence
        self.alignment = alignment
        self.declaredMode = declaredMode
        self.requestedMode = requestedMode
        self.approval = approval
        self.oversightCopy = oversightCopy
    }
}

extension GateFacts.RequestedMode {
    package init(_ mode: OversightMode?) {
        self =
            switch mode {
            case nil: .unspecified
            case .readOnly: .readOnly
            case .gatedAll: .gatedAll
            case .gatedSend: .gatedSend
            case .monitored: .monitored
            case .autonomous: .autonomous
            }
    }

    /// nil: none was asked for.
    package var mode: OversightMode? {
        switch self {
        case .unspecified: nil
        case .readOnly: .readOnly
        case .gatedAll: .gatedAll
        case .gatedSend: .gatedSend
        case .monitored: .monitored
        case .autonomous: .autonomous
        }
    }
}
