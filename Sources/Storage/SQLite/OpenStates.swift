import Synchronization

/// What has a state file open for writing and is told when the process ends.
protocol ClosableState: AnyObject, Sendable {
    /// Gives its connections back; whatever is asked of it afterwards fails.
    func close() async
}

/// All stores and logs of this process that write, so that it leaves each state file whole: a process that just ends leaves
/// its write-ahead log behind, and a copy of the database alone then lacks what was written last.
package enum OpenStates {
    private struct Weak: Sendable {
        weak var state: (any ClosableState)?
    }

    /// How long a process waits for those at its end, at most: a second.
    private static let closingAttemptsMax = 200
    private static let closingPause = Duration.milliseconds(5)

    private static let all = Mutex<[Weak]>([])

    static func add(_ state: any ClosableState) {
        all.withLock { all in
            all.removeAll { $0.state == nil }
            all.append(Weak(state: state))
        }
    }

    /// Closes every one of them; each finishes first what it is at. For the end of a process: none can be used afterwards.
    package static func closeAll() async {
        let open = all.withLock { all in
            defer { all = [] }
            return all.compactMap(\.state)
        }
        for state in open { await state.close() }
        // One whose last user has let go of it closes on that one's thread, and may be at it.
        for _ in 0..<closingAttemptsMax where SQLiteConnection.openWriters.withLock({ $0 > 0 }) {
            try? await Task.sleep(for: closingPause)
        }
    }
}
