/// When to try again, and how long to wait before it: exponential back-off with full jitter, within a deadline.
package struct RetryPolicy: Sendable, Equatable {
    /// How many tries in all, at least one.
    package var attemptsMax: Int
    /// The upper bound of the first wait; each further one doubles it.
    package var firstDelay: Duration
    package var delayMax: Duration
    /// A server that asks for more is not waited for.
    package var retryAfterMax: Duration
    /// From the first try's start: no wait begins that would end later.
    package var deadline: Duration

    package init(
        attemptsMax: Int = 6, firstDelay: Duration = .milliseconds(500), delayMax: Duration = .seconds(20),
        retryAfterMax: Duration = .seconds(90), deadline: Duration = .seconds(180)
    ) {
        self.attemptsMax = attemptsMax
        self.firstDelay = firstDelay
        self.delayMax = delayMax
        self.retryAfterMax = retryAfterMax
        self.deadline = deadline
    }

    /// How long to wait after the `attempt`th try (from 1); nil to give up.
    ///
    /// The wait is a fraction of the back-off between a half and one, so that many clients spread out; it is never
    /// shorter than `retryAfter`. `random` lies in 0..<1.
    package func delay(
        afterAttempt attempt: Int, elapsed: Duration, retryAfter: Duration? = nil, random: Double
    ) -> Duration? {
        guard attempt < attemptsMax else { return nil }
        var backOff = firstDelay
        for _ in 1..<max(attempt, 1) where backOff < delayMax { backOff *= 2 }
        var wait = min(backOff, delayMax) * (0.5 + random / 2)
        if let retryAfter {
            guard retryAfter <= retryAfterMax else { return nil }
            wait = max(wait, retryAfter)
        }
        return elapsed + wait <= deadline ? wait : nil
    }

    /// What one try came to.
    package enum Outcome<Value: Sendable>: Sendable {
        case done(Value)
        /// Try again, if the policy allows; otherwise this is the result.
        case again(Value, retryAfter: Duration? = nil)
    }

    /// Tries until one is done or the policy gives up, and returns the last try's value. `attempt` is told its number,
    /// from 1. A cancelled task gives up after the try that runs.
    package func run<Value: Sendable>(
        _ surroundings: RetrySurroundings = .system, _ attempt: (Int) async -> Outcome<Value>
    ) async -> Value {
        let start = surroundings.elapsed()
        var number = 1
        while true {
            switch await attempt(number) {
            case .done(let value):
                return value
            case .again(let value, let retryAfter):
                let wait = delay(
                    afterAttempt: number, elapsed: surroundings.elapsed() - start, retryAfter: retryAfter,
                    random: surroundings.random())
                guard let wait, !Task.isCancelled else { return value }
                await surroundings.sleep(wait)
                if Task.isCancelled { return value }
                number += 1
            }
        }
    }
}

/// What retrying takes from the world, so that a test can put a table in its place.
package struct RetrySurroundings: Sendable {
    /// In 0..<1.
    package var random: @Sendable () -> Double
    /// Returns early if the task is cancelled.
    package var sleep: @Sendable (Duration) async -> Void
    /// A clock that never runs backwards; its zero means nothing.
    package var elapsed: @Sendable () -> Duration

    package init(
        random: @escaping @Sendable () -> Double, sleep: @escaping @Sendable (Duration) async -> Void,
        elapsed: @escaping @Sendable () -> Duration
    ) {
        self.random = random
        self.sleep = sleep
        self.elapsed = elapsed
    }

    private static let origin = ContinuousClock.now

    package static let system = RetrySurroundings(
        random: { Double.random(in: 0..<1) },
        sleep: { try? await Task.sleep(for: $0) },
        elapsed: { origin.duration(to: .now) })
}
