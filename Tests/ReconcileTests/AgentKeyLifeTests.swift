import DNS
import Diagnostics
import Foundation
import Keys
import MailAuth
import Manifest
import Testing

@testable import Reconcile

@Suite("The life of an agent's keys")
struct AgentKeyLifeTests {
    static let now = DomainPlannerTests.now
    static let domain = DomainPlannerTests.domain
    static let day: Double = 86_400
    static let agent = AgentPlannerTests.agent()

    static func key(_ name: String, _ state: KeyState, daysAgo: Double = 0) -> KeyRecord {
        var key = DomainPlannerTests.key(state)
        key.id = KeyID(domain: domain.text, selector: "\(name).writer", purpose: .agent)
        key.stateChangedAt = now.addingTimeInterval(-day * daysAgo)
        return key
    }

    static func life(
        _ keys: [KeyRecord], agents: [AgentDeclaration] = [agent], rotateEvery: Duration? = nil
    ) -> AgentKeyLife {
        AgentKeyLife(
            domain: domain, agents: agents, keyring: keys + [DomainPlannerTests.key()], rotateEvery: rotateEvery,
            overlap: .seconds(7 * 86_400), now: now)
    }

    /// `k1 key`, `k1 revoked`, `k2 later`.
    static func told(_ life: AgentKeyLife) -> [String] {
        life.records.map { record in
            let name = record.id.agentKey!.key
            guard case .known(.txt(let text)) = record.value else { return "\(name) later" }
            return try! AgentIdentityRecord(text.text).publicKey == nil ? "\(name) revoked" : "\(name) key"
        }
    }

    // What is in the keyring, and which records that asks for.
    @Test("from the first key to the last record")
    func records() {
        let cases: [(keys: [KeyRecord], told: [String])] = [
            ([], ["k1 later"]), ([Self.key("k1", .generated)], ["k1 key"]), ([Self.key("k1", .active)], ["k1 key"]),
            // A rotation that was asked for: the next key is there.
            ([Self.key("k1", .active), Self.key("k2", .generated)], ["k1 key", "k2 key"]),
            ([Self.key("k1", .retiring, daysAgo: 6.9), Self.key("k2", .active)], ["k1 key", "k2 key"]),
            ([Self.key("k1", .retiring, daysAgo: 7), Self.key("k2", .active)], ["k1 revoked", "k2 key"]),
            ([Self.key("k1", .revoked, daysAgo: 29.9), Self.key("k2", .active)], ["k1 revoked", "k2 key"]),
            // Nothing that it signed can still be good.
            ([Self.key("k1", .revoked, daysAgo: 30), Self.key("k2", .active)], ["k2 key"]),
            // Numbers are not used again, and ten comes after nine.
            ([Self.key("k9", .revoked, daysAgo: 99)], ["k10 later"]),
            ([Self.key("k10", .revoked, daysAgo: 99), Self.key("k9", .revoked, daysAgo: 99)], ["k11 later"]),
        ]
        for (keys, told) in cases { #expect(Self.told(Self.life(keys)) == told, "\(keys.map(\.state))") }
        #expect(Self.life([]).missing.map(\.id.description) == ["k1.writer._agentid.d.example"])
        #expect(Self.life([Self.key("k1", .retiring, daysAgo: 6)]).retiring.count == 1)
    }

    @Test("a key that has signed for its time gets a successor, one that has not yet signed does not")
    func rotation() {
        let month = Duration.seconds(30 * 86_400)
        #expect(
            Self.told(Self.life([Self.key("k1", .active, daysAgo: 30)], rotateEvery: month)) == ["k1 key", "k2 later"])
        #expect(Self.told(Self.life([Self.key("k1", .active, daysAgo: 29.9)], rotateEvery: month)) == ["k1 key"])
        #expect(Self.told(Self.life([Self.key("k1", .published, daysAgo: 99)], rotateEvery: month)) == ["k1 key"])
        #expect(
            Self.told(
                Self.life([Self.key("k1", .active, daysAgo: 99), Self.key("k2", .published)], rotateEvery: month))
                == ["k1 key", "k2 key"])
        var agent = Self.agent
        agent.rotateEvery = .seconds(86_400)
        let own = Self.life([Self.key("k1", .active, daysAgo: 2)], agents: [agent], rotateEvery: month)
        #expect(Self.told(own) == ["k1 key", "k2 later"])
        #expect(Self.told(Self.life([Self.key("k1", .active, daysAgo: 9999)])) == ["k1 key"], "never by itself")
    }

    @Test("an agent that is declared no longer has its keys revoked at once")
    func revoked() {
        for state in [KeyState.published, .active, .retiring] {
            let life = Self.life([Self.key("k1", state)], agents: [])
            #expect(Self.told(life) == ["k1 revoked"])
            #expect(life.records.first?.revocation == .agent)
            #expect(life.revocable.map(\.state) == [state])
            #expect(life.signing.isEmpty && life.missing.isEmpty)
        }
        let unpublished = Self.life([Self.key("k1", .generated)], agents: [])
        #expect(unpublished.records.isEmpty && unpublished.revocable.isEmpty && unpublished.removable.count == 1)
    }

    @Test("the newest key that has converged signs")
    func signing() {
        let keys = [
            Self.key("k9", .active), Self.key("k10", .active), Self.key("k11", .published),
            Self.key("k8", .retiring),
        ]
        #expect(AgentKeyLife.signingKey(of: Self.agent.id, in: keys)?.id.selector == "k10.writer")
        #expect(AgentKeyLife.signingKey(of: AgentID(rawValue: "other"), in: keys) == nil)
    }

    @Test("in a domain's plan: published safely, revoked at once or after the overlap, and never mistaken for DKIM")
    func plan() throws {
        let name = DomainPlannerTests.name("k1.writer._agentid")
        let record = DomainPlannerTests.texts(name, try #require(Self.key("k1", .active).recordText()))
        let marked = DomainPlannerTests.texts(name, AgentIdentityRecord.revoked.text)
        func outcome(
            _ keys: [KeyRecord], agents: [AgentDeclaration] = [Self.agent], served: [RecordSet] = [],
            isOurs: Bool = true
        ) -> DomainPlanner.Outcome {
            DomainPlannerTests.plan(
                DomainPlannerTests.declaration(), keyring: [DomainPlannerTests.key()] + keys, served: served,
                ledger: isOurs ? served.map { DomainPlannerTests.written($0) } : [], agents: agents)
        }
        func change(_ outcome: DomainPlanner.Outcome) -> Change? { outcome.changes.first { $0.key == record.key } }

        let new = outcome([])
        #expect(new.keys.contains { $0.id.description == name.text })
        #expect(change(new)?.risk == .safe && change(new)?.stage == .publish)
        #expect(change(outcome([Self.key("k1", .active)], served: [record])) == nil, "in sync")
        let foreign = DomainPlannerTests.texts(name, "v=AGENTID1; k=ed25519; p=")
        #expect(change(outcome([Self.key("k1", .generated)], served: [foreign], isOurs: false))?.risk == .destructive)

        let gone = change(outcome([Self.key("k1", .active)], agents: [], served: [record]))
        #expect(gone?.risk == .tightens && gone?.stage == .publish && gone?.reason == "the agent is revoked")
        #expect(gone?.after?.recordSet(record.key)?.sameData(as: marked) == true)

        let successor = Self.key("k2", .active)
        let over = change(outcome([Self.key("k1", .retiring, daysAgo: 8), successor], served: [record]))
        #expect(over?.stage == .retire && over?.risk == .tightens && over?.reason == "a newer key has taken over")
        let waiting = outcome([Self.key("k1", .retiring, daysAgo: 1), successor], served: [record])
        #expect(change(waiting) == nil && waiting.findings.map(\.code) == ["AGT101"])
        // The domain's own keys are not touched by any of this.
        #expect(!waiting.keys.contains { $0.id.purpose == .dkim })
        let last = change(outcome([Self.key("k1", .revoked, daysAgo: 31), successor], served: [marked]))
        #expect(last?.action == .delete && last?.risk == .safe)
    }
}
