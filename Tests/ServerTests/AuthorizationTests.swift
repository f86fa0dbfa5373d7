import Manifest
import Operations
import Testing

/// Who may do what, stated a second time: every action, every set of scopes, every agent.
@Suite struct AuthorizationTests {
    /// The scopes that allow an action; `*` is everybody, `any` every token.
    private static let rules: [DoorAction: Set<String>] = [
        .checkHealth: ["*"], .checkReadiness: ["*"], .readPublicKeys: ["*"], .readCheckpoint: ["*"],
        .readTransportPolicy: ["*"],
        .readMetrics: ["audit"], .queryAudit: ["audit"],
        .verifyIdentity: ["domains", "send", "oversight", "audit"],
        .readAgents: ["domains", "send", "oversight", "audit"],
        .listTools: ["domains", "send", "oversight", "audit"],
        .addDomain: ["domains"], .readDomains: ["domains"], .verifyDomain: ["domains"],
        .lookAtDomains: ["domains", "oversight", "audit"],
        .send: ["send"], .reply: ["send"], .forward: ["send"],
        .readMessage: ["send", "oversight", "audit"],
        .readPending: ["oversight"], .decide: ["oversight"],
    ]
    private static let aboutOneAgent: Set<DoorAction> = [.send, .reply, .forward, .readMessage, .decide]

    /// nil: no token.
    private static let scopeSets: [Set<TokenScope>?] = {
        var sets: [Set<TokenScope>?] = [nil]
        for bits in 0..<(1 << TokenScope.allCases.count) {
            sets.append(Set(TokenScope.allCases.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element)))
        }
        return sets
    }()

    @Test(arguments: DoorAction.allCases)
    func everyRowOfTheMatrix(action: DoorAction) throws {
        let rule = try #require(Self.rules[action], "an action without a rule in this test")
        for scopes in Self.scopeSets {
            for agent in AgentRelation.allCases {
                let isOpen = rule.contains("*")
                let names = Set((scopes ?? []).map(\.rawValue))
                // Such a token cannot be made; if one were there, it would be good for nothing.
                let isPossible = !names.isSuperset(of: ["send", "oversight"])
                let isScoped = isOpen || (scopes != nil && isPossible && !names.isDisjoint(with: rule))
                let isAgent = agent == .own || (agent == .none && !Self.aboutOneAgent.contains(action))
                let verdict = Authorization.decide(action, scopes: scopes, agent: agent)
                #expect((verdict == .allowed) == (isScoped && isAgent), "\(action) \(names) \(agent): \(verdict)")
                if !isOpen, scopes == nil { #expect(verdict == .unauthenticated) }
                #expect((Authorization.admit(action, scopes: scopes) == .allowed) == isScoped)
            }
        }
    }

    @Test func aBoundTokenSpeaksForItsAgentsAndNoOther() throws {
        let grant = Caller.Grant(
            id: TokenID(random: [UInt8](repeating: 1, count: 10)), scopes: [.send], agents: [AgentID(rawValue: "a")])
        let caller = Caller.token(grant)
        try caller.authorised(to: .send, for: AgentID(rawValue: "a"))
        for agent in ["b", "A", "a ", ""] {
            #expect(throws: OperationError.self, "\(agent)") {
                try caller.authorised(to: .send, for: AgentID(rawValue: agent))
            }
        }
        #expect(throws: OperationError.self) { try caller.authorised(to: .send, for: nil) }
        var unbound = grant
        unbound.agents = nil
        try Caller.token(unbound).authorised(to: .send, for: AgentID(rawValue: "b"))
        unbound.agents = []
        #expect(throws: OperationError.self) {
            try Caller.token(unbound).authorised(to: .send, for: AgentID(rawValue: "b"))
        }
        #expect(throws: OperationError.self) {
            try Caller.anonymous.authorised(to: .send, for: AgentID(rawValue: "a"))
        }
    }
}
