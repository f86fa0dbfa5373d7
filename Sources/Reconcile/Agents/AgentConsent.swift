package import Keys

/// What lets an agent do more than before.
package enum AgentConsent: Sendable, Equatable {
    /// Whoever applies said so.
    case flag
    case approval(Approval)

    /// An approver's signed statement over exactly this change. The store takes each once.
    package struct Approval: Sendable, Equatable {
        package var id: String
        /// Of the payload.
        package var statement: SHA256Digest
        package var approver: String
        package var payload: [UInt8]
        package var signature: [UInt8]

        package init(
            id: String, statement: SHA256Digest, approver: String, payload: [UInt8], signature: [UInt8]
        ) {
            self.id = id
            self.statement = statement
            self.approver = approver
            self.payload = payload
            self.signature = signature
        }
    }

    package var approval: Approval? { if case .approval(let approval) = self { approval } else { nil } }
}
