/// The bounds of the outbox, each with its reason.
package enum OutboxLimits {
    /// RFC 5321 §4.5.3.1.8: what every server must take in one transaction.
    package static let recipientsMax = 100
    /// Gmail and Exchange Online take up to 25 and 35 MiB; base64 makes a message a third longer than its files.
    package static let octetsMax = 50 << 20
    package static let idempotencyKeyOctetsMax = 255
    /// How long a process may take to put a message to the gate and, up to the end of its data, to the relay. Longer
    /// costs nothing but the attempt: another process may take it over.
    package static let lease = Duration.seconds(300)
    /// How long the end of the data may stay unanswered before others take the process for dead: RFC 5321 §4.5.3.2.6
    /// gives the relay ten minutes, and ours is to hear the answer first.
    package static let commitLease = Duration.seconds(660)
    /// How long a message waits for a person.
    package static let hold = Duration.seconds(3 * 86_400)
    /// How many messages one call claims: what a killed process can leave to wait for its lease.
    package static let claimMax = 16
    package static let hour = Duration.seconds(3600)
}
