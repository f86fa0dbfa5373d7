import DNS
import FoundationEssentials
import Manifest
import SendGate
import Testing

@testable import Operations

/// Who reloads a page asks no server anew.
@Suite("A look at the domains is shared")
struct DomainsLookTests {
    private let lab: RotationLab
    private let caller = Caller.token(
        Caller.Grant(id: TokenID(random: [UInt8](repeating: 1, count: TokenID.octetCount)), scopes: [.oversight]))

    init() async throws {
        lab = try RotationLab()
        try await lab.apply()
    }

    @Test("while it goes on, and for 15 s from its end; never where the clock was set back")
    func shared() async throws {
        let loaded = try lab.signet.load(RotationLab.scope)
        let end = lab.clock.now()
        var look = DomainsLook(
            manifest: loaded.version, number: 1,
            task: Task { .success(DomainsOverview(observedAt: end, states: [])) }, endedAt: nil)
        #expect(look.isShared(loaded.version, at: end.addingTimeInterval(3_600)))
        look.endedAt = end
        for (seconds, isShared) in [(0, true), (14.9, true), (15, false), (-0.1, false), (-86_400, false)] {
            #expect(look.isShared(loaded.version, at: end.addingTimeInterval(seconds)) == isShared, "\(seconds)")
        }
    }

    @Test("all domains, and one by itself")
    func looks() async throws {
        let desk = Desk(lab.signet, manifestPath: RotationLab.scope.manifestPath)
        let alone = try await desk.domain("d.example", by: caller)
        #expect(alone.state.domain == RotationLab.domain)
        #expect(await desk.domainsLooks.keys.map { $0?.text } == ["d.example"])
        _ = try await desk.domain("D.example", by: caller)
        #expect(await desk.domainsLooksCount == 1)
        _ = try await desk.domainStates(by: caller)
        _ = try await desk.domainStates(by: caller)
        _ = try await desk.domain("d.example", by: caller)
        #expect(await desk.domainsLooksCount == 2)
        lab.clock.advance(days: -1)
        _ = try await desk.domainStates(by: caller)
        #expect(await desk.domainsLooksCount == 3)
        // What was looked at before has gone.
        #expect(await desk.domainsLooks.count == 1)
        for name in ["none.example", "", "no name"] {
            await #expect(throws: OperationError.self) { try await desk.domain(name, by: caller) }
        }
        #expect(await desk.domainsLooksCount == 3)
    }

    @Test("a token sees the domains of its agents alone")
    func bound() async throws {
        let desk = Desk(lab.signet, manifestPath: RotationLab.scope.manifestPath)
        let grant = Caller.Grant(
            id: TokenID(random: [UInt8](repeating: 2, count: TokenID.octetCount)), scopes: [.oversight],
            agents: [AgentID(rawValue: "other")])
        await #expect(throws: OperationError.self) { try await desk.domain("d.example", by: .token(grant)) }
        #expect(try await desk.domainStates(by: .token(grant)).states.isEmpty)
    }
}
