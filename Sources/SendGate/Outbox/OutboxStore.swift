package import FoundationEssentials

/// The outbox as it is read.
package protocol OutboxReading: Sendable {
    func outboxMessage(_ id: MessageID) async throws(SendStoreError) -> OutboxMessage?

    /// The message's own octets, unsigned; nil once they are dropped, or if there is no such message.
    func octets(of id: MessageID) async throws(SendStoreError) -> [UInt8]?

    /// Newest first.
    func outboxMessages(
        _ filter: OutboxFilter, countMax: Int
    ) async throws(SendStoreError) -> [OutboxMessage]

    /// How many messages of an agent count against its limit: those taken in after `since`.
    func countedMessages(of agent: String, since: Date) async throws(SendStoreError) -> Int

    /// What was last observed of a domain; nil: nothing.
    func observedAlignment(of domain: String) async throws(SendStoreError) -> ObservedAlignment?
}

/// The outbox's memory. Each method is one transaction, durable when it returns; several processes may share it.
package protocol OutboxStore: OutboxReading {
    /// Takes a message in, unless its agent has used this idempotency key before, or has reached `perHourMax` messages
    /// in the last hour. A message that comes with a lease is claimed by whoever brings it.
    func accept(
        _ message: OutboxMessage, octets: [UInt8], perHourMax: Int?, at now: Date
    ) async throws(SendStoreError) -> OutboxAcceptance

    /// Puts each event through `OutboxMessage.step` and stores what it leads to. A message that has come to its end
    /// loses its octets in the same transaction.
    func apply(
        _ events: [OutboxStoreEvent], at now: Date
    ) async throws(SendStoreError) -> [OutboxTransition]

    /// Claims messages that are due, the longest due first, and before that ends what is overdue: leases of those who
    /// died, and holds past their time.
    func claimDue(
        holder: String, until: Date, countMax: Int, at now: Date
    ) async throws(SendStoreError) -> [OutboxMessage]

    /// Puts other content into a message that is held or queued; false, and nothing is changed, if it is neither any
    /// more. What was approved before is void, because it was another content.
    func replaceContent(
        _ id: MessageID, sender: String, recipients: [String], octets: [UInt8], at now: Date
    ) async throws(SendStoreError) -> Bool

    /// Messages whose last outcome is not in the log: a process died in between.
    func unloggedOutcomes(countMax: Int) async throws(SendStoreError) -> [OutboxMessage]

    func record(_ alignment: ObservedAlignment) async throws(SendStoreError)
}

package struct OutboxStoreEvent: Sendable {
    package var id: MessageID
    package var event: OutboxEvent
    /// In 0..<1, for the spread of retries.
    package var random: Double

    package init(_ id: MessageID, _ event: OutboxEvent, random: Double = 0.5) {
        self.id = id
        self.event = event
        self.random = random
    }
}

package enum OutboxAcceptance: Sendable, Equatable {
    case accepted
    /// This agent has used the key for the same request: the message that it led to, as it stands now.
    case repeated(OutboxMessage)
    /// This agent has used the key for another request, which led to this message.
    case conflict(MessageID)
    /// So many messages count against the limit already.
    case overLimit(Int)
}

/// Which messages to list; an empty filter is all.
package struct OutboxFilter: Sendable, Equatable {
    package var states: Set<OutboxState>
    package var agent: String?

    package init(states: Set<OutboxState> = [], agent: String? = nil) {
        self.states = states
        self.agent = agent
    }
}

/// What the gate goes by, of one domain, and when it was observed.
package struct ObservedAlignment: Sendable, Equatable {
    package var domain: String
    package var observedAt: Date
    package var convergence: GateFacts.Convergence
    /// Never `stale`: how old it may be is said where it is used.
    package var alignment: GateFacts.Alignment
    /// What was found, for whoever is told that the gate is closed; empty if all is well.
    package var finding: String

    package init(
        domain: String, observedAt: Date, convergence: GateFacts.Convergence, alignment: GateFacts.Alignment,
        finding: String
    ) {
        self.domain = domain
        self.observedAt = observedAt
        self.convergence = convergence
        self.alignment = alignment
        self.finding = finding
    }
}
