import FoundationEssentials
import Keys
import Testing

@testable import Manifest
@testable import SendGate

@Suite("Outbox, step by step")
struct OutboxStepTests {
    static let start = Date(timeIntervalSince1970: 1_790_000_000)
    static let later = start.addingTimeInterval(1000)
    static let id = MessageID(random: Array(repeating: 7, count: 16))
    static let ok = ReplyText(code: 250, text: "kept")
    static let no = ReplyText(code: 550, text: "no")
    static let wait = ReplyText(code: 450, text: "later")
    static let problem = DeliveryProblem(.couldNotConnect, "nobody listens")

    static func message(
        _ state: OutboxState, recipients: [OutboxMessage.Recipient] = [.init(address: "b@x.test")], deferrals: Int = 0
    ) -> OutboxMessage {
        var message = OutboxMessage(
            id: id, agent: "a", domain: "x.test", relay: "r", sender: "a@x.test", recipients: recipients,
            requestDigest: SHA256.hash([]), state: state, createdAt: start, attempt: 3, deferrals: deferrals)
        switch state {
        case .delivering, .committing: message.lease = .init(holder: "me", expiresAt: start.addingTimeInterval(100))
        case .received, .queued, .deferred, .held: message.dueAt = start
        case .unknown:
            for index in message.recipients.indices {
                message.recipients[index].outcome = .uncertain
                message.recipients[index].provisional = .uncertain
            }
        case .sent, .bounced, .refused, .denied, .expired: break
        }
        return message
    }

    static let events: [(name: String, event: OutboxEvent)] = [
        ("claimed", .claimed(holder: "you", until: later)),
        ("committing", .committing(attempt: 3, logIndex: 9, copy: nil, approvalID: nil, until: later)),
        ("committing, old", .committing(attempt: 2, logIndex: 9, copy: nil, approvalID: nil, until: later)),
        ("accepted", .ended(attempt: 3, .answered([.accepted(ok)]))),
        ("accepted, old", .ended(attempt: 2, .answered([.accepted(ok)]))),
        ("not handed over", .ended(attempt: 3, .notHandedOver(problem))),
        ("unanswered", .ended(attempt: 3, .unanswered([.uncertain], problem))),
        ("overtaken", .ended(attempt: 3, .overtaken)),
        ("held", .held(attempt: 3, approvalID: "ap_1", until: later, reason: "gated")),
        ("refused", .refused(attempt: 3, reason: "blocked")), ("refused, old", .refused(attempt: 2, reason: "")),
        ("postponed", .postponed(attempt: 3, until: later, reason: "not converged")),
        ("approved", .approved), ("denied", .denied(reason: "no")), ("expired", .expired(reason: "late")),
        ("abandoned", .abandoned), ("handed over", .resolved(wasHandedOver: true, by: "me")),
        ("never handed over", .resolved(wasHandedOver: false, by: "me")), ("logged", .logged(attempt: 3)),
    ]

    /// Every event in every state: where it leads. What is not listed changes nothing.
    static let moves: [OutboxState: [String: OutboxState]] = [
        .received: ["claimed": .delivering, "expired": .expired],
        .queued: ["claimed": .delivering, "expired": .expired],
        .deferred: ["claimed": .delivering, "expired": .expired],
        .held: ["approved": .queued, "denied": .denied, "expired": .expired],
        .delivering: [
            "committing": .committing, "accepted": .sent, "not handed over": .deferred, "unanswered": .unknown,
            "held": .held, "refused": .refused, "postponed": .deferred, "abandoned": .queued,
        ],
        .committing: [
            "accepted": .sent, "not handed over": .deferred, "unanswered": .unknown, "abandoned": .unknown,
        ],
        .unknown: [
            "accepted": .sent, "not handed over": .deferred, "unanswered": .unknown, "handed over": .sent,
            "never handed over": .queued,
        ],
    ]

    @Test(arguments: OutboxState.allCases)
    func everyEventInEveryState(state: OutboxState) {
        for (name, event) in Self.events {
            let transition = Self.message(state).step(event, at: Self.later, random: 0.5)
            let expected = Self.moves[state]?[name]
            switch transition {
            case .moved(let after): #expect(after.state == expected, "\(name) in \(state)")
            case .stale(let stood):
                #expect(expected == nil, "\(name) in \(state)")
                #expect(stood == state)
            case .missing: Issue.record("\(name) in \(state)")
            }
        }
    }

    @Test func aLeaseThatRunsIsNotTakenOver() {
        for state in [OutboxState.delivering, .committing] {
            let early = Self.start.addingTimeInterval(99)
            #expect(Self.message(state).step(.abandoned, at: early, random: 0) == .stale(state))
        }
    }

    @Test func nothingIsClaimedBeforeItIsDue() {
        let event = OutboxEvent.claimed(holder: "me", until: Self.later)
        let early = Self.start.addingTimeInterval(-1)
        #expect(Self.message(.deferred).step(event, at: early, random: 0) == .stale(.deferred))
        let claimed = Self.message(.deferred).step(event, at: Self.start, random: 0).message
        #expect(claimed?.attempt == 4)
        #expect(claimed?.lease == .init(holder: "me", expiresAt: Self.later))
    }

    @Test(
        "What an attempt's outcome makes of each recipient and of the whole",
        arguments: [
            ([RecipientOutcome.accepted(ok), .accepted(ok)], OutboxState.sent, [String]()),
            ([.accepted(ok), .rejected(no)], .sent, []), ([.rejected(no), .rejected(no)], .bounced, []),
            ([.accepted(ok), .deferred(wait)], .deferred, ["c@x.test"]),
            ([.deferred(wait), .deferred(wait)], .deferred, ["b@x.test", "c@x.test"]),
            ([.rejected(no), .deferred(wait)], .deferred, ["c@x.test"]),
        ])
    func recipients(outcomes: [RecipientOutcome], state: OutboxState, pending: [String]) {
        let before = Self.message(.committing, recipients: [.init(address: "b@x.test"), .init(address: "c@x.test")])
        let after = before.step(.ended(attempt: 3, .answered(outcomes)), at: Self.later, random: 0.5).message
        #expect(after?.state == state)
        #expect(after?.envelope().recipients == pending)
        #expect(after?.recipients.map(\.outcome) == outcomes)
        #expect(after?.isOutcomeUnlogged == true)
    }

    @Test func outcomesOfARetryGoToThoseItWasFor() {
        let before = Self.message(
            .committing,
            recipients: [
                .init(address: "b@x.test", outcome: .accepted(Self.ok)),
                .init(address: "c@x.test", outcome: .deferred(Self.wait)),
                .init(address: "d@x.test", outcome: .rejected(Self.no)),
            ], deferrals: 1)
        let after = before.step(.ended(attempt: 3, .answered([.accepted(Self.ok)])), at: Self.later, random: 0).message
        #expect(after?.state == .sent)
        #expect(after?.recipients.map(\.outcome) == [.accepted(Self.ok), .accepted(Self.ok), .rejected(Self.no)])
    }

    @Test func whomTheRelayTurnedAwayIsNotInDoubt() {
        let recipients = ["b", "c", "d"].map { OutboxMessage.Recipient(address: "\($0)@x.test") }
        let event = OutboxEvent.committing(
            attempt: 3, logIndex: 9, copy: nil, approvalID: nil, until: Self.start,
            outcomes: [.rejected(Self.no), .uncertain, .deferred(Self.wait)])
        let killed = Self.message(.delivering, recipients: recipients).step(event, at: Self.start, random: 0)
            .message!.step(.abandoned, at: Self.later, random: 0).message!
        #expect(killed.state == .unknown)
        #expect(killed.recipients.map(\.outcome) == [.rejected(Self.no), .uncertain, .deferred(Self.wait)])
        // The one that was deferred goes on, whatever became of the other.
        let settled = killed.step(.resolved(wasHandedOver: true, by: "me"), at: Self.later, random: 0).message!
        #expect(settled.state == .queued)
        #expect(settled.envelope().recipients == ["d@x.test"])
        // The answer may still come.
        let late = killed.step(
            .ended(attempt: 3, .answered([.rejected(Self.no), .accepted(Self.ok), .deferred(Self.wait)])),
            at: Self.later, random: 0
        ).message!
        #expect(late.state == .deferred)
        #expect(late.recipients.map(\.outcome) == [.rejected(Self.no), .accepted(Self.ok), .deferred(Self.wait)])
    }

    @Test func theCopyIsARecipientFromTheEndOfTheDataOn() {
        let event = OutboxEvent.committing(
            attempt: 3, logIndex: 9, copy: "boss@x.test", approvalID: nil, until: Self.later)
        let before = Self.message(.delivering)
        #expect(before.envelope(copyTo: "boss@x.test").recipients == ["b@x.test", "boss@x.test"])
        #expect(before.envelope(copyTo: "boss@x.test").required == ["boss@x.test"])
        let committing = before.step(event, at: Self.start, random: 0).message!
        #expect(committing.recipients.map(\.isCopy) == [false, true])
        let sent = committing.step(
            .ended(attempt: 3, .answered([.accepted(Self.ok), .accepted(Self.ok)])), at: Self.start, random: 0)
        #expect(sent.message?.state == .sent)
        // The message was not sent if only its copy was.
        let copyOnly = committing.step(
            .ended(attempt: 3, .answered([.rejected(Self.no), .accepted(Self.ok)])), at: Self.start, random: 0)
        #expect(copyOnly.message?.state == .bounced)
        // One that is its copy's address anyway gets it once.
        let own = before.envelope(copyTo: "b@x.test")
        #expect(own.recipients == ["b@x.test"] && own.required == ["b@x.test"] && own.copies.isEmpty)
    }

    @Test func aCopyThatHasGoneIsNotAskedForAgain() {
        var message = Self.message(.delivering)
        message.recipients.append(.init(address: "boss@x.test", outcome: .accepted(Self.ok), isCopy: true))
        let envelope = message.envelope(copyTo: "boss@x.test")
        #expect(envelope.recipients == ["b@x.test"] && envelope.required.isEmpty && envelope.hasSentCopy)
        message.recipients[1].outcome = .rejected(Self.no)
        #expect(!message.envelope(copyTo: "boss@x.test").hasSentCopy)
        #expect(!message.envelope().hasSentCopy)
    }

    @Test func retriesBackOffAndEnd() {
        var message = Self.message(.queued)
        var now = Self.start
        var waits: [Double] = []
        while message.state != .bounced {
            message = message.step(.claimed(holder: "me", until: now), at: now, random: 0).message!
            message = message.step(
                .ended(attempt: message.attempt, .notHandedOver(Self.problem)), at: now, random: 0.999
            ).message!
            guard let due = message.dueAt else { break }
            waits.append(due.timeIntervalSince(now))
            now = due
            #expect(waits.count < RetrySchedule.standard.attemptsMax)
        }
        #expect(message.state == .bounced)
        #expect(message.reason.contains("nobody listens"))
        #expect(waits.prefix(4).map { ($0 / 300).rounded() } == [1, 2, 4, 8])
        #expect(waits.allSatisfy { $0 <= 4 * 3600 })
        let age = now.timeIntervalSince(Self.start)
        #expect((3 * 86_400...4 * 86_400).contains(age))
    }

    @Test func anOverlapBelowTheLongestRetryTimeIsSuspect() {
        let longest = RetrySchedule.standard.ageMax
        #expect(DKIMRule.suspects(DKIMDeclaration(overlap: longest - .seconds(1))))
        #expect(!DKIMRule.suspects(DKIMDeclaration(overlap: longest)))
    }

    @Test func jitterSpreadsAndNeverShortensBelowHalf() {
        let schedule = RetrySchedule.standard
        for random in [0, 0.25, 0.999] {
            let wait = schedule.delay(afterAttempt: 1, age: .zero, random: random)!
            #expect(wait >= .seconds(150))
            #expect(wait <= .seconds(300))
        }
        #expect(schedule.delay(afterAttempt: 100, age: .zero, random: 0) == nil)
        #expect(schedule.delay(afterAttempt: 1, age: .seconds(4 * 86_400), random: 0) == nil)
    }

    @Test func idsAreReadBackAndNothingElseIs() {
        #expect(MessageID(rawValue: Self.id.rawValue) == Self.id)
        #expect(Self.id.rawValue.utf8.count == 26)
        #expect(MessageID(random: Array(repeating: 0xFF, count: 16)).rawValue == "777777777777777777777777" + "74")
        for text in ["", "abc", String(repeating: "A", count: 26), String(repeating: "1", count: 26)] {
            #expect(MessageID(rawValue: text) == nil)
        }
    }
}
