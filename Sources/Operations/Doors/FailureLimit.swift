package import FoundationEssentials

/// Counts what went wrong for each client within a window, in bounded memory.
///
/// A token has 256 bits, so this hinders nobody from guessing who could not be hindered otherwise: it keeps the work and
/// the log lines bounded that a client without a token can cause.
package struct FailureLimit: Sendable {
    /// Failures in one window before a client is told to wait.
    package let countMax: Int
    package let window: Duration
    /// Clients that are remembered; beyond it those whose window ends first are forgotten.
    package let clientsMax: Int

    private struct Window: Sendable {
        var count: Int
        var endsAt: Date
    }

    private var windows: [String: Window] = [:]

    package init(countMax: Int, window: Duration, clientsMax: Int = 10_000) {
        self.countMax = countMax
        self.window = window
        self.clientsMax = clientsMax
    }

    /// How many clients are remembered.
    package var clientCount: Int { windows.count }

    /// Counts one more. When to come back, if it was one too many.
    package mutating func record(_ client: String, at now: Date) -> Date? {
        if let known = windows[client], now < known.endsAt {
            windows[client]!.count += 1
            return known.count >= countMax ? known.endsAt : nil
        }
        if windows.count >= clientsMax { makeRoom(at: now) }
        windows[client] = Window(count: 1, endsAt: now.addingTimeInterval(window.timeInterval))
        return nil
    }

    private mutating func makeRoom(at now: Date) {
        windows = windows.filter { now < $0.value.endsAt }
        guard windows.count >= clientsMax else { return }
        // A tenth at a time, so that this is seldom done.
        let ends = windows.values.map(\.endsAt).sorted()
        let bound = ends[ends.count / 10]
        windows = windows.filter { $0.value.endsAt > bound }
    }
}
