/// Hands messages to one relay. `Transport/SMTP` does it by SMTP.
package protocol Delivery: Sendable {
    /// One attempt. Consumes the gate's token, and hands over no other message than the one that it names.
    ///
    /// `commit` is called once at most, when all but the end of the data has been sent; only if it says true is the
    /// end sent. What it makes durable before it answers therefore stands before the message can have been accepted,
    /// and a process that dies earlier has not handed the message over. Blocks no thread of Swift's pool.
    func deliver(
        _ token: consuming ReleaseToken, _ message: OutgoingMessage, commit: @escaping @Sendable () async -> Bool
    ) async -> DeliveryOutcome
}

/// A message as it goes over the wire, with the digest that the gate decided on.
package struct OutgoingMessage: Sendable {
    package var digest: MessageDigest
    package var envelope: Envelope
    /// Header and body, signed, lines ended by CRLF.
    package var octets: [UInt8]

    package init(digest: MessageDigest, envelope: Envelope, octets: [UInt8]) {
        self.digest = digest
        self.envelope = envelope
        self.octets = octets
    }
}
