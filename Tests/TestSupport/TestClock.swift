package import FoundationEssentials
import Synchronization
import Reconcile

/// A clock that stands still until a sleep moves it: waiting takes no time.
package final class TestClock: TimeSource {
    private let time: Mutex<Date>

    package init(_ start: Date = Date(timeIntervalSince1970: 1_790_000_000)) {
        time = Mutex(start)
    }

    package func now() -> Date { time.withLock { $0 } }

    package func sleep(until wanted: Date) async throws {
        try Task.checkCancellation()
        time.withLock { $0 = max($0, wanted) }
        await Task.yield()
    }

    package func advance(bySeconds seconds: Double) {
        time.withLock { $0 = $0.addingTimeInterval(seconds) }
    }
}
