package import FoundationEssentials
import Keys
package import Manifest

/// An approver's answer to one request, as they sign it: yes or no to exactly this content, until when.
///
/// Its octets are JSON in the one form of RFC 8785, so that one statement has one encoding; they are signed in the form
/// of DSSE (docs/spec/approval.md, "Statement").
package struct ApprovalStatement: Sendable, Equatable {
    package enum Answer: String, Sendable, CaseIterable, Codable {
        case approve, deny
    }

    /// Of the payload, far above what the fields can hold.
    package static let octetsMax = 4096
    static let type = "signet approval"
    static let version = 1

    package let approval: ApprovalID
    package let agent: AgentID
    package let message: MessageDigest
    /// The approver's name in the manifest.
    package let approver: String
    package let answer: Answer
    package let validity: StatementValidity
    package var issuedAt: Date { validity.issuedAt }
    package var validUntil: Date { validity.validUntil }

    /// Fractions of seconds are cut off.
    package init(
        approval: ApprovalID, agent: AgentID, message: MessageDigest, approver: String, answer: Answer,
        issuedAt: Date, validUntil: Date
    ) throws(ApprovalStatementError) {
        // Names of this kind need no escapes in JSON, and look like nothing else.
        for name in [approval.rawValue, agent.rawValue, approver] where !Self.isName(name) { throw .malformed }
        self.approval = approval
        self.agent = agent
        self.message = message
        self.approver = approver
        self.answer = answer
        validity = try StatementValidity(issuedAt: issuedAt, validUntil: validUntil)
    }

    /// 1 to 64 letters, digits, `-`, `_` and `.`.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    // MARK: octets

    /// RFC 8785: no blanks, members sorted by name. Every value is free of characters that need an escape.
    package var payload: [UInt8] {
        let members: [(String, String)] = [
            ("agent", agent.rawValue), ("answer", answer.rawValue), ("approval", approval.rawValue),
            ("approver", approver), ("issued_at", issuedAt.formatted(.iso8601)), ("message", message.description),
            ("type", Self.type), ("valid_until", validUntil.formatted(.iso8601)),
        ]
        let text = members.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        return Array("{\(text),\"version\":\(Self.version)}".utf8)
    }

    /// Reads a payload. Anything but the one encoding of a statement is malformed.
    package init(payload: [UInt8]) throws(ApprovalStatementError) {
        struct Members: Decodable {
            var agent: String
            var answer: Answer
            var approval: String
            var approver: String
            var issuedAt: String
            var message: SHA256Digest
            var type: String
            var validUntil: String
            var version: Int

            enum CodingKeys: String, CodingKey {
                case agent, answer, approval, approver, message, type, version
                case issuedAt = "issued_at"
                case validUntil = "valid_until"
            }
        }
        guard payload.count <= Self.octetsMax,
            let members = try? JSONDecoder().decode(Members.self, from: Data(payload)),
            members.type == Self.type, members.version == Self.version,
            let issuedAt = try? Date(members.issuedAt, strategy: .iso8601),
            let validUntil = try? Date(members.validUntil, strategy: .iso8601)
        else { throw .malformed }
        try self.init(
            approval: ApprovalID(rawValue: members.approval), agent: AgentID(rawValue: members.agent),
            message: MessageDigest(members.message), approver: members.approver, answer: members.answer,
            issuedAt: issuedAt, validUntil: validUntil)
        // Blanks, another order, a member twice or one too many: what was signed is not what we would have signed.
        guard self.payload == payload else { throw .malformed }
    }
}

/// Why a signed statement is not one.
package enum ApprovalStatementError: Error, Sendable, Equatable, CaseIterable {
    /// The payload is not the one encoding of a statement.
    case malformed
    /// It ends before it begins, or is valid for longer than `StatementValidity.max`.
    case validity
    /// The key is not an Ed25519 key.
    case keyType
    /// The signature is not one of this key over this payload.
    case signature
}
