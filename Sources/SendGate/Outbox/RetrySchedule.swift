/// When a message that the relay deferred is tried again: exponential back-off with jitter, up to an age.
package struct RetrySchedule: Sendable, Equatable {
    /// RFC 5321 §4.5.4.1 asks for at least 30 minutes between attempts "in general", and for more at first where that
    /// gets through: grey-listing relays take a message after some minutes.
    package var firstDelay: Duration
    package var delayMax: Duration
    /// RFC 5321 §4.5.4.1: give up after 4 to 5 days.
    package var ageMax: Duration
    /// A bound for relays that always ask for another attempt; the ages above allow some 45.
    package var attemptsMax: Int

    package init(
        firstDelay: Duration = .seconds(300), delayMax: Duration = .seconds(4 * 3600),
        ageMax: Duration = .seconds(4 * 86_400), attemptsMax: Int = 100
    ) {
        self.firstDelay = firstDelay
        self.delayMax = delayMax
        self.ageMax = ageMax
        self.attemptsMax = attemptsMax
    }

    package static let standard = RetrySchedule()

    /// How long to wait after the `attempt`th attempt (from 1); nil to give up.
    ///
    /// - Parameters:
    ///   - age: of the message, from the moment when it might first be sent.
    ///   - random: in 0..<1. The wait is a fraction of the back-off between a half and one, so that messages which
    ///     were deferred together do not come back together.
    package func delay(afterAttempt attempt: Int, age: Duration, random: Double) -> Duration? {
        guard attempt < attemptsMax else { return nil }
        var backOff = firstDelay
        for _ in 1..<max(attempt, 1) where backOff < delayMax { backOff *= 2 }
        let wait = min(backOff, delayMax) * (0.5 + random / 2)
        return age + wait <= ageMax ? wait : nil
    }
}
