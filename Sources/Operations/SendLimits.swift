/// The bounds of the send path that are not the outbox's own.
package enum SendLimits {
    /// How old an observation of a domain's alignment may be when a message is released by it. Somebody who breaks a
    /// record is noticed within this; receivers hold records for their TTL, which is longer as a rule.
    package static let alignmentAge = Duration.seconds(300)
    /// How old this process' knowledge of which keys sign may be: for no longer does one sign that has retired, or was
    /// revoked, in another process. The overlap is counted in days.
    package static let signingAge = Duration.seconds(1)
    /// When a message that the gate deferred is decided on again.
    package static let reconsider = Duration.seconds(60)
    /// How many messages one process puts to gate and relay at once: so many share one wait for the disk, and so many a
    /// killed process leaves to wait for their leases.
    package static let inFlightMax = 64
    /// How long a process works through the outbox that never empties, in messages.
    package static let messagesMax = 100_000
    /// How many outcomes of dead processes are written into the log at once.
    package static let owedMax = 1000
}
