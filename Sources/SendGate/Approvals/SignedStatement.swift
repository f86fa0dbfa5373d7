package import Keys

/// What an approver signed, in DSSE form: a payload, its type, one signature (docs/spec/approval.md, "Envelope").
package struct SignedStatement: Sendable, Equatable {
    package static let payloadType = "application/vnd.signet.approval+json"

    /// The statement's octets, exactly as they were signed.
    package var payload: [UInt8]
    /// Ed25519 (RFC 8032 §5.1), 64 octets.
    package var signature: [UInt8]

    /// From the store; nothing is checked.
    package init(payload: [UInt8], signature: [UInt8]) {
        self.payload = payload
        self.signature = signature
    }

    package init(_ statement: ApprovalStatement, signer: Signer) throws(ApprovalStatementError) {
        guard signer.publicKey.raw != nil else { throw .keyType }
        payload = statement.payload
        do { signature = try signer.sign(Self.signedOctets(payload)) } catch { throw .signature }
    }

    /// The statement, if this key signed it.
    package func verify(_ publicKey: PublicKey) throws(ApprovalStatementError) -> ApprovalStatement {
        guard publicKey.raw != nil else { throw .keyType }
        // The signature comes first: nothing is believed that nobody signed (DSSE, "Protocol").
        guard publicKey.verify(signature, of: Self.signedOctets(payload)) else { throw .signature }
        return try ApprovalStatement(payload: payload)
    }

    /// The SHA-256 digest of the payload: the identity header's `ap`, and the log's name for the statement.
    package var digest: SHA256Digest { SHA256.hash(payload) }

    /// DSSE's PAE: `DSSEv1`, then type and payload, each after its length in ASCII decimal digits.
    package static func signedOctets(_ payload: [UInt8], type: String = payloadType) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
