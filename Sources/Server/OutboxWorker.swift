import FoundationEssentials
import Logging
import Operations
import Reconcile
import SendGate

/// What a server does without being asked: looks whether the manifest has changed, and sends what is due.
struct OutboxWorker: Sendable {
    let desk: Desk
    let clock: any TimeSource
    let metrics: MetricsRegistry
    let logger: Logger

    /// Until the task is cancelled; a round that has begun is finished first.
    func run() async {
        while !Task.isCancelled {
            // Not a child task: cancelling stops the next round, not this one.
            await Task { await round() }.value
            let next = clock.now().addingTimeInterval(ServerLimits.workInterval.timeInterval)
            do { try await clock.sleep(until: next) } catch { return }
        }
    }

    private func round() async {
        do {
            try await desk.refresh()
            let report = try await desk.flush()
            for message in report.messages { metrics.messageEnded(message.state?.rawValue ?? "unknown") }
            metrics.workerRan(failed: false)
        } catch {
            metrics.workerRan(failed: true)
            logger.error("the outbox could not be worked on: \(OperationProblemText.text(error))")
        }
    }
}
