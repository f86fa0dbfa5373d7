package import FoundationEssentials

extension OutboxMessage {
    /// The outbox's whole behaviour: where an event leads from where the message stands. Pure; the store calls it
    /// inside the transaction that reads the message and writes it back.
    ///
    /// - Parameter random: in 0..<1, for the spread of retries.
    package func step(
        _ event: OutboxEvent, at now: Date, schedule: RetrySchedule = .standard, random: Double
    ) -> OutboxTransition {
        var next = self
        next.changedAt = now
        switch (state, event) {
        case (.received, .claimed(let holder, let until)), (.queued, .claimed(let holder, let until)),
            (.deferred, .claimed(let holder, let until)):
            guard dueAt.map({ $0 <= now }) ?? true else { return .stale(state) }
            next.state = .delivering
            next.dueAt = nil
            next.attempt += 1
            next.lease = Lease(holder: holder, expiresAt: until)

        case (.delivering, .committing(attempt, let logIndex, let copy, let approvalID, let until, let outcomes)):
            guard let lease else { return .stale(state) }
            next.state = .committing
            next.logIndex = logIndex
            next.approvalID = approvalID
            next.lease = Lease(holder: lease.holder, expiresAt: until)
            if let copy, !recipients.contains(where: { $0.address == copy }) {
                next.recipients.append(Recipient(address: copy, isCopy: true))
            }
            var known = outcomes[...]
            for index in next.recipients.indices where next.recipients[index].isPending {
                next.recipients[index].provisional = known.popFirst() ?? .uncertain
            }

        case (.delivering, .ended(attempt, let outcome)), (.committing, .ended(attempt, let outcome)),
            // The answer came after somebody had taken this process for dead: it is the answer all the same.
            (.unknown, .ended(attempt, let outcome)):
            return next.end(outcome, at: now, schedule: schedule, random: random)

        case (_, .logged(attempt)) where isOutcomeUnlogged:
            next.isOutcomeUnlogged = false
            next.changedAt = changedAt

        case (.delivering, .held(attempt, let approvalID, let until, let reason)):
            next.state = .held
            next.approvalID = approvalID
            next.dueAt = until
            next.lease = nil
            next.reason = reason

        case (.delivering, .refused(attempt, let reason)):
            next.finish(.refused, reason)

        case (.delivering, .postponed(attempt, let until, let reason)):
            guard until.timeIntervalSince(createdAt) <= schedule.ageMax.timeInterval else {
                next.finish(.expired, "given up: " + reason)
                next.isOutcomeUnlogged = true
                break
            }
            next.state = .deferred
            next.dueAt = until
            next.lease = nil
            next.reason = reason

        case (.held, .approved):
            next.state = .queued
            next.dueAt = now
            next.reason = ""

        case (.held, .denied(let reason)):
            next.finish(.denied, reason)
            next.isOutcomeUnlogged = true

        case (.held, .expired(let reason)), (.received, .expired(let reason)), (.queued, .expired(let reason)),
            (.deferred, .expired(let reason)):
            next.finish(.expired, reason)
            next.isOutcomeUnlogged = true

        case (.delivering, .abandoned):
            guard let lease, lease.expiresAt <= now else { return .stale(state) }
            // The end of the data is sent in `committing` only, so the relay has thrown away what it had.
            next.state = .queued
            next.dueAt = now
            next.lease = nil
            next.reason = "an attempt of \(lease.holder) was cut short before the message was handed over"

        case (.committing, .abandoned):
            guard let lease, lease.expiresAt <= now else { return .stale(state) }
            next.state = .unknown
            next.lease = nil
            for index in recipients.indices {
                // Whom the relay had turned away did not get it, whatever became of the rest.
                if let known = recipients[index].provisional { next.recipients[index].outcome = known }
            }
            next.isOutcomeUnlogged = true
            next.reason = "an attempt of \(lease.holder) was cut short while it handed the message over"

        case (.unknown, .resolved(let wasHandedOver, let person)):
            for index in recipients.indices where recipients[index].outcome == .uncertain {
                next.recipients[index].outcome =
                    wasHandedOver ? .accepted(ReplyText(code: 0, text: "handed over, says \(person)")) : nil
            }
            next.forgetProvisional()
            next.settle(at: now, reason: wasHandedOver ? "" : "not handed over, says \(person)")
            next.isOutcomeUnlogged = true

        default:
            return .stale(state)
        }
        return .moved(next)
    }

    /// What an attempt's end makes of it.
    private mutating func end(
        _ outcome: DeliveryOutcome, at now: Date, schedule: RetrySchedule, random: Double
    ) -> OutboxTransition {
        let before = state
        switch outcome {
        case .overtaken:
            return .stale(before)
        case .answered(let outcomes):
            take(outcomes)
        case .unanswered(let outcomes, let problem):
            take(outcomes)
            reason = problem.message
        case .notHandedOver(let problem):
            // Nothing was handed over, whatever somebody else took it for.
            for index in recipients.indices where recipients[index].outcome == .uncertain {
                recipients[index].outcome = nil
            }
            reason = problem.message
        }
        forgetProvisional()
        lease = nil
        isOutcomeUnlogged = true
        if recipients.contains(where: { $0.outcome == .uncertain }) {
            state = .unknown
            return .moved(self)
        }
        guard recipients.contains(where: \.isPending) else {
            settle(at: now, reason: "")
            return .moved(self)
        }
        deferrals += 1
        let first = firstDeferredAt ?? now
        firstDeferredAt = first
        let age = Duration.seconds(now.timeIntervalSince(first))
        if case .answered = outcome, let reply = recipients.lazy.compactMap(\.deferral).first {
            reason = "the relay said \(reply)"
        }
        if let wait = schedule.delay(afterAttempt: deferrals, age: age, random: random) {
            state = .deferred
            dueAt = now.addingTimeInterval(wait.timeInterval)
        } else {
            let isSent = recipients.contains(where: \.isAccepted)
            finish(isSent ? .sent : .bounced, "given up after \(deferrals) attempts: \(reason)")
        }
        return .moved(self)
    }

    /// Puts an attempt's outcomes to the recipients that it was for, in their order.
    private mutating func take(_ outcomes: [RecipientOutcome]) {
        var rest = outcomes[...]
        // From the end of the data on, those of the attempt are marked; what they are by then may no longer be pending.
        let isMarked = recipients.contains { $0.provisional != nil }
        for index in recipients.indices
        where isMarked ? recipients[index].provisional != nil : recipients[index].isPending {
            if let outcome = rest.popFirst() { recipients[index].outcome = outcome }
        }
    }

    private mutating func forgetProvisional() {
        for index in recipients.indices { recipients[index].provisional = nil }
    }

    /// Where it stands once no outcome is uncertain and none can get better by itself, or some are to be tried again.
    private mutating func settle(at now: Date, reason: String) {
        lease = nil
        if recipients.contains(where: \.isPending) {
            state = .queued
            dueAt = now
            self.reason = reason
            return
        }
        let rejection = recipients.lazy.compactMap(\.rejection).first
        if recipients.contains(where: { $0.isAccepted && !$0.isCopy }) {
            finish(.sent, rejection.map { "the relay rejected some recipients: \($0)" } ?? "")
        } else {
            finish(.bounced, rejection.map { "the relay rejected it: \($0)" } ?? reason)
        }
    }

    private mutating func finish(_ state: OutboxState, _ reason: String) {
        self.state = state
        self.reason = reason
        dueAt = nil
        lease = nil
    }
}

extension OutboxMessage.Recipient {
    var isAccepted: Bool { if case .accepted = outcome { true } else { false } }
    fileprivate var deferral: ReplyText? { if case .deferred(let reply) = outcome { reply } else { nil } }
    fileprivate var rejection: ReplyText? { if case .rejected(let reply) = outcome { reply } else { nil } }
}

extension Duration {
    var timeInterval: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
