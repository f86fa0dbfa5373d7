import FoundationEssentials
import SendGate

/// Works through what is due in the outbox, a few at a time, until nothing is.
struct SendWorker: Sendable {
    let session: SendSession
    let report: @Sendable (SendReport) -> Void

    func run() async throws(OperationError) -> FlushReport {
        let worked: [SendReport]
        do {
            try await OutcomeLog(session: session).settle()
            try await reviewHeld()
            worked = try await work()
            try await OutcomeLog(session: session).settle()
            let waiting = try await session.store.outboxMessages(
                OutboxFilter(states: Set(OutboxState.allCases.filter { !$0.isFinal })), countMax: SendLimits.owedMax)
            let seen = Set(worked.compactMap(\.id))
            return FlushReport(
                messages: worked, waiting: waiting.filter { !seen.contains($0.id) }.map { SendReport($0) })
        } catch {
            throw OperationError(error)
        }
    }

    /// Held messages whose approver has answered: due now, or at their end. The gate looks at the answer again.
    private func reviewHeld() async throws {
        let events = try await session.store.answeredHolds(countMax: SendLimits.owedMax).compactMap { hold in
            switch hold.approval {
            // A voided one is asked for anew, by the gate.
            case .approved, .voided: OutboxStoreEvent(hold.message, .approved)
            case .denied: OutboxStoreEvent(hold.message, .denied(reason: "an approver said no"))
            case .expired: OutboxStoreEvent(hold.message, .expired(reason: "nobody approved it in time"))
            case .pending, .inFlight, .used: nil
            }
        }
        guard !events.isEmpty else { return }
        _ = try await session.store.apply(events, at: session.now)
    }

    /// Claims a few more whenever so many have ended, so that one slow message holds up no other.
    private func work() async throws -> [SendReport] {
        try await withThrowingTaskGroup(of: SendReport.self) { group in
            var worked: [SendReport] = []
            var running = 0
            var mayBeMore = true
            while true {
                while mayBeMore, running + OutboxLimits.claimMax <= SendLimits.inFlightMax,
                    worked.count + running < SendLimits.messagesMax, !Task.isCancelled
                {
                    let claimed = try await claim()
                    mayBeMore = claimed.count == OutboxLimits.claimMax
                    running += claimed.count
                    for message in claimed {
                        group.addTask {
                            try await SendAttempt(session: session, message: message).run().report
                        }
                    }
                }
                guard let report = try await group.next() else { return worked }
                running -= 1
                worked.append(report)
                self.report(report)
                // Something else may have become due, or been queued again, meanwhile.
                if running == 0 { mayBeMore = true }
            }
        }
    }

    private func claim() async throws -> [OutboxMessage] {
        let now = session.now
        return try await session.store.claimDue(
            holder: session.signet.ports.holder,
            until: now.addingTimeInterval(session.leases.attempt.timeInterval), countMax: OutboxLimits.claimMax, at: now
        )
    }
}
