import FoundationEssentials
import SendGate

/// Works through what is due in the outbox, a few at a time, until nothing is.
struct SendWorker: Sendable {
    let session: SendSession
    let report: @Sendable (SendReport) -> Void

    func run() async throws(OperationError) -> FlushReport {
        var worked: [SendReport] = []
        do {
            try await OutcomeLog(session: session).settle()
            while worked.count < SendLimits.messagesMax, !Task.isCancelled {
                let now = session.now
                let claimed = try await session.store.claimDue(
                    holder: session.signet.ports.holder,
                    until: now.addingTimeInterval(OutboxLimits.lease.timeInterval), countMax: OutboxLimits.claimMax,
                    at: now)
                guard !claimed.isEmpty else { break }
                let reports = try await work(claimed)
                worked += reports
                for report in reports { self.report(report) }
            }
            try await OutcomeLog(session: session).settle()
            let waiting = try await session.store.outboxMessages(
                OutboxFilter(states: Set(OutboxState.allCases.filter { !$0.isFinal })), countMax: SendLimits.owedMax)
            let seen = Set(worked.compactMap(\.id))
            return FlushReport(
                messages: worked, waiting: waiting.filter { !seen.contains($0.id) }.map { SendReport($0) })
        } catch let error as OperationError {
            throw error
        } catch {
            throw .other("\(error)")
        }
    }

    private func work(_ messages: [OutboxMessage]) async throws -> [SendReport] {
        try await withThrowingTaskGroup(of: (Int, SendReport).self) { group in
            var reports = [SendReport?](repeating: nil, count: messages.count)
            for (index, message) in messages.enumerated() {
                group.addTask {
                    let ending = try await SendAttempt(session: session, message: message).run()
                    return (index, SendReport(ending.message, decision: ending.decision))
                }
            }
            for try await (index, report) in group { reports[index] = report }
            return reports.compactMap { $0 }
        }
    }
}
