package import Keys

/// What an approver signed, in DSSE form: a payload, its type, one signature (docs/spec/approval.md, "Envelope").
package struct SignedStatement: Sendable, Equatable {
    package static let payloadType = "application/vnd.signet.approval+json"

    /// The statement's octets, exactly as they were signed.
    package var payload: [UInt8]
    /// Ed25519, 64 octets.
    package var signature: [UInt8]

    package init(payload: [UInt8], signature: [UInt8]) {
        self.payload = payload
        self.signature = signature
    }

    /// The SHA-256 digest of the payload: the identity header's `ap`, and the log's name for the statement.
    package var digest: SHA256Digest { SHA256.hash(payload) }
}
