package import FoundationEssentials
import Keys
import Manifest
package import SendGate

/// What an approver would sign, word for word, to give one answer to one request. Whoever signs it elsewhere hands it in
/// with `Desk.decide`.
package struct OfferedStatement: Sendable, Equatable {
    /// The approver's name in the manifest.
    package var approver: String
    /// Ed25519, 32 octets (RFC 8032 §5.1.5).
    package var publicKey: [UInt8]
    package var answer: ApprovalStatement.Answer
    /// The statement (docs/spec/approval.md, "Statement").
    package var payload: [UInt8]
    /// DSSE's PAE of the payload: the octets that the signature is over.
    package var signedOctets: [UInt8]
    package var validUntil: Date
}

extension Desk {
    /// One statement for each approver who may approve and each answer, dated now, good for a day; none where the request
    /// cannot be answered any more.
    package nonisolated func statements(
        for report: ApprovalReport, by caller: Caller
    ) async throws(OperationError) -> [OfferedStatement] {
        let record = report.record
        try caller.authorised(to: .decide, for: record.agent)
        let now = now
        guard record.state == .pending, report.isUnchanged, now < record.answerBy else { return [] }
        let desk = try await ApprovalDesk(try await opened(), signet)
        var offers: [OfferedStatement] = []
        for (approver, key) in desk.roster.eligible {
            guard let raw = key.raw else { continue }
            for answer in ApprovalStatement.Answer.allCases {
                let statement: ApprovalStatement
                do {
                    statement = try ApprovalStatement(
                        approval: record.id, agent: record.agent, message: record.message, approver: approver,
                        answer: answer, issuedAt: now,
                        validUntil: now.addingTimeInterval(ApprovalAnswer.validityDefault.timeInterval))
                } catch {
                    // A name that no statement can hold: nobody could sign with it anywhere.
                    continue
                }
                offers.append(
                    OfferedStatement(
                        approver: approver, publicKey: raw, answer: answer, payload: statement.payload,
                        signedOctets: SignedStatement.signedOctets(statement.payload),
                        validUntil: statement.validUntil))
            }
        }
        return offers
    }
}
