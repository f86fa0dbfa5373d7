import Audit
import FoundationEssentials
import SendGate

/// Works through what is due in the outbox, a few at a time, until nothing is.
struct SendWorker: Sendable {
    let session: SendSession
    let report: @Sendable (SendReport) -> Void
    /// Asked before more is claimed; what is claimed is worked on to its end.
    var goesOn: @Sendable () -> Bool = { !Task.isCancelled }

    /// Every message that was worked on, as it stands now. One that could not be is put off, with the reason, and keeps
    /// nothing else from being sent.
    func run() async throws(OperationError) -> [SendReport] {
        do {
            try await OutcomeLog(session: session).settle()
            try await endOverdue()
            try await reviewHeld()
            let worked = try await work()
            try await OutcomeLog(session: session).settle()
            return worked
        } catch {
            throw OperationError(error)
        }
    }

    /// What is left to wait for: not final, and not among these.
    func waiting(without worked: [SendReport]) async throws(OperationError) -> [SendReport] {
        let states = Set(OutboxState.allCases.filter { !$0.isFinal })
        let seen = Set(worked.compactMap(\.id))
        do {
            return try await session.store.outboxMessages(OutboxFilter(states: states), countMax: SendLimits.owedMax)
                .filter { !seen.contains($0.id) }.map { SendReport($0) }
        } catch {
            throw OperationError(error)
        }
    }

    /// Held messages that nobody answered in time, with the requests for them. In the log first: no answer is taken any
    /// more, so nothing can come between.
    private func endOverdue() async throws {
        let now = session.now
        let overdue = try await session.store.overdueHolds(countMax: SendLimits.owedMax, at: now)
        guard !overdue.isEmpty else { return }
        var entries: [LogEntry] = []
        var requests: [ApprovalID] = []
        var over: [OutboxStoreEvent] = []
        for hold in overdue {
            switch hold.request?.state {
            // Answered at the last moment: `reviewHeld` takes it from there.
            case .approved, .denied, .voided, .expired: continue
            case .pending:
                guard let request = hold.request, request.answerBy <= now else { continue }
                requests.append(request.id)
                entries.append(
                    LogEntry(
                        .approvalExpired, at: now, domain: hold.message.domain, agent: hold.message.agent,
                        message: hold.message.id.rawValue,
                        details: [
                            "approval": .text(request.id.rawValue), "content": .text(request.message.description),
                        ]))
            case .inFlight, .used, nil: break
            }
            over.append(OutboxStoreEvent(hold.message.id, .expired(reason: Self.unanswered)))
        }
        if !entries.isEmpty { _ = try await session.log.append(entries) }
        let approvals = Approvals(store: session.store)
        for request in requests { try await approvals.end(request, by: .expiry, at: now) }
        _ = try await session.store.apply(over, at: now)
    }

    private static let unanswered = "nobody approved it in time"

    /// Held messages whose approver has answered: due now, or at their end. The gate looks at the answer again.
    private func reviewHeld() async throws {
        let events = try await session.store.answeredHolds(countMax: SendLimits.owedMax).compactMap { hold in
            switch hold.approval {
            // A voided one is asked for anew, by the gate.
            case .approved, .voided: OutboxStoreEvent(hold.message, .approved)
            case .denied: OutboxStoreEvent(hold.message, .denied(reason: "an approver said no"))
            case .expired: OutboxStoreEvent(hold.message, .expired(reason: Self.unanswered))
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
                    worked.count + running < SendLimits.messagesMax, goesOn()
                {
                    let claimed = try await claim()
                    mayBeMore = claimed.count == OutboxLimits.claimMax
                    running += claimed.count
                    for message in claimed {
                        group.addTask { try await attempt(message) }
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

    private func attempt(_ message: OutboxMessage) async throws -> SendReport {
        do {
            return try await SendAttempt(session: session, message: message).run().report
        } catch {
            // It has put the message off, or could not even do that.
            guard let after = try await session.store.outboxMessage(message.id) else { throw error }
            return SendReport(after)
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
