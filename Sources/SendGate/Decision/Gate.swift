package import Manifest

/// Decides whether one message may leave (PRODUCT §6).
///
/// One pure, total function over small enumerations. Everything unknown or unreadable ends in "not sent". The rules are
/// in the order in which they are asked; the first one that applies decides. `proofs/` states them again in Lean, and
/// `Tests/SendGateTests` a third time, as a table.
package enum Gate {
    package static func decide(_ facts: GateFacts) -> GateDecision {
        // Nothing is sent, held or refused unless the entry that says so can be durable (§7).
        guard facts.log == .writable else { return .deferred(.logNotWritable) }

        // Whatever the mode: who sends, as whom, to whom, how much.
        switch facts.registration {
        case .registered: break
        case .unregistered: return .refuse(.agentUnregistered)
        case .revoked: return .refuse(.agentRevoked)
        }
        guard facts.sender == .own else { return .refuse(.foreignSender) }
        guard facts.recipients != .blocked else { return .refuse(.recipientBlocked) }
        guard facts.limits == .within else { return .refuse(.limitExceeded) }

        // A request may ask for a stricter mode, never a looser one: that is an error of the caller's, and it is told.
        guard let mode = effectiveMode(facts.declaredMode, facts.requestedMode) else { return .refuse(.looserMode) }
        guard mode != .readOnly else { return .refuse(.readOnly) }
        // A person's no stands even where nobody had to ask.
        guard facts.approval != .denied else { return .refuse(.approvalDenied) }

        // Whatever the mode: would it arrive as authentic?
        switch facts.convergence {
        case .converged: break
        case .notConverged: return .deferred(.notConverged)
        case .unknown: return .deferred(.convergenceUnknown)
        }
        switch facts.alignment {
        case .aligned: break
        case .misaligned: return .refuse(.misaligned)
        case .stale: return .observeAgain
        case .unknown: return .deferred(.alignmentUnknown)
        }

        switch mode {
        case .readOnly: return .refuse(.readOnly)
        case .gatedAll: return byApproval(facts.approval)
        case .gatedSend:
            return facts.recipients == .allAllowed ? .release(.plain) : byApproval(facts.approval)
        case .monitored:
            return facts.oversightCopy == .possible ? .release(.withCopy) : .refuse(.oversightCopyImpossible)
        case .autonomous: return .release(.plain)
        }
    }

    /// The mode that a message is sent under: the stricter of the two; nil if the request asks for a looser one.
    package static func effectiveMode(
        _ declared: OversightMode, _ requested: GateFacts.RequestedMode
    ) -> OversightMode? {
        guard let requested = requested.mode else { return declared }
        return looseness(requested) <= looseness(declared) ? requested : nil
    }

    private static func byApproval(_ approval: GateFacts.Approval) -> GateDecision {
        switch approval {
        case .matching: .release(.byApproval)
        case .none: .hold(.approvalNeeded)
        case .pending: .hold(.approvalPending)
        case .mismatched: .hold(.approvalMismatched)
        case .expired: .hold(.approvalExpired)
        case .used: .hold(.approvalUsed)
        case .untrusted: .hold(.approvalUntrusted)
        case .unknown: .hold(.approvalUnknown)
        case .denied: .refuse(.approvalDenied)
        }
    }

    // A switch, so that a new mode does not compile until somebody has said where it stands.
    private static func looseness(_ mode: OversightMode) -> Int {
        switch mode {
        case .readOnly: 0
        case .gatedAll: 1
        case .gatedSend: 2
        case .monitored: 3
        case .autonomous: 4
        }
    }
}
