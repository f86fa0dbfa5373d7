import FoundationEssentials
import Logging
import Operations
import Reconcile
import SendGate
import Synchronization

/// What a server does without being asked: looks whether the manifest has changed, and sends what is due.
struct OutboxWorker: Sendable {
    let desk: Desk
    let clock: any TimeSource
    let metrics: MetricsRegistry
    let logger: Logger

    /// Until the task is cancelled; what is being handed over is finished first, and nothing else begun.
    func run() async {
        let stop = Stop()
        while !Task.isCancelled {
            // Not a child task: cancelling claims nothing more, and what is claimed is worked on to its end.
            let round = Task { await self.round(until: stop) }
            await withTaskCancellationHandler {
                await round.value
            } onCancel: {
                stop.isWanted.store(true, ordering: .relaxed)
            }
            let next = clock.now().addingTimeInterval(ServerLimits.workInterval.timeInterval)
            do { try await clock.sleep(until: next) } catch { return }
        }
    }

    private final class Stop: Sendable {
        let isWanted = Atomic(false)
    }

    private func round(until stop: Stop) async {
        do {
            try await desk.refresh()
            for message in try await desk.flush(while: { !stop.isWanted.load(ordering: .relaxed) }) {
                metrics.messageEnded(message.state?.rawValue ?? "unknown")
            }
            metrics.workerRan(failed: false)
        } catch {
            metrics.workerRan(failed: true)
            logger.error("the outbox could not be worked on: \(OperationProblemText.text(error))")
        }
    }
}
