package import FoundationEssentials
package import SendGate

/// The outbox as a dictionary. What it does is `OutboxMessage.step`'s; `Tests/ContractTests` holds it to the same
/// contract as the real store.
package actor InMemoryOutbox: OutboxStore {
    private var messages: [MessageID: OutboxMessage] = [:]
    private var contents: [MessageID: [UInt8]] = [:]
    private var alignments: [String: ObservedAlignment] = [:]

    package init() {}

    package func accept(
        _ message: OutboxMessage, octets: [UInt8], perHourMax: Int?, at now: Date
    ) throws(SendStoreError) -> OutboxAcceptance {
        if let key = message.idempotencyKey,
            let earlier = messages.values.first(where: { $0.agent == message.agent && $0.idempotencyKey == key })
        {
            return earlier.requestDigest == message.requestDigest ? .repeated(earlier) : .conflict(earlier.id)
        }
        if let perHourMax {
            let count = countedMessages(of: message.agent, since: now.addingTimeInterval(-3600))
            if count >= perHourMax { return .overLimit(count) }
        }
        messages[message.id] = message
        contents[message.id] = octets
        return .accepted
    }

    package func outboxMessage(_ id: MessageID) -> OutboxMessage? { messages[id] }
    package func octets(of id: MessageID) -> [UInt8]? { contents[id] }

    package func apply(_ events: [OutboxStoreEvent], at now: Date) -> [OutboxTransition] {
        events.map { event in
            guard let message = messages[event.id] else { return .missing }
            let transition = message.step(event.event, at: now, random: event.random)
            if let after = transition.message {
                messages[event.id] = after
                if after.state.isFinal { contents[event.id] = nil }
            }
            return transition
        }
    }

    package func claimDue(holder: String, until: Date, countMax: Int, at now: Date) -> [OutboxMessage] {
        let overdue = messages.values.filter { ($0.lease?.expiresAt).map { $0 <= now } ?? false }
            .sorted { ($0.lease!.expiresAt, $0.id) < ($1.lease!.expiresAt, $1.id) }
        _ = apply(overdue.prefix(countMax).map { OutboxStoreEvent($0.id, .abandoned) }, at: now)
        let due = messages.values.filter { $0.state != .held && $0.dueAt.map { $0 <= now } ?? false }
            .sorted { ($0.dueAt!, $0.id) < ($1.dueAt!, $1.id) }
        let transitions = apply(
            due.prefix(countMax).map { OutboxStoreEvent($0.id, .claimed(holder: holder, until: until)) }, at: now)
        return transitions.compactMap(\.message).filter { $0.state == .delivering }
    }

    package func outboxMessages(_ filter: OutboxFilter, countMax: Int) -> [OutboxMessage] {
        let found = messages.values.filter { message in
            (filter.states.isEmpty || filter.states.contains(message.state))
                && (filter.agent ?? message.agent) == message.agent
        }
        let sorted = found.sorted { left, right in
            left.createdAt == right.createdAt ? left.id < right.id : left.createdAt > right.createdAt
        }
        return Array(sorted.prefix(countMax))
    }

    package func countedMessages(of agent: String, since: Date) -> Int {
        messages.values.count { $0.agent == agent && $0.createdAt > since && $0.state.countsAgainstLimit }
    }

    package func observedAlignment(of domain: String) -> ObservedAlignment? { alignments[domain] }

    package func replaceContent(
        _ id: MessageID, sender: String, recipients: [String], octets: [UInt8], at now: Date
    ) -> Bool {
        guard messages[id]?.isEditable == true else { return false }
        messages[id]?.sender = sender
        messages[id]?.recipients = recipients.map { OutboxMessage.Recipient(address: $0) }
        messages[id]?.changedAt = now
        contents[id] = octets
        return true
    }

    package func unloggedOutcomes(countMax: Int) -> [OutboxMessage] {
        Array(
            messages.values.filter(\.isOutcomeUnlogged).sorted { ($0.changedAt, $0.id) < ($1.changedAt, $1.id) }
                .prefix(countMax))
    }

    package func record(_ alignment: ObservedAlignment) {
        if let known = alignments[alignment.domain], known.observedAt > alignment.observedAt { return }
        alignments[alignment.domain] = alignment
    }
}
