package import FoundationEssentials
package import Keys
package import Manifest

/// An approver's yes to one change that lets an agent do more: from exactly this registration to exactly this
/// declaration, once, until when.
///
/// Its octets are JSON in the one form of RFC 8785, signed in the form of DSSE (docs/spec/approval.md, "Loosening").
package struct LooseningStatement: Sendable, Equatable {
    package static let payloadType = "application/vnd.signet.loosening+json"
    static let type = "signet loosening"
    static let version = 1

    /// `lo_` and 26 characters of base32 in lower case: 128 random bits. What is used once.
    package let id: String
    package let agent: AgentID
    /// The digest of the registered declaration, and whether it is `registered` or `revoked`.
    package let before: SHA256Digest
    package let stateBefore: String
    /// The digest of the declaration that takes its place.
    package let after: SHA256Digest
    /// The signer's key, 32 octets: who that is, the registry of approvers says.
    package let key: [UInt8]
    package let validity: StatementValidity
    package var issuedAt: Date { validity.issuedAt }
    package var validUntil: Date { validity.validUntil }

    /// Fractions of seconds are cut off.
    package init(
        id: String, agent: AgentID, before: SHA256Digest, stateBefore: String, after: SHA256Digest, key: [UInt8],
        issuedAt: Date, validUntil: Date
    ) throws(ApprovalStatementError) {
        guard id.hasPrefix("lo_"), [id, agent.rawValue, stateBefore].allSatisfy(Self.isName), key.count == 32 else {
            throw .malformed
        }
        self.id = id
        self.agent = agent
        self.before = before
        self.stateBefore = stateBefore
        self.after = after
        self.key = key
        validity = try StatementValidity(issuedAt: issuedAt, validUntil: validUntil)
    }

    /// 1 to 64 lower-case letters, digits, `-` and `_`: nothing that JSON would escape.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { octet in
                0x61...0x7A ~= octet || 0x30...0x39 ~= octet || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "_")
            }
    }

    // MARK: octets

    /// RFC 8785: no blanks, members sorted by name. Every value is free of characters that need an escape.
    package var payload: [UInt8] {
        let members: [(String, String)] = [
            ("after", after.description), ("agent", agent.rawValue), ("before", before.description), ("id", id),
            ("issued_at", issuedAt.formatted(.iso8601)), ("key", "ed25519:\(Data(key).base64EncodedString())"),
            ("state", stateBefore), ("type", Self.type), ("valid_until", validUntil.formatted(.iso8601)),
        ]
        let text = members.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        return Array("{\(text),\"version\":\(Self.version)}".utf8)
    }

    /// Reads a payload. Anything but the one encoding of a statement is malformed.
    package init(payload: [UInt8]) throws(ApprovalStatementError) {
        struct Members: Decodable {
            var after: SHA256Digest
            var agent: String
            var before: SHA256Digest
            var id: String
            var issuedAt: String
            var key: String
            var state: String
            var type: String
            var validUntil: String
            var version: Int

            enum CodingKeys: String, CodingKey {
                case after, agent, before, id, key, state, type, version
                case issuedAt = "issued_at"
                case validUntil = "valid_until"
            }
        }
        guard payload.count <= ApprovalStatement.octetsMax,
            let members = try? JSONDecoder().decode(Members.self, from: Data(payload)),
            members.type == Self.type, members.version == Self.version, members.key.hasPrefix("ed25519:"),
            let key = Data(base64Encoded: String(members.key.dropFirst("ed25519:".count))),
            let issuedAt = try? Date(members.issuedAt, strategy: .iso8601),
            let validUntil = try? Date(members.validUntil, strategy: .iso8601)
        else { throw .malformed }
        try self.init(
            id: members.id, agent: AgentID(rawValue: members.agent), before: members.before,
            stateBefore: members.state, after: members.after, key: [UInt8](key), issuedAt: issuedAt,
            validUntil: validUntil)
        guard self.payload == payload else { throw .malformed }
    }
}

/// A loosening statement with its signature, as it is handed over: a file of JSON in DSSE form.
package struct SignedLoosening: Sendable, Equatable {
    /// Of a file, far above what the fields can hold.
    package static let octetsMax = 16_384

    package let statement: LooseningStatement
    /// Ed25519 (RFC 8032 §5.1), 64 octets.
    package let signature: [UInt8]

    package init(_ statement: LooseningStatement, signer: Signer) throws(ApprovalStatementError) {
        guard signer.publicKey.raw == statement.key else { throw .keyType }
        self.statement = statement
        do {
            signature = try signer.sign(
                SignedStatement.signedOctets(statement.payload, type: LooseningStatement.payloadType))
        } catch { throw .signature }
    }

    private struct Document: Codable {
        struct Signature: Codable { var sig: String }

        var payload: String
        var payloadType: String
        var signatures: [Signature]
    }

    /// Reads a file, and checks that the key inside made the signature; whose key that is, is another question.
    package init(file octets: [UInt8]) throws(ApprovalStatementError) {
        guard octets.count <= Self.octetsMax,
            let document = try? JSONDecoder().decode(Document.self, from: Data(octets)),
            document.payloadType == LooseningStatement.payloadType, document.signatures.count == 1,
            let payload = Data(base64Encoded: document.payload),
            let signature = Data(base64Encoded: document.signatures[0].sig)
        else { throw .malformed }
        let statement = try LooseningStatement(payload: [UInt8](payload))
        guard let key = PublicKey(rawEd25519: statement.key),
            key.verify(
                [UInt8](signature),
                of: SignedStatement.signedOctets([UInt8](payload), type: LooseningStatement.payloadType))
        else { throw .signature }
        self.statement = statement
        self.signature = [UInt8](signature)
    }

    /// One line of JSON, sorted by member, and a line feed.
    package var file: [UInt8] {
        let payload = Data(statement.payload).base64EncodedString()
        let sig = Data(signature).base64EncodedString()
        return Array(
            ("{\"payload\":\"\(payload)\",\"payloadType\":\"\(LooseningStatement.payloadType)\","
                + "\"signatures\":[{\"sig\":\"\(sig)\"}]}\n").utf8)
    }

    /// The SHA-256 digest of the payload: the log's name for the statement.
    package var digest: SHA256Digest { SHA256.hash(statement.payload) }
}
