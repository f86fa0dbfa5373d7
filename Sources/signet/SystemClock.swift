import FoundationEssentials
import Reconcile

/// Wall-clock time.
struct SystemClock: TimeSource {
    /// The longest sleep in one piece: a clock that is set, or a machine that slept, is noticed after this.
    private static let sliceSeconds: TimeInterval = 15

    func now() -> Date { Date() }

    func sleep(until time: Date) async throws {
        while true {
            try Task.checkCancellation()
            let left = time.timeIntervalSinceNow
            if left <= 0 { return }
            try await Task.sleep(for: .seconds(min(left, Self.sliceSeconds)))
        }
    }
}
