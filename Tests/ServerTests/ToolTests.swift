import Foundation
import Operations
import Testing

@testable import Server

/// What a model is shown of the tools.
@Suite struct ToolTests {
    /// Stated a second time: the scopes that see a tool.
    private static let rules: [Tool: Set<TokenScope>] = [
        .configureDomain: [.domains], .verifyDomainAlignment: [.domains], .listDomains: [.domains],
        .sendEmail: [.send], .replyEmail: [.send],
        .getMessage: [.send, .oversight, .audit], .listAgents: Set(TokenScope.allCases), .queryAuditLog: [.audit],
        .listPending: [.oversight],
    ]

    @Test func aTokenSeesWhatItsScopesAllow() {
        for scope in TokenScope.allCases {
            let caller = Caller.token(
                Caller.Grant(id: TokenID(random: Array(repeating: 1, count: TokenID.octetCount)), scopes: [scope]))
            let shown = Set(Tool.admitted(for: caller))
            #expect(shown == Set(Tool.allCases.filter { Self.rules[$0]!.contains(scope) }), "\(scope)")
        }
        #expect(Tool.admitted(for: .anonymous).isEmpty)
    }

    /// No tool decides on what is held, whatever the token.
    @Test func noToolApproves() {
        #expect(!Tool.allCases.contains { $0.action == .decide })
    }

    @Test(arguments: Tool.allCases)
    func aDefinitionIsWhole(tool: Tool) throws {
        let definition = tool.definition
        for name in ["name", "title", "description"] { #expect(definition[name]?.text?.isEmpty == false, "\(name)") }
        for side in ["inputSchema", "outputSchema"] {
            let schema = try #require(definition[side])
            #expect(schema["type"] == "object")
            guard case .object(let properties)? = schema["properties"] else {
                Issue.record("\(side) has no properties")
                continue
            }
            if case .list(let required)? = schema["required"] {
                for name in required { #expect(properties[name.text ?? ""] != nil, "\(name)") }
            }
        }
        #expect(definition["inputSchema"]?["additionalProperties"] == false)
        let annotations = try #require(definition["annotations"])
        let sends = [.sendEmail, .replyEmail].contains(tool)
        #expect(annotations["readOnlyHint"] == .bool(!sends && tool != .configureDomain))
        #expect(annotations["destructiveHint"] == .bool(sends))
        for hint in ["idempotentHint", "openWorldHint"] {
            guard case .bool? = annotations[hint] else {
                Issue.record("\(hint) is missing")
                continue
            }
        }
    }

    /// A member that is taken and not in the schema would never be given; one that is in it and not taken is an error.
    @Test(arguments: [
        (Tool.configureDomain, DomainsEndpoint.members), (.sendEmail, SendEndpoint.members),
        (.replyEmail, ReplyInput.members),
        (.listAgents, AgentsEndpoint.parameters), (.listPending, OversightEndpoint.parameters),
        (.queryAuditLog, AuditEndpoint.parameters),
    ])
    func theSchemaHasWhatIsTaken(tool: Tool, members: Set<String>) throws {
        guard case .object(let properties)? = tool.definition["inputSchema"]?["properties"] else {
            Issue.record("no properties")
            return
        }
        #expect(Set(properties.keys) == members)
    }

    @Test func everyProblemHasAFixForAModel() {
        for code in ProblemCode.allCases { #expect(ToolAnswer.fix(code).hasSuffix("."), "\(code)") }
    }
}
