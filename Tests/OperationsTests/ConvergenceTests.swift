import DNS
import Diagnostics
import Foundation
import Keys
import MailAuth
import Manifest
import Reconcile
import SendGate
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite("When a domain has converged, and what is told until then", .serialized)
struct ConvergenceTests {
    static let spf = RecordSetKey(RotationLab.domain, .txt)
    static let dkim = "{ selector_prefix: mm, keys: [ed25519] }"

    private func state(_ lab: RotationLab) async throws -> DomainState { try #require(try await lab.states().first) }

    private func codes(_ state: DomainState) -> [String] { state.findings.map(\.code.rawValue) }

    @Test("what was brought back is new to caches that have fetched what stood between")
    func thereAndBack() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        lab.clock.advance(days: 1)
        #expect(try await state(lab).status == .aligned)
        lab.declare(dkim: Self.dkim, spf: "{ ip4: [192.0.2.1, 192.0.2.2], all: fail }")
        try await lab.apply(waits: false)
        lab.declare(dkim: Self.dkim)
        try await lab.apply(waits: false)
        let back = try await state(lab)
        #expect(back.status == .propagating && !back.isGateOpen, "a cache may hold the other record for a second")
        #expect(
            try await lab.signet.wait(RotationLab.scope, timeout: .seconds(60), progress: { _ in }).first?.isGateOpen
                == true)
    }

    @Test("who looks again and again sees it converge, whether anybody waits or not")
    func verifyRemembers() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply(waits: false)
        let first = try await state(lab)
        #expect(first.status == .propagating)
        lab.clock.advance(days: 2.0 / 86_400)
        #expect(try await state(lab).status == .aligned)
        #expect(try await lab.keys() == ["mm1 published"], "looking makes no key sign")
    }

    @Test("a wait of a time to live sees it run out, however long it takes to look")
    func waitOfATimeToLive() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        lab.secondsAQuestion.withLock { $0 = 0.01 }
        let report = try await lab.apply(wait: .seconds(1))
        #expect(report.outcomes.allSatisfy { $0 == .written })
        #expect(report.domains.map(\.status) == [.aligned])
    }

    @Test("what was everywhere and is gone was taken away: an apply brings it back, waiting does not")
    func takenAway() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        lab.clock.advance(days: 1)
        try await lab.remove(Self.spf)
        let gone = try await state(lab)
        #expect(gone.status == .misaligned && codes(gone).contains("PUB102") && !codes(gone).contains("PUB101"))
        #expect(gone.waitingFor.isEmpty)
        #expect(gone.facts == (.notConverged, .misaligned), "mail waits for it")
        try await lab.apply(waits: false)
        #expect(try await state(lab).status == .propagating)
        lab.clock.advance(days: 2.0 / 86_400)
        #expect(try await state(lab).status == .aligned)
        // Whoever edits the manifest has changed nothing in DNS.
        lab.declare(dkim: Self.dkim, spf: "{ ip4: [192.0.2.1, 192.0.2.2], all: fail }")
        let edited = try await state(lab)
        #expect(codes(edited).contains("PUB101") && !codes(edited).contains("PUB102"))
    }

    @Test("another time to live is nobody's change, wherever it comes from")
    func timeToLive() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        lab.declare(dkim: Self.dkim, spf: "{ ip4: [192.0.2.1], all: fail }", ttl: "5s")
        for _ in 0..<2 {
            lab.clock.advance(days: 1)
            let state = try await state(lab)
            #expect(!codes(state).contains("PUB102"))
        }
    }

    @Test("a server that does not answer ends no agreement")
    func silence() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply(waits: false)
        _ = try await state(lab)
        lab.clock.advance(days: 1)
        lab.silentNames.withLock { $0 = [Self.spf.name.text] }
        #expect(try await state(lab).status == .unknown)
        lab.silentNames.withLock { $0 = [] }
        #expect(try await state(lab).status == .aligned, "and not one time to live later")
    }

    @Test("a key that was revoked while one waited takes over from nobody")
    func revokedMeanwhile() async throws {
        let lab = try RotationLab(dkim: "{ selector_prefix: mm, keys: [ed25519], rotate_every: 90d, overlap: 7d }")
        try await lab.apply()
        lab.clock.advance(days: 90)
        let domain = RotationLab.domain
        lab.clock.onSleep.withLock {
            $0 = { [weak lab] in
                guard let lab, let store = try? SQLiteStore(path: "\(lab.folder)/state.db") else { return }
                let id = KeyID(domain: domain.text, selector: "mm2")
                _ = try? await store.setState(of: [id], from: .published, to: .revoked, at: lab.clock.now())
            }
        }
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 active", "mm2 revoked"])
    }

    @Test("a moment in which the clock was ahead holds up nothing for longer than a time to live")
    func clockAhead() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply(waits: false)
        lab.clock.advance(days: 365)
        _ = try await state(lab)
        lab.clock.advance(days: -365)
        #expect(try await state(lab).status == .propagating, "seen now for the first time")
        lab.clock.advance(days: 2.0 / 86_400)
        #expect(try await state(lab).status == .aligned)
    }

    @Test("nobody who has to revoke a key waits for another's caches")
    func leaseIsGivenBack() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        let held = Mutex<[Bool]>([])
        lab.clock.onSleep.withLock {
            $0 = { [weak lab] in
                guard let lab, let store = try? SQLiteStore(path: "\(lab.folder)/state.db") else { return }
                let lease = try? await store.currentLease(at: lab.clock.now())
                held.withLock { $0.append(lease != nil) }
            }
        }
        let report = try await lab.apply()
        #expect(report.domains.map(\.status) == [.aligned])
        #expect(held.withLock { $0.last } == false)
    }

    @Test("a record set that nobody tells of is unknown, and not missing")
    func unanswered() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        let reports = "{ ip4: [192.0.2.1], all: fail }\n    tls_reports: [\"mailto:tls@d.example\"]"
        lab.declare(dkim: Self.dkim, spf: reports)
        try await lab.apply()
        #expect(try await state(lab).status == .aligned)
        lab.silentNames.withLock { $0 = ["_smtp._tls.d.example"] }
        let unseen = try await state(lab)
        #expect(unseen.status == .unknown && codes(unseen).contains("DNS103"))
        #expect(!codes(unseen).contains("PUB101"))
        #expect(unseen.facts == (.unknown, .unknown))
    }

    @Test("what SPF is to be is unknown while an include to be flattened cannot be read")
    func flattenFails() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        lab.declare(dkim: Self.dkim, spf: "{ ip4: [192.0.2.1], all: fail, flatten: [none.d.example] }")
        // What was everywhere passes, and no receiver asks for that include.
        #expect(try await state(lab).isGateOpen)
        try await lab.remove(Self.spf)
        let gone = try await state(lab)
        #expect(gone.status == .unknown && !gone.isGateOpen)
    }

    @Test("and so it is where nothing was published before")
    func flattenFailsAtFirst() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        lab.declare(dkim: Self.dkim, spf: "{ ip4: [192.0.2.1], all: fail, flatten: [none.d.example] }")
        try await lab.apply()
        try await lab.put([
            RecordSet(Self.spf, timeToLiveSeconds: 1, data: [.txt(TXTValue("v=spf1 ip4:192.0.2.1 -all"))])
        ])
        let state = try await state(lab)
        #expect(state.status == .unknown && !state.isGateOpen)
    }

    @Test("a stricter policy that the apply itself leaves for later is on its way")
    func postponed() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        lab.declare(dkim: Self.dkim, spf: "{ ip4: [192.0.2.1], all: fail }\n    dmarc: { policy: reject }")
        let report = try await lab.apply(wait: .milliseconds(500))
        #expect(report.outcomes.contains(.waiting))
        let state = try #require(report.domains.first)
        #expect(state.status == .propagating && !codes(state).contains("PUB101"))
        #expect(state.waitingFor.contains { $0.hasPrefix("_dmarc.d.example TXT: a stricter policy") })
    }

    @Test("an agent that is not applied waits for an apply")
    func needsApply() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        #expect(try await !state(lab).needsApply)
        lab.declare(
            dkim: Self.dkim,
            more: "agents: { writer: { domain: d.example, addresses: [writer@d.example], oversight: autonomous } }")
        let state = try await state(lab)
        #expect(state.needsApply && !state.waitingForAgents.isEmpty && state.status == .aligned)
    }

    @Test("what stands at a provider that left with its domain is told, and holds nothing up")
    func providerGone() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        lab.declare(
            text: """
                version: 1
                settings: { state: "\(lab.folder)/state.db", keyring: { key: { env: KEK } }, dns: { resolvers: [] } }
                providers: { other: { type: embedded } }
                domains: {}
                """)
        let plan = try await lab.plan().plan
        #expect(plan.findings.map(\.code.rawValue) == ["PRV102"])
        #expect(plan.changes.isEmpty && !plan.isIncomplete)
        #expect(plan.findings.first?.detail.contains("`lab`") == true)
    }

    @Test("a plan that could not read the provider says so, once")
    func unreadableProvider() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        lab.listFailure.withLock { $0 = ProviderError(.unavailable, "connection refused") }
        let plan = try await lab.plan().plan
        #expect(plan.findings.map(\.code.rawValue) == ["PRV103"])
        #expect(plan.findings.first?.detail.contains("connection refused") == true)
        #expect(plan.isEmpty && !plan.isIncomplete)
    }

    @Test("what was cut short while a domain was taken back is told too")
    func cutShort() async throws {
        let lab = try RotationLab(dkim: Self.dkim)
        try await lab.apply()
        let store = try SQLiteStore(path: "\(lab.folder)/state.db")
        guard
            case .acquired(let lease) = try await store.acquireLease(
                holder: "killed", at: lab.clock.now(), for: .seconds(60))
        else {
            Issue.record("the lease is held")
            return
        }
        let entry = try #require(try await store.ledger(forDomains: [RotationLab.domain]).first { $0.key == Self.spf })
        var intended = entry
        intended.outcome = .intended
        #expect(try await store.recordIntents([intended], under: lease, at: lab.clock.now()))
        try await store.releaseLease(lease)
        lab.declare(
            text: """
                version: 1
                settings: { state: "\(lab.folder)/state.db", keyring: { key: { env: KEK } }, dns: { resolvers: [] } }
                providers: { lab: { type: embedded } }
                domains: {}
                """)
        #expect(try await lab.signet.status(RotationLab.scope).openIntents == [Self.spf])
    }

    @Test("misaligned is final only where everything is everywhere as declared", arguments: [true, false])
    func facts(isConverged: Bool) {
        let state = DomainState(
            domain: RotationLab.domain, status: .misaligned, spf: .fail, dkim: .fail, dmarc: .fail, alignment: .fail,
            isConverged: isConverged)
        #expect(state.facts == (isConverged ? .converged : .notConverged, .misaligned))
    }
}
