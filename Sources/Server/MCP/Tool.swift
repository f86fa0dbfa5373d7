import Operations

/// What a model can call. None approves anything: an approver's answer is signed with their own key, elsewhere.
enum Tool: String, CaseIterable, Sendable {
    case configureDomain = "configure_domain"
    case verifyDomainAlignment = "verify_domain_alignment"
    case sendEmail = "send_email"
    case replyEmail = "reply_email"
    case listDomains = "list_domains"
    case getMessage = "get_message"
    case listAgents = "list_agents"
    case queryAuditLog = "query_audit_log"
    case listPending = "list_pending"

    /// What the caller must be allowed to do.
    var action: DoorAction {
        switch self {
        case .configureDomain: .addDomain
        case .verifyDomainAlignment: .verifyDomain
        case .sendEmail: .send
        case .replyEmail: .reply
        case .listDomains: .readDomains
        case .getMessage: .readMessage
        case .listAgents: .readAgents
        case .queryAuditLog: .queryAudit
        case .listPending: .readPending
        }
    }

    /// Whether a call may end unanswered: it only reads, or what it notes of what it saw holds without the answer.
    var canBeCancelled: Bool { annotations["readOnlyHint"] == true || self == .verifyDomainAlignment }

    /// Those that the caller may call at all; for which agents is told when they are called.
    static func admitted(for caller: Caller) -> [Tool] {
        allCases.filter { tool in
            do { try caller.admitted(to: tool.action) } catch { return false }
            return true
        }
    }

    /// As `tools/list` has it.
    var definition: JSONTree {
        [
            "name": .text(rawValue), "title": .text(title), "description": .text(description),
            "inputSchema": ToolSchema.input(of: self), "outputSchema": ToolSchema.output(of: self),
            "annotations": annotations,
        ]
    }

    private var title: String {
        switch self {
        case .configureDomain: "Configure a domain"
        case .verifyDomainAlignment: "Verify a domain's alignment"
        case .sendEmail: "Send an e-mail"
        case .replyEmail: "Reply to an e-mail"
        case .listDomains: "List domains"
        case .getMessage: "Get a message's state"
        case .listAgents: "List agents"
        case .queryAuditLog: "Query the audit log"
        case .listPending: "List what waits for approval"
        }
    }

    private var description: String {
        switch self {
        case .configureDomain:
            """
            Declares a domain to send from, makes its keys, and answers with dns_records: each has to be published in the \
            domain's zone, by whoever runs it. Then ask verify_domain_alignment until it is aligned. The same call again answers \
            the same; a domain that is declared otherwise is a conflict.
            """
        case .verifyDomainAlignment:
            """
            Asks DNS now whether a message from this domain would pass SPF, DKIM and DMARC. status: aligned (mail can be sent), \
            propagating (wait and ask again), misaligned (findings say what to change), unknown (could not be observed).
            """
        case .sendEmail:
            """
            Sends a message as a registered agent. The answer's status: sent; held (a person must approve it: keep message_id and \
            ask get_message later, do not send again); deferred or queued (it is tried again by itself). What is refused is an \
            error with its reason. Give an idempotency_key, and use the same one whenever you repeat the call.
            """
        case .replyEmail:
            """
            Answers a message as a registered agent: to its Reply-To or From, threaded, and marked as written by a program. Pass the \
            whole message as it came in. Statuses and idempotency_key are as for send_email.
            """
        case .listDomains: "The domains that are declared, and whether they send."
        case .getMessage:
            "A message as it stands now: its status, each recipient's outcome, and what a receiver finds of it."
        case .listAgents: "The agents that this token speaks for: addresses, oversight mode, and whether they can sign."
        case .queryAuditLog:
            """
            Entries of the append-only log, newest first: sends, refusals, approvals, DNS and key changes. A token that is bound to \
            several agents names one.
            """
        case .listPending:
            "Messages that wait for an approver, oldest first. Only an approver's own signed answer releases one; no tool can."
        }
    }

    private var annotations: JSONTree {
        switch self {
        // What is sent cannot be called back; a repeated call is the same only with an idempotency key.
        case .sendEmail, .replyEmail:
            ["readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true]
        // Nothing is taken back by it, and it writes into no zone.
        case .configureDomain:
            ["readOnlyHint": false, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false]
        // What was seen is remembered, and keys whose records have converged begin to sign.
        case .verifyDomainAlignment:
            ["readOnlyHint": false, "destructiveHint": false, "idempotentHint": true, "openWorldHint": true]
        case .listDomains, .getMessage, .listAgents, .queryAuditLog, .listPending:
            ["readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false]
        }
    }
}
