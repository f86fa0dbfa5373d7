import DNS
import Diagnostics
package import FoundationEssentials
import Manifest
import Reconcile
package import SendGate

/// What became of one message: what `send`, `outbox` and the other doors show.
package struct SendReport: Sendable, Equatable {
    /// nil: nothing was stored, because it was a trial or the gate refused it before.
    package var id: MessageID?
    package var kind: OutboxMessage.Kind
    package var agent: String
    package var domain: String
    package var from: String
    package var recipients: [OutboxMessage.Recipient]
    package var octetCount: Int?
    /// nil: a trial.
    package var state: OutboxState?
    package var decision: GateDecision?
    /// What decided, beyond the decision's own words: a finding, a relay's answer.
    package var reason: String
    package var approvalID: String?
    /// When it is looked at again, or, held, when it expires.
    package var dueAt: Date?
    package var logIndex: Int64?
    /// The idempotency key had been used for this very request: this is its message, nothing new happened.
    package var isRepeated: Bool
    /// A trial: nothing was stored, logged or sent.
    package var isTrial: Bool
    /// What a receiver finds of the message that left; nil where nothing left or it was not measured.
    package var authentication: MeasuredAuthentication?
    /// DKIM selectors and the agent's key that would sign, in a trial.
    package var signers: [String]

    package init(
        id: MessageID? = nil, kind: OutboxMessage.Kind = .original, agent: String, domain: String, from: String,
        recipients: [OutboxMessage.Recipient],
        octetCount: Int? = nil, state: OutboxState? = nil, decision: GateDecision? = nil, reason: String = "",
        approvalID: String? = nil, dueAt: Date? = nil, logIndex: Int64? = nil, isRepeated: Bool = false,
        isTrial: Bool = false, signers: [String] = []
    ) {
        self.id = id
        self.kind = kind
        self.agent = agent
        self.domain = domain
        self.from = from
        self.recipients = recipients
        self.octetCount = octetCount
        self.state = state
        self.decision = decision
        self.reason = reason
        self.approvalID = approvalID
        self.dueAt = dueAt
        self.logIndex = logIndex
        self.isRepeated = isRepeated
        self.isTrial = isTrial
        self.signers = signers
    }

    package init(
        _ message: OutboxMessage, decision: GateDecision? = nil, isRepeated: Bool = false,
        authentication: MeasuredAuthentication? = nil
    ) {
        self.init(
            id: message.id, kind: message.kind, agent: message.agent, domain: message.domain, from: message.sender,
            recipients: message.recipients, state: message.state, decision: decision, reason: message.reason,
            approvalID: message.approvalID, dueAt: message.dueAt, logIndex: message.logIndex, isRepeated: isRepeated)
        self.authentication = authentication
    }
}

extension SendReport {
    /// Of a request that the outbox has not taken in; nil: it could not be put together.
    init(_ request: SendRequest, _ prepared: SendPreparation.Prepared?) {
        self.init(
            kind: prepared?.kind ?? .original, agent: request.agent, domain: prepared?.domain.text ?? "",
            from: prepared?.from ?? "",
            recipients: (prepared?.recipients ?? []).map { OutboxMessage.Recipient(address: $0) })
    }
}

extension GateDecision {
    /// With the name that may have been meant.
    func sentence(near agent: AgentID?) -> String {
        sentence + (agent.map { "; did you mean \($0)?" } ?? "")
    }
}

extension StateStore {
    /// The registered agent whose id is nearest to what was typed; nil: none is near.
    func agent(near text: String) async throws(OperationError) -> AgentID? {
        do {
            let known = try await agents().filter { $0.state == .registered }.map(\.id.rawValue)
            return Suggestion.closest(to: text, among: known).map { AgentID(rawValue: $0) }
        } catch {
            throw .store(error)
        }
    }
}

/// What working through the outbox came to.
package struct FlushReport: Sendable, Equatable {
    /// Every message that was worked on, as it stands now.
    package var messages: [SendReport]
    /// What is left to wait for: not final, and not worked on now.
    package var waiting: [SendReport]

    package init(messages: [SendReport], waiting: [SendReport]) {
        self.messages = messages
        self.waiting = waiting
    }
}
