/// The right to hand one message to the relay once.
///
/// Only `Gate.open` makes one: there is no other initialiser, and it cannot be copied. A `Delivery` consumes it, so
/// the compiler sees to it that each attempt passes the gate again.
package struct ReleaseToken: ~Copyable, Sendable {
    /// The message that was decided on. A delivery refuses any other.
    package let message: MessageDigest
    package let release: GateDecision.Release

    fileprivate init(message: MessageDigest, release: GateDecision.Release) {
        self.message = message
        self.release = release
    }

    /// Whether a copy goes to the oversight address with it.
    package var copiesOversight: Bool { release == .withCopy }
}

/// What came of opening the gate.
package enum GateOpening: ~Copyable, Sendable {
    case released(ReleaseToken)
    /// Never `release`.
    case stopped(GateDecision)
}

extension Gate {
    /// Decides, and makes the token if the decision is to release.
    ///
    /// A message that is released by its approval needs the claim on it, which only a successful compare-and-set in the
    /// store gives (`Approvals.claim`), and which must name this very message. Without it the approval counts as
    /// unknown, whatever the facts say.
    package static func open(
        _ facts: GateFacts, message: MessageDigest, claim: ApprovalClaim? = nil
    ) -> GateOpening {
        let decision = decide(facts)
        guard case .release(let release) = decision else { return .stopped(decision) }
        if release == .byApproval, claim?.message != message { return .stopped(.hold(.approvalUnknown)) }
        return .released(ReleaseToken(message: message, release: release))
    }
}
