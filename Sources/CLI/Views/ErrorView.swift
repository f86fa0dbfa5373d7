import Audit
import DNS
import Diagnostics
import FoundationEssentials
import Keys
import Manifest
import Operations
import Reconcile
import SendGate

/// Wrong usage that only shows once the arguments are read.
struct UsageError: Error, Sendable, Equatable {
    var message: String
    var help: String?
}

/// Why there is no answer: told to a person on standard error, and to a machine in place of the answer.
struct ErrorView: View {
    enum Cause: Sendable {
        case operation(OperationError)
        case usage(UsageError)
        /// A signal or the end of the input stopped it.
        case interrupted
        /// A bug: an error that no operation declares.
        case unexpected(String)
    }

    var cause: Cause
    var invocation = Invocation()

    /// Stable: scripts branch on it (docs/output.md).
    private var code: String {
        switch cause {
        case .usage: "usage"
        case .interrupted: "interrupted"
        case .unexpected: "unexpected"
        case .operation(let error):
            switch error {
            case .manifest: "invalid_manifest"
            case .file: "file"
            case .store: "store"
            case .busy: "busy"
            case .leaseLost: "lease_lost"
            case .stalePlan: "stale_plan"
            case .planOfAnotherManifest: "plan_of_another_manifest"
            case .unreadablePlan: "unreadable_plan"
            case .needsConsent, .needsConsentForAgents: "needs_consent"
            case .unusableApproval: "unusable_approval"
            case .staleAgents: "stale_agents"
            case .keyring: "keyring"
            case .request: "invalid_request"
            case .idempotencyConflict: "idempotency_conflict"
            case .notAllowed: "not_allowed"
            case .notFound: "not_found"
            case .conflict: "conflict"
            case .log: "log"
            case .unfinished: "unfinished"
            case .other: "failed"
            }
        }
    }

    private var message: String {
        switch cause {
        case .usage(let error): error.message
        case .interrupted: "interrupted"
        case .unexpected(let text): text
        case .operation(let error):
            switch error {
            case .manifest: "the manifest has errors; nothing was done"
            case .file(let text), .keyring(let text), .other(let text): text
            case .request(let field, let reason): "\(RequestFieldText.text(field)): \(reason); nothing was sent"
            case .idempotencyConflict(let other):
                "\(RequestFieldText.text("idempotencyKey")): it was used before, for another message: \(other); nothing was sent"
            case .unfinished(let id, let reason): "message \(id) is stored, and not sent yet: \(reason)"
            case .notAllowed: "this is not allowed"
            case .notFound(let text), .conflict(let text): text
            case .store(let error): error.message
            case .log(let error): error.message
            case .busy(let lease): "another apply is running: \(lease.holder)"
            case .leaseLost: "the lease ran out or was taken over; what was written stands above"
            case .stalePlan(let moved):
                "\(plan) is stale: \(String.counted(moved.count, "record set")) moved since; nothing was written"
            case .planOfAnotherManifest: "\(plan) was made from another manifest; nothing was written"
            case .unreadablePlan(let text): "\(plan) cannot be read: \(text)"
            case .needsConsent(let changes, let flag):
                "\(String.counted(changes.count, "change")) of this plan \(changes.count == 1 ? "needs" : "need") \(flag)"
            case .needsConsentForAgents(let agents, let flag):
                "\(String.counted(agents.count, "agent")) of this plan may do more than before: that needs \(flag)"
            case .unusableApproval(let path, let reason): "the approval \(path): \(reason); nothing was written"
            case .staleAgents(let agents):
                "\(plan) is stale: \(agents.map(\.rawValue).joined(separator: ", ")) changed in the store since; nothing was written"
            }
        }
    }

    private var plan: String { invocation.planPath.map { "the plan \($0)" } ?? "the plan" }

    private var help: String? {
        switch cause {
        case .usage(let error): error.help
        case .interrupted: "run the same command again: it goes on from where this one stopped"
        case .unexpected: nil
        case .operation(let error):
            switch error {
            case .busy(let lease):
                "wait for it; its lease runs out at \(lease.expiresAt.formatted(.iso8601)) unless it is renewed"
            case .leaseLost: "run \(invocation.commandLine("apply")) again: it finishes what was begun"
            case .staleAgents where invocation.planPath == nil: "run \(invocation.commandLine("apply")) again"
            case .stalePlan, .staleAgents, .planOfAnotherManifest, .unreadablePlan:
                "make a new one: \(invocation.commandLine("plan", "--out", invocation.planPath ?? "FILE"))"
            case .needsConsent(_, let flag): "look at each of them, then run apply with \(flag)"
            case .needsConsentForAgents(_, let flag):
                "have an approver sign each (`signet agents approve`) and apply with --loosening-approval; or look at "
                    + "each of them, then run apply with \(flag)"
            case .unusableApproval:
                "save the plan and have it approved: `signet agents approve PLAN --key FILE --out FILE`"
            case .unfinished:
                "don't send it again: once the cause is mended, \(invocation.commandLine("send", "--flush")) tries it again"
            case .manifest, .file, .store, .keyring, .request, .idempotencyConflict, .notAllowed,
                .notFound, .conflict, .log, .other:
                nil
            }
        }
    }

    private var diagnostics: DiagnosticReport? {
        if case .operation(.manifest(let found, let files)) = cause {
            DiagnosticReport(found, files: files)
        } else {
            nil
        }
    }

    private var details: [String] {
        guard case .operation(let error) = cause else { return [] }
        switch error {
        case .stalePlan(let moved):
            return moved.flatMap { moved in
                [
                    "\(moved.key)",
                    "  planned from: \(Self.text(moved.planned))", "  found:        \(PlanView.text(moved.found))",
                ]
            }
        case .planOfAnotherManifest(let planned, let current):
            return ["planned from: sha256:\(planned.hex)", "now:          sha256:\(current.hex)"]
        case .needsConsent(let changes, _):
            return changes.map { "\(ChangeText.symbol($0.action)) \($0.key)  \($0.risk.rawValue): \($0.reason)" }
        case .needsConsentForAgents(let agents, _):
            return agents.map { "\(AgentChangeText.symbol($0.action)) \($0.agent)  \($0.risk.rawValue): \($0.reason)" }
        case .manifest, .file, .store, .busy, .leaseLost, .staleAgents, .unreadablePlan, .unusableApproval, .keyring,
            .request, .unfinished, .idempotencyConflict, .notAllowed, .notFound, .conflict, .log, .other:
            return []
        }
    }

    private static func text(_ set: PlannedRecordSet?) -> String {
        guard let set else { return "nothing" }
        return set.values.map(RecordText.short).sorted().joined(separator: ", ") + "  ttl \(set.timeToLiveSeconds)"
    }

    // MARK: forms

    func human(_ style: Style) -> String {
        var text = diagnostics?.text(colour: style.usesColour) ?? ""
        if !text.isEmpty { text += "\n" }
        text += style.paint("error", .bad) + ": \(style.safe(message))\n"
        for line in details { text += "  \(style.safe(line))\n" }
        if let help { text += "help: \(style.safe(help))\n" }
        return text
    }

    func json() -> JSONValue {
        var error: [String: JSONValue] = [
            "code": .string(code), "message": .string(message), "help": JSONValue(help),
            "diagnostics": diagnostics.map(DiagnosticText.json) ?? [],
        ]
        guard case .operation(let operation) = cause else { return ["error": .object(error)] }
        switch operation {
        case .stalePlan(let moved):
            error["moved"] = .array(
                moved.map { moved in
                    [
                        "domain": .string(moved.domain.description), "name": .string(moved.key.name.description),
                        "type": .string(moved.key.type.description), "planned": PlanView.json(moved.planned),
                        "found": PlanView.json(moved.found),
                    ]
                })
        case .needsConsent(let changes, let flag):
            error["flag"] = .string(flag)
            error["changes"] = .array(changes.map { ApplyView.json($0.key) })
        case .needsConsentForAgents(let agents, let flag):
            error["flag"] = .string(flag)
            error["agents"] = .array(agents.map(AgentChangeText.json))
        case .staleAgents(let agents):
            error["agents"] = .array(agents.map { .string($0.rawValue) })
        case .busy(let lease):
            error["holder"] = .string(lease.holder)
            error["expires_at"] = .string(lease.expiresAt.formatted(.iso8601))
        case .leaseLost(let report):
            error["report"] = ApplyView(report: report).json()
        case .request(let field, _):
            error["field"] = .string(field)
        case .idempotencyConflict(let other):
            error["field"] = "idempotencyKey"
            error["message_id"] = .string(other.rawValue)
        case .unfinished(let id, _): error["message_id"] = .string(id.rawValue)
        case .manifest, .file, .store, .planOfAnotherManifest, .unreadablePlan, .unusableApproval, .keyring,
            .notAllowed, .notFound, .conflict, .other:
            break
        case .log(let failure): error["reason"] = .string(failure.code.rawValue)
        }
        return ["error": .object(error)]
    }

    func markdown() -> String {
        var text = "**Signet stopped:** \(MarkdownText.code(message))\n"
        if !details.isEmpty { text += "\n" + MarkdownText.fenced(details.map(Style.plain.safe)) }
        if let diagnostics { text += "\n" + DiagnosticText.markdown(diagnostics) }
        if let help { text += "\nHelp: \(MarkdownText.code(help))\n" }
        return text
    }
}
