import DNS
package import Keys
package import MailAuth
import Manifest
package import Reconcile

/// The keys that sign an agent's messages now: the domain's DKIM key of each type, and its own identity key.
package struct DomainSigning: Sendable {
    package let dkim: [DKIMSigner]
    package let identity: AgentIdentitySigner

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package init(_ agent: AgentRegistration, keys: [KeyRecord], _ keyring: Keyring) async throws {
        dkim = try await Self.dkim(agent.domain, keys: keys, keyring)
        guard let domainKey = dkim.first(where: { $0.key.publicKey.kind == .ed25519 }) else {
            throw Failure(
                description: "\(agent.domain) has no active Ed25519 key, which signs the identity header: "
                    + "run `signet apply`, then `signet wait`")
        }
        let own = keys.filter {
            $0.id.purpose == .agent && $0.id.agentKey?.agent == agent.id.rawValue && $0.state == .active
        }
        guard let record = own.max(by: { $0.id < $1.id }), let name = record.id.agentKey,
            let keyName = AgentKeyName(domain: agent.domain, agent: name.agent, key: name.key)
        else {
            throw Failure(
                description: "no key of the agent \(agent.id) is active yet: run `signet apply`, then `signet wait`")
        }
        identity = try AgentIdentitySigner(
            keyName: keyName, key: try await keyring.signer(for: record.id), domainSelector: domainKey.selector,
            domainKey: domainKey.key)
    }

    /// RSA first: receivers that know only one algorithm know that one.
    static func dkim(_ domain: DomainName, keys: [KeyRecord], _ keyring: Keyring) async throws -> [DKIMSigner] {
        let active = DKIMKeyLife.signingKeys(of: domain, in: keys)
        guard !active.isEmpty else {
            throw Failure(
                description: "no DKIM key of \(domain) is active yet: run `signet apply`, then `signet wait`")
        }
        var signers: [DKIMSigner] = []
        for record in active {
            signers.append(
                DKIMSigner(
                    domain: domain, selector: record.id.selector, key: try await keyring.signer(for: record.id)))
        }
        return signers
    }

    /// The message with its identity field and its signatures in front.
    package func sign(
        _ octets: [UInt8], _ claims: AgentIdentityClaims, nonce: [UInt8], unixTime: Int64
    ) throws -> [UInt8] {
        let message = Message(octets)
        let bodyHash = AgentIdentitySigner.hash(ofBody: message)
        let field = try identity.sign(message, claims, nonce: nonce, unixTime: unixTime, bodyHash: bodyHash)
        let identified = field + octets
        let signatures = try DKIMSigner.sign(
            Message(identified), with: dkim, unixTime: unixTime, relaxedBodyHash: bodyHash)
        var signed: [UInt8] = []
        signed.reserveCapacity(signatures.reduce(identified.count) { $0 + $1.count })
        for signature in signatures { signed += signature }
        signed += identified
        return signed
    }

    /// A set of ARC fields has one seal: the first key's, which is RSA where there is one, because every validator knows
    /// that.
    var sealing: DKIMSigner { dkim[0] }
}

extension DKIMSigner {
    /// Where its public half is published.
    var name: String { "\(selector)._domainkey.\(domain)" }
}
