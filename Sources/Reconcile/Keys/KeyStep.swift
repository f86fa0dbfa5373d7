package import FoundationEssentials
package import Keys
import MailAuth
package import Manifest

/// What a key comes to next, if nobody does anything but run apply.
package struct KeyStep: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Its record is written.
        case publish
        /// It signs, once its record has converged.
        case sign
        /// It gets a successor.
        case rotate
        /// It stops signing: its successor has converged, or it is no longer declared.
        case retire
        /// Its record says revoked.
        case revoke
        /// Its record goes.
        case remove
    }

    package var kind: Kind
    /// From when on; nil: as soon as what it waits for has happened, whenever that is.
    package var dueAt: Date?

    package init(_ kind: Kind, dueAt: Date? = nil) {
        self.kind = kind
        self.dueAt = dueAt
    }
}

/// The next step of each key of a declared domain.
package struct KeySchedule: Sendable {
    private let declaration: DomainDeclaration
    private let agents: [AgentDeclaration]
    private let keyring: [KeyRecord]
    private let life: DKIMKeyLife

    /// - Parameters:
    ///   - agents: those that are declared at the domain.
    ///   - keyring: the domain's keys.
    package init(
        _ declaration: DomainDeclaration, agents: [AgentDeclaration], keyring: [KeyRecord], now: Date
    ) {
        self.declaration = declaration
        self.agents = agents
        self.keyring = keyring
        life = DKIMKeyLife(
            domain: declaration.name, declaration: declaration.sends ? declaration.dkim : nil, keyring: keyring,
            overlap: declaration.keyOverlap, now: now)
    }

    /// nil: nothing by itself.
    package func next(_ key: KeyRecord) -> KeyStep? {
        let overlap = Double(declaration.keyOverlap.components.seconds)
        switch key.state {
        case .removed: return nil
        case .revoked:
            let time = key.id.purpose == .agent ? Double(AgentIdentityHeader.lifetimeSecondsMax) : overlap
            return KeyStep(.remove, dueAt: key.stateChangedAt.addingTimeInterval(time))
        case .retiring: return KeyStep(.revoke, dueAt: key.stateChangedAt.addingTimeInterval(overlap))
        case .generated, .published, .active: break
        }
        switch key.id.purpose {
        case .dkim:
            if life.removable.contains(where: { $0.id == key.id }) { return KeyStep(.remove) }
            if life.superseded.contains(where: { $0.id == key.id }) { return KeyStep(.retire) }
            // One that is yet to be made does not follow yet.
            let isFollowed = life.successions.contains { succession in
                succession.from == key.id && !life.missing.contains { $0.id == succession.id }
            }
            return live(key, isFollowed: isFollowed, rotateEvery: declaration.dkim?.rotateEvery)
        case .agent:
            guard let agent = agents.first(where: { $0.id.rawValue == key.id.agentKey?.agent }) else {
                return KeyStep(key.state == .generated ? .remove : .revoke)
            }
            let isFollowed = keyring.contains {
                $0.state.isLive && $0.id.agentKey?.agent == agent.id.rawValue && key.id < $0.id
            }
            return live(key, isFollowed: isFollowed, rotateEvery: agent.rotateEvery ?? declaration.dkim?.rotateEvery)
        }
    }

    private func live(_ key: KeyRecord, isFollowed: Bool, rotateEvery: Duration?) -> KeyStep? {
        switch key.state {
        case .generated: return KeyStep(.publish)
        case .published: return KeyStep(.sign)
        case .active:
            if isFollowed { return KeyStep(.retire) }
            return rotateEvery.map {
                KeyStep(.rotate, dueAt: key.stateChangedAt.addingTimeInterval(Double($0.components.seconds)))
            }
        case .retiring, .revoked, .removed: return nil
        }
    }
}
