/// The one place where the gate's decisions are put into words, for every door.
extension GateDecision {
    /// One sentence without its full stop: what was decided and why.
    package var sentence: String {
        switch self {
        case .release(.plain): "released"
        case .release(.withCopy): "released, with a copy to the oversight address"
        case .release(.byApproval): "released by its approval"
        case .hold(let reason): "held: \(reason.sentence)"
        case .deferred(let reason): "deferred: \(reason.sentence)"
        case .observeAgain: "not decided yet: the domain's alignment was last observed too long ago"
        case .refuse(let reason): "refused: \(reason.sentence)"
        }
    }

    /// What to do about it; nil where there is nothing to do.
    package var help: String? {
        switch self {
        case .release: nil
        case .hold(let reason): reason.help
        case .deferred(let reason): reason.help
        case .observeAgain: "nothing: it is observed again at once"
        case .refuse(let reason): reason.help
        }
    }
}

extension GateDecision.HoldReason {
    var sentence: String {
        switch self {
        case .approvalNeeded: "this agent's mode wants an approver's yes to this message"
        case .approvalPending: "an approver has been asked and has not answered yet"
        case .approvalMismatched: "the message was edited after the request, which voids it"
        case .approvalExpired: "the approval, or the time to give one, has run out"
        case .approvalUsed: "its approval has been used for a send, and is good for one only"
        case .approvalUntrusted: "its approval is not signed by anybody who may approve"
        case .approvalUnknown: "its approval cannot be read or claimed"
        }
    }

    var help: String {
        switch self {
        case .approvalNeeded, .approvalPending:
            "have an approver look at it: `signet approvals list`, then `signet approvals show ID`"
        case .approvalMismatched, .approvalExpired, .approvalUsed:
            "a new request is made for the message as it is now: `signet approvals list`"
        case .approvalUntrusted:
            "the approver must stand under `approvers`, with another address and key than any agent's"
        case .approvalUnknown: "repair the state file; the message stays in the outbox"
        }
    }
}

extension GateDecision.DeferReason {
    var sentence: String {
        switch self {
        case .logNotWritable: "the log cannot be written, and nothing is sent without its entry"
        case .notConverged: "not every name server and resolver answers with the desired records yet"
        case .convergenceUnknown: "it is not known whether the domain has converged"
        case .alignmentUnknown: "a look-up failed, so nobody can say whether the message would pass"
        }
    }

    var help: String {
        switch self {
        case .logNotWritable: "make room on the disk, or make the state file writable"
        case .notConverged: "wait: `signet wait`; if nothing was applied yet, `signet apply`"
        case .convergenceUnknown, .alignmentUnknown: "see what failed: `signet verify`"
        }
    }
}

extension GateDecision.RefusalReason {
    var sentence: String {
        switch self {
        case .agentUnregistered: "the agent is not registered"
        case .agentRevoked: "the agent is revoked"
        case .foreignSender: "the sender's address is not one of the agent's"
        case .recipientBlocked: "a recipient is on the agent's block list"
        case .limitExceeded: "the agent's limit is exceeded"
        case .misaligned: "the domain is misaligned: receivers would not take the message as authentic"
        case .looserMode: "the request asks for a looser oversight mode than the agent's"
        case .readOnly: "in mode read_only nothing is sent"
        case .approvalDenied: "an approver said no to this message"
        case .oversightCopyImpossible: "mode monitored copies each message, and there is no address to copy it to"
        }
    }

    var help: String {
        switch self {
        case .agentUnregistered: "declare it under `agents`, then `signet apply`"
        case .agentRevoked: "register another agent; a revoked one never sends again"
        case .foreignSender: "send from an address that stands under the agent's `addresses`"
        case .recipientBlocked: "leave the recipient out, or change `recipients: { block: … }`"
        case .limitExceeded: "wait, send to fewer recipients, or change the agent's `limits`"
        case .misaligned: "see the finding: `signet verify`"
        case .looserMode: "ask for the agent's own mode, for a stricter one, or for none"
        case .readOnly: "change the agent's `oversight`, or the mode that the request asks for"
        case .approvalDenied: "send another message"
        case .oversightCopyImpossible: "give the agent an `oversight_address` other than its own"
        }
    }
}
