package import DNS
package import FoundationEssentials
package import Keys
package import MailAuth
package import Manifest

/// What the keys of a domain's agents ask for: which records stand, which key is made next, which go (PRODUCT §4).
///
/// A rotation is a newer key beside the one that signs: made when the declared time is over, or by `keys rotate`. Once
/// the newer one has converged, it signs and the older retires; after the overlap the older's record says revoked. The
/// record of a revoked key goes when nothing that the key signed can still be good.
package struct AgentKeyLife: Sendable, Equatable {
    package struct Record: Sendable, Equatable {
        package var id: KeyID
        package var name: DomainName
        package var value: PlannedRecordSet.Value
        /// What it is for, as `records` shows it.
        package var purpose: String
        package var revocation: KeyRole.Revocation?
    }

    /// In the order of the ids.
    package var records: [Record] = []
    /// Key pairs to generate first.
    package var missing: [PlannedKey] = []
    /// Keys that sign, or will once their record has converged.
    package var signing: [KeyID] = []
    /// Retiring keys whose overlap goes on.
    package var retiring: [KeyRecord] = []
    /// Keys that are revoked as soon as their record says so.
    package var revocable: [KeyRecord] = []
    /// Keys that need no record any more, or never did.
    package var removable: [KeyRecord] = []
    package var unnameable: [String] = []

    /// Nothing: the domain has no agents and no agents' keys.
    package init() {}

    /// - Parameters:
    ///   - agents: those declared at this domain.
    ///   - keyring: the domain's keys, of whatever purpose.
    ///   - rotateEvery: for agents that declare no time of their own; nil: never by itself.
    package init(
        domain: DomainName, agents: [AgentDeclaration], keyring: [KeyRecord], rotateEvery: Duration?,
        overlap: Duration, now: Date
    ) {
        let keys = Dictionary(grouping: keyring.filter { $0.id.purpose == .agent }) { $0.id.agentKey?.agent ?? "" }
        for agent in agents {
            declared(
                agent, domain, keys[agent.id.rawValue] ?? [], rotateEvery: agent.rotateEvery ?? rotateEvery,
                overlap: overlap, now: now)
        }
        let known = Set(agents.map(\.id.rawValue))
        for (agent, keys) in keys where !known.contains(agent) {
            for key in keys { revoke(key, because: .agent, now: now) }
        }
        records.sort { $0.id < $1.id }
        revocable.sort { $0.id < $1.id }
    }

    private mutating func declared(
        _ agent: AgentDeclaration, _ domain: DomainName, _ keys: [KeyRecord], rotateEvery: Duration?,
        overlap: Duration, now: Date
    ) {
        let keys = keys.sorted { $0.id < $1.id }
        let live = keys.filter(\.state.isLive)
        for key in live {
            publish(key, "agent key: \(agent.id) signs its identity header with it")
            signing.append(key.id)
        }
        let isDue =
            live.last.map { newest in
                guard newest.state == .active, let rotateEvery else { return false }
                return newest.stateChangedAt.addingTimeInterval(Double(rotateEvery.components.seconds)) <= now
            } ?? true
        if isDue { add(agent, domain, after: keys.last) }
        for key in keys where key.state == .retiring {
            let until = key.stateChangedAt.addingTimeInterval(Double(overlap.components.seconds))
            if until > now {
                publish(key, "agent key: what \(agent.id) signed with it may still be in transit")
                retiring.append(key)
            } else {
                revoke(key, because: .replaced, now: now)
            }
        }
        for key in keys where key.state == .revoked { revoke(key, because: .replaced, now: now) }
    }

    private mutating func add(_ agent: AgentDeclaration, _ domain: DomainName, after last: KeyRecord?) {
        let number = (last?.id.keyName?.number ?? 0) + 1
        let key = AgentKeyName.key(number: number)
        guard let name = AgentKeyName(domain: domain, agent: agent.id.rawValue, key: key) else {
            unnameable.append("\(key).\(agent.id).\(AgentKeyName.label).\(domain)")
            return
        }
        let id = KeyID(name)
        missing.append(PlannedKey(id: id, algorithm: .ed25519))
        signing.append(id)
        records.append(
            Record(
                id: id, name: name.name, value: .futureKey(id, .ed25519, testing: false),
                purpose: "agent key: \(agent.id) signs its identity header with it"))
    }

    private mutating func publish(_ key: KeyRecord, _ purpose: String) {
        guard let name = key.id.keyName, let text = key.recordText() else { return }
        records.append(Record(id: key.id, name: name.name, value: .known(.txt(TXTValue(text))), purpose: purpose))
    }

    private mutating func revoke(_ key: KeyRecord, because reason: KeyRole.Revocation, now: Date) {
        if key.state == .removed { return }
        if key.state == .generated {
            // Nothing of it has left the process.
            removable.append(key)
            return
        }
        if key.state != .revoked { revocable.append(key) }
        guard let name = key.id.keyName else { return }
        if key.state == .revoked {
            let lifetime = Double(AgentIdentityHeader.lifetimeSecondsMax)
            if key.stateChangedAt.addingTimeInterval(lifetime) <= now {
                removable.append(key)
                return
            }
        }
        records.append(
            Record(
                id: key.id, name: name.name, value: .known(.txt(TXTValue(AgentIdentityRecord.revoked.text))),
                purpose: "agent key: revoked", revocation: reason))
    }

    /// The key that an agent signs with now: the newest that has converged.
    package static func signingKey(of agent: AgentID, in keyring: [KeyRecord]) -> KeyRecord? {
        keyring.filter { $0.state == .active && $0.id.agentKey?.agent == agent.rawValue }.max { $0.id < $1.id }
    }
}

extension KeyID {
    package init(_ name: AgentKeyName) {
        self.init(domain: name.domain.text, selector: "\(name.key).\(name.agent)", purpose: .agent)
    }

    /// Nil for a key of another purpose.
    package var keyName: AgentKeyName? {
        guard let (key, agent) = agentKey else { return nil }
        return AgentKeyName(domain: DomainName(canonical: domain), agent: agent, key: key)
    }
}

extension KeyRecord {
    /// The TXT value that publishes its public half; nil if that cannot be read.
    package func recordText(isTesting: Bool = false) -> String? {
        guard let publicKey = PublicKey(subjectPublicKeyInfo: self.publicKey) else { return nil }
        switch id.purpose {
        case .dkim: return DKIMRecord(publicKey: publicKey, isTesting: isTesting).text
        case .agent: return AgentIdentityRecord(publicKey: publicKey)?.text
        }
    }
}
