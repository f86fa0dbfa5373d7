package import Keys
package import Manifest

/// Who may approve: the manifest's approvers, without anybody who may send (PRODUCT §6).
///
/// An approver may send, and is left out, if their address is an agent's, or if their key is one that Signet signs
/// mail with: then whoever runs the agent could make the approval as well.
package struct ApproverRoster: Sendable {
    package enum Standing: Sendable, Equatable {
        case eligible(PublicKey)
        /// The manifest declares nobody of this name.
        case unknown
        /// Their address is this agent's.
        case addressOfAgent(AgentID)
        /// Their key is in the keyring: domain or agent mail is signed with it.
        case signsMail
    }

    private var standings: [String: Standing] = [:]
    private var names: [[UInt8]: String] = [:]

    /// `sendingKeys`: the public half of every key in the keyring, those of agents included.
    package init(approvers: [ApproverDeclaration], agents: [AgentDeclaration], sendingKeys: [PublicKey]) {
        // RFC 5321 §2.4 lets local parts differ by case; no provider of mail does.
        let addresses = Dictionary(
            agents.flatMap { agent in agent.addresses.map { ($0.lowercased(), agent.id) } },
            uniquingKeysWith: { first, _ in first })
        let sending = Set(sendingKeys.compactMap(\.raw))
        for approver in approvers {
            if let agent = addresses[approver.email.lowercased()] {
                standings[approver.id] = .addressOfAgent(agent)
            } else if sending.contains(approver.publicKey) {
                standings[approver.id] = .signsMail
            } else if let key = PublicKey(rawEd25519: approver.publicKey) {
                standings[approver.id] = .eligible(key)
            }
            names[approver.publicKey] = approver.id
        }
    }

    package func standing(of approver: String) -> Standing { standings[approver] ?? .unknown }

    /// Those who may approve, by name.
    package var eligible: [(approver: String, key: PublicKey)] {
        standings.compactMap { name, standing in
            if case .eligible(let key) = standing { (name, key) } else { nil }
        }.sorted { $0.approver < $1.approver }
    }

    /// The approver whose declared key this is.
    package func name(of key: PublicKey) -> String? { key.raw.flatMap { names[$0] } }

    /// The statement, if it answers this very request and an eligible approver signed it.
    package func verify(_ signed: SignedStatement, for record: ApprovalRecord) -> ApprovalStatement? {
        // The name inside says which key to try; it is believed only once that key's signature holds.
        guard let claimed = try? ApprovalStatement(payload: signed.payload),
            case .eligible(let key) = standing(of: claimed.approver),
            let statement = try? signed.verify(key),
            statement.approval == record.id, statement.agent == record.agent, statement.message == record.message
        else { return nil }
        return statement
    }
}
