import FoundationEssentials
import Keys
import TestSupport
import Testing

@testable import SendGate

/// Processes that work on one outbox and are killed anywhere, against a relay that defers, rejects and loses answers.
/// What must hold is held against the relay's own memory, not against what the outbox believes.
@Suite("Outbox, simulated")
struct OutboxSimulationTests {
    /// What the relay took responsibility for: how often, for each message and recipient.
    final class Relay {
        var accepted: [String: Int] = [:]
    }

    enum Crash: CaseIterable { case beforeCommit, beforeEnd, beforeAnswer, afterAnswer, none }

    @Test(arguments: 0..<60)
    func noneLostNoneTwice(seed: UInt64) async throws {
        var random = SeededRandom(seed: 0x51_6E_E7 &+ seed)
        let outbox = InMemoryOutbox()
        let relay = Relay()
        var now = Date(timeIntervalSince1970: 1_790_000_000)
        var ids: [MessageID] = []
        for number in 0..<6 {
            let id = MessageID(random: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
            ids.append(id)
            let message = OutboxMessage(
                id: id, agent: "a", domain: "x.test", relay: "r", sender: "a@x.test",
                recipients: (0...number % 3).map { .init(address: "r\($0)@x.test") },
                requestDigest: SHA256.hash([UInt8(number)]), createdAt: now, dueAt: now)
            #expect(try await outbox.accept(message, octets: [1], perHourMax: nil, at: now) == .accepted)
        }
        // Attempts that were overtaken while they hung: they go on later, and must not be able to send.
        var stragglers: [OutboxMessage] = []
        for _ in 0..<400 {
            let claimed = await outbox.claimDue(
                holder: "p", until: now.addingTimeInterval(300), countMax: 2, at: now)
            for message in claimed {
                if Double.random(in: 0..<1, using: &random) < 0.1 {
                    stragglers.append(message)
                } else {
                    await attempt(message, outbox, relay, now, &random)
                }
            }
            if let index = stragglers.indices.randomElement(using: &random), Bool.random(using: &random) {
                await attempt(stragglers.remove(at: index), outbox, relay, now, &random)
            }
            // A person looks at what is in doubt, and tells the truth.
            for message in await outbox.outboxMessages(OutboxFilter(states: [.unknown]), countMax: 10) {
                let uncertain = message.recipients.filter { $0.outcome == .uncertain }
                let had = uncertain.contains { relay.accepted["\(message.id) \($0.address)"] != nil }
                _ = await outbox.apply(
                    [OutboxStoreEvent(message.id, .resolved(wasHandedOver: had, by: "me"))], at: now)
            }
            now = now.addingTimeInterval(Double.random(in: 1...900, using: &random))
        }
        for id in ids {
            let message = try #require(await outbox.outboxMessage(id))
            #expect(message.state.isFinal, "seed \(seed): \(message)")
            for recipient in message.recipients {
                let count = relay.accepted["\(id) \(recipient.address)"] ?? 0
                #expect(count <= 1, "seed \(seed): \(recipient) was sent \(count) times")
                if case .accepted = recipient.outcome { #expect(count == 1, "seed \(seed): lost") }
                if case .rejected = recipient.outcome { #expect(count == 0, "seed \(seed): rejected and sent") }
            }
            if message.recipients.contains(where: { relay.accepted["\(id) \($0.address)"] != nil }) {
                #expect(message.logIndex != nil, "seed \(seed): sent without its entry")
            }
        }
    }

    /// One attempt, killed where chance says.
    private func attempt(
        _ message: OutboxMessage, _ outbox: InMemoryOutbox, _ relay: Relay, _ now: Date,
        _ random: inout SeededRandom
    ) async {
        let crash =
            Double.random(in: 0..<1, using: &random) < 0.5 ? Crash.allCases.randomElement(using: &random)! : .none
        if crash == .beforeCommit { return }
        let envelope = message.envelope()
        let replies = envelope.recipients.map { _ -> RecipientOutcome in
            switch Int.random(in: 0..<6, using: &random) {
            case 0: .rejected(ReplyText(code: 550, text: "no"))
            case 1: .deferred(ReplyText(code: 450, text: "later"))
            default: .accepted(ReplyText(code: 250, text: "ok"))
            }
        }
        func end(_ outcome: DeliveryOutcome) async {
            _ = await outbox.apply(
                [OutboxStoreEvent(message.id, .ended(attempt: message.attempt, outcome), random: 0.5)], at: now)
        }
        guard replies.contains(where: { if case .accepted = $0 { true } else { false } }) else {
            return await end(.answered(replies))
        }
        let event = OutboxEvent.committing(
            attempt: message.attempt, logIndex: 1, copy: nil, approvalID: nil, until: now.addingTimeInterval(660))
        guard await outbox.apply([OutboxStoreEvent(message.id, event)], at: now)[0].message != nil else {
            return await end(.overtaken)
        }
        if crash == .beforeEnd { return }
        for (recipient, reply) in zip(envelope.recipients, replies) {
            if case .accepted = reply { relay.accepted["\(message.id) \(recipient)", default: 0] += 1 }
        }
        if crash == .beforeAnswer { return }
        if crash == .afterAnswer {
            // The answer is lost, and the process lives to say so.
            let outcomes = replies.map { reply -> RecipientOutcome in
                if case .accepted = reply { .uncertain } else { reply }
            }
            return await end(.unanswered(outcomes, DeliveryProblem(.connectionLost, "lost")))
        }
        await end(.answered(replies))
    }
}
