import Audit
import MailAuth
import Manifest
import Operations
import SendGate

/// The tools' JSON Schemas (2020-12, MCP's default). They tell a model what to write; what is taken,
/// `RequestObject` and the operations say.
enum ToolSchema {
    static func input(of tool: Tool) -> JSONTree {
        switch tool {
        case .configureDomain:
            object(
                [
                    "domain": text("The domain to send from: mail.example.com."),
                    "dkim_key_type": choice(
                        DKIMDeclaration.KeyType.allCases.map(\.rawValue),
                        "Of the key that selector names; an Ed25519 key stands beside it in any case."),
                    "dmarc_policy": choice(
                        DMARCRecord.Policy.allCases.map(\.rawValue),
                        "What receivers do with mail that fails. Start with none, where others send from the domain too."
                    ),
                    "dmarc_rua": addresses("Where receivers send daily reports: mailto:dmarc@example.com."),
                ], required: ["domain"], isClosed: true)
        case .verifyDomainAlignment:
            object(["domain": text("A declared domain: mail.example.com.")], required: ["domain"], isClosed: true)
        case .sendEmail:
            object(
                compose.merging(
                    [
                        "to": addresses("Whom it goes to; display names are allowed: Ada <ada@example.net>."),
                        "reply_to": addresses("Where answers are to go."),
                        "dry_run": flag("Only say what the gate would decide now: nothing is sent, stored or logged."),
                    ], uniquingKeysWith: { $1 }), required: ["to"], isClosed: true)
        case .replyEmail:
            object(
                compose.merging(
                    [
                        "original": text("The whole message that is answered, header fields and body, as it came in."),
                        "original_base64": text("In place of original, where the message is not UTF-8."),
                        "reply_all": flag("Also to those in its To and Cc."),
                        "quote": flag("Quote its text below the answer."),
                    ], uniquingKeysWith: { $1 }), required: [], isClosed: true)
        case .listDomains: object([:], required: [], isClosed: true)
        case .getMessage:
            object(["message_id": text("As send_email answered it.")], required: ["message_id"], isClosed: true)
        case .listAgents, .listPending: object(paging, required: [], isClosed: true)
        case .queryAuditLog:
            object(
                paging.merging(
                    [
                        "agent_id": text("Only entries about this agent."),
                        "domain": text("Only entries about this domain."),
                        "message_id": text("Only entries about this message."),
                        "kind": text(
                            "Only these kinds, separated by commas: "
                                + LogKind.allCases.map(\.rawValue).joined(separator: ", ") + "."),
                        "from": text("Not older than this time: 2026-11-24T12:00:00Z."),
                        "until": text("Older than this time."),
                    ], uniquingKeysWith: { $1 }), required: [], isClosed: true)
        }
    }

    static func output(of tool: Tool) -> JSONTree {
        switch tool {
        case .configureDomain: configuredDomain
        case .verifyDomainAlignment: domainState
        case .sendEmail, .replyEmail, .getMessage: message
        case .listDomains: list("domains", domain)
        case .listAgents: list("agents", agent, isPaged: true)
        case .queryAuditLog: list("entries", logEntry, isPaged: true)
        case .listPending: list("approvals", approval, isPaged: true)
        }
    }

    // MARK: parts of inputs

    private static var compose: [String: JSONTree] {
        [
            "agent_id": text("Who sends; can be left out where the token speaks for one agent only."),
            "from": text("One of the agent's addresses; its first where this is left out."),
            "cc": addresses("Whom it is copied to."), "bcc": addresses("Whom it is copied to, unseen by the others."),
            "subject": text("One line."), "text": text("The body as plain text."), "html": text("The body as HTML."),
            "attachments": [
                "type": "array",
                "items": object(
                    [
                        "filename": text("Its name."), "content_type": text("Its media type."),
                        "content": text("Its octets in base64."),
                    ], required: ["filename", "content"], isClosed: true),
            ],
            "oversight_mode": choice(
                OversightMode.allCases.map(\.rawValue), "A stricter mode than the agent's; never a looser one."),
            "idempotency_key": text("A name of your own for this message: a repeated call sends nothing twice."),
        ]
    }

    private static var paging: [String: JSONTree] {
        [
            "limit": [
                "type": "integer", "minimum": 1, "maximum": .integer(Int64(ServerLimits.pageMax)),
                "default": .integer(Int64(ServerLimits.pageDefault)), "description": "Rows of one page.",
            ],
            "cursor": text("The next_cursor of the page before."),
        ]
    }

    // MARK: outputs

    private static var message: JSONTree {
        object(
            [
                "message_id": text("Keep it: get_message takes it."),
                "status": choice(
                    OutboxState.allCases.map(\.rawValue) + [MessageAnswer.trial],
                    "held: a person must approve it. trial: a dry run; decision says what would be."),
                "agent_id": text(), "from": text(),
                "recipients": array(
                    object(
                        ["address": text(), "outcome": text(), "reply": text(), "oversight_copy": flag()],
                        required: ["address", "oversight_copy"])),
                "decision": text("The gate's."), "reason": text(), "approval_id": text(),
                "due_at": text("When it is looked at again, or, held, when it expires."),
                "log_index": ["type": "integer"],
                "repeated": flag("This idempotency key was used before: nothing new happened."),
                "authentication": object(
                    [
                        "spf": text(), "dkim": text(), "dmarc": text(), "identity": text(), "identity_signed": flag(),
                    ], required: ["spf", "dkim", "dmarc", "identity", "identity_signed"]),
            ], required: ["status", "agent_id", "from", "recipients", "repeated"])
    }

    private static var domainState: JSONTree {
        let verdict = choice(DomainStateAnswer.verdicts)
        return object(
            [
                "domain": text(),
                "status": choice(DomainState.Status.allCases.map(\.rawValue), "aligned: mail can be sent."),
                "detail": text("One sentence: what holds, or what keeps it."), "gate_open": flag(),
                "checks": object(
                    ["spf": verdict, "dkim": verdict, "dmarc": verdict, "alignment": verdict],
                    required: ["spf", "dkim", "dmarc", "alignment"]),
                "converged_at": text("When caches will have forgotten what was served before."),
                "waiting_for": array(text()),
                "waiting_for_agents": array(text("Keys of agents, which send nothing before.")),
                "findings": array(
                    object(
                        ["code": text(), "severity": text(), "summary": text(), "detail": text(), "help": text()],
                        required: ["code", "severity", "summary", "detail"])),
            ],
            required: [
                "domain", "status", "detail", "gate_open", "checks", "waiting_for", "waiting_for_agents", "findings",
            ])
    }

    private static var configuredDomain: JSONTree {
        object(
            [
                "id": text(), "domain": text(), "source": choice(DomainSummary.Source.allCases.map(\.rawValue)),
                "sends": flag(),
                "status": choice(DomainAnswer.statuses, "What the last verification came to."),
                "verified_at": text(), "selector": text(), "selectors": array(text()), "dkim_key_type": text(),
                "dmarc_policy": text(), "dmarc_rua": array(text()), "created_at": text(),
                "dns_records": array(
                    object(
                        [
                            "type": text(), "name": text(), "value": text(), "ttl": ["type": "integer"],
                            "purpose": text(),
                        ],
                        required: ["type", "name", "value", "ttl", "purpose"])),
                "missing_keys": array(text("A key that is still to be made: call again.")),
            ],
            required: [
                "id", "domain", "source", "sends", "status", "selectors", "dmarc_rua", "dns_records", "missing_keys",
            ])
    }

    private static var domain: JSONTree {
        object(
            ["domain": text(), "sends": flag("False: locked down."), "dmarc_policy": text()],
            required: ["domain", "sends"])
    }

    private static var agent: JSONTree {
        object(
            [
                "agent_id": text(), "domain": text(), "state": text("registered, revoked or declared."),
                "ready": flag(), "addresses": array(text()), "oversight_mode": text(), "declaration_digest": text(),
                "since": text(),
                "keys": array(
                    object(
                        ["name": text(), "algorithm": text(), "state": text()],
                        required: ["name", "algorithm", "state"])),
            ], required: ["agent_id", "state", "ready", "addresses", "keys"])
    }

    private static var logEntry: JSONTree {
        object(
            [
                "index": ["type": "integer"], "time": text(), "kind": text(), "domain": text(), "agent_id": text(),
                "message_id": text(), "details": ["type": "object"],
            ], required: ["index", "time", "kind", "details"])
    }

    private static var approval: JSONTree {
        object(
            [
                "approval_id": text(), "message_id": text(), "agent_id": text(), "state": text(), "digest": text(),
                "unchanged": flag(), "requested_at": text(), "answer_by": text(), "valid_until": text(),
                "answered_by": text(), "from": text(), "recipients": array(text()), "subject": text(),
                "oversight_mode": text(),
            ],
            required: [
                "approval_id", "message_id", "agent_id", "state", "digest", "unchanged", "requested_at", "answer_by",
            ])
    }

    // MARK: words of JSON Schema

    private static func object(
        _ properties: [String: JSONTree], required: [String], isClosed: Bool = false
    ) -> JSONTree {
        var schema: [String: JSONTree] = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .list(required.map { .text($0) }) }
        if isClosed { schema["additionalProperties"] = false }
        return .object(schema)
    }

    private static func list(_ name: String, _ item: JSONTree, isPaged: Bool = false) -> JSONTree {
        var properties = [name: array(item)]
        if isPaged { properties["next_cursor"] = text("Not there: this is the last page.") }
        return object(properties, required: [name])
    }

    private static func array(_ items: JSONTree) -> JSONTree { ["type": "array", "items": items] }

    private static func addresses(_ description: String) -> JSONTree {
        ["type": "array", "items": text(), "description": .text(description)]
    }

    private static func text(_ description: String? = nil) -> JSONTree { described("string", description) }
    private static func flag(_ description: String? = nil) -> JSONTree { described("boolean", description) }

    private static func described(_ type: JSONTree, _ description: String?) -> JSONTree {
        var schema: [String: JSONTree] = ["type": type]
        schema["description"] = description.map { .text($0) }
        return .object(schema)
    }

    private static func choice(_ words: [String], _ description: String? = nil) -> JSONTree {
        var schema: [String: JSONTree] = ["type": "string", "enum": .list(words.map { .text($0) })]
        schema["description"] = description.map { .text($0) }
        return .object(schema)
    }
}
