import FoundationEssentials
import Synchronization

/// Times of log lines: RFC 3339, to the millisecond. Thousands of lines are of one second, which is put into words once.
final class LogTime: Sendable {
    private struct Second {
        var number: Int64
        var text: String
    }

    private let last = Mutex(Second(number: .min, text: ""))

    func text(of time: Date) -> String {
        let milliseconds = Int64((time.timeIntervalSince1970 * 1000).rounded(.down))
        let (number, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        // Before 1970 the remainder would count backwards; no clock of a server says that.
        guard fraction >= 0 else { return time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
        let second = last.withLock { last in
            if last.number != number {
                // Without its Z.
                let text = Date(timeIntervalSince1970: Double(number)).formatted(.iso8601).dropLast()
                last = Second(number: number, text: String(text))
            }
            return last.text
        }
        let digits = String(fraction)
        return second + "." + String(repeating: "0", count: 3 - digits.utf8.count) + digits + "Z"
    }
}
