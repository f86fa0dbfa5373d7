/// What an entry of the log records (PRODUCT §7). Closed: an auditor's program can know all of them.
///
/// The raw value stands in the leaf, so a published one never changes its meaning. The part before the dot is the family.
package enum LogKind: String, Sendable, Codable, CaseIterable {
    /// A domain was looked at, with all that was seen, whatever the verdict.
    case domainVerified = "domain.verified"
    /// A domain was declared through the API, beside the manifest's.
    case domainDeclared = "domain.declared"

    /// A record set is about to be written, deleted or handed over.
    case recordSetIntended = "dns.intended"
    /// What became of it: written, already there, conflict, failed.
    case recordSetChanged = "dns.changed"

    case keyGenerated = "key.generated"
    case keyPublished = "key.published"
    case keyActivated = "key.activated"
    case keyRetiring = "key.retiring"
    case keyRevoked = "key.revoked"
    case keyRemoved = "key.removed"

    case agentRegistered = "agent.registered"
    /// Model, addresses, limits, keys or oversight mode: before and after.
    case agentChanged = "agent.changed"
    case agentRevoked = "agent.revoked"

    /// Somebody may let agents do more from now on; or no longer.
    case approverRegistered = "approver.registered"
    case approverRemoved = "approver.removed"

    case gateReleased = "gate.released"
    case gateHeld = "gate.held"
    case gateDeferred = "gate.deferred"
    case gateRefused = "gate.refused"

    case approvalRequested = "approval.requested"
    case approvalApproved = "approval.approved"
    case approvalDenied = "approval.denied"
    case approvalUsed = "approval.used"
    case approvalExpired = "approval.expired"
    /// An edit voided it, or the request was withdrawn.
    case approvalVoided = "approval.voided"
    /// The answer that stands before it came too late: somebody else's was recorded.
    case approvalOvertaken = "approval.overtaken"

    case dkimSigned = "signature.dkim"
    case identitySigned = "signature.identity"
    case arcSealed = "signature.arc"

    case deliveryQueued = "delivery.queued"
    /// About to be handed to a relay; durable before the first octet leaves.
    case deliveryAttempted = "delivery.attempted"
    case deliverySent = "delivery.sent"
    case deliveryDeferred = "delivery.deferred"
    case deliveryBounced = "delivery.bounced"
    /// A crash or a lost connection left open whether the relay took it.
    case deliveryUncertain = "delivery.uncertain"
    case deliveryCancelled = "delivery.cancelled"

    /// A bearer token of the API was made: its id, scopes and agents, never the token.
    case tokenCreated = "token.created"
    case tokenRevoked = "token.revoked"

    /// Personal values were erased: which entries', never what they said.
    case personalErased = "personal.erased"

    /// `gate` of `gate.held`.
    package var family: String { String(rawValue.prefix { $0 != "." }) }
}
