import CLI
import Dispatch
import Glibc
import Synchronization

/// The first SIGINT, SIGTERM or SIGHUP asks for a stop in good order, a later one stops at once.
final class SignalWatch: Sendable {
    /// What comes sooner after the first is the same request once more: timeout(1) signals its child and then the whole group,
    /// and a terminal that closes may be followed by its shell.
    private static let repeatAge = Duration.seconds(1)

    private struct First {
        var number: Int32
        var time: ContinuousClock.Instant
    }
    private let first = Mutex<First?>(nil)
    private struct Sources: @unchecked Sendable {
        var all: [any DispatchSourceSignal] = []
    }

    /// Unchecked: Dispatch's sources may be used from any thread, and their protocol does not say so.
    private let sources = Mutex(Sources())
    private let console: SystemConsole

    init(console: SystemConsole) { self.console = console }

    var received: Int32? { first.withLock { $0?.number } }

    func start(_ stop: @escaping @Sendable () -> Void) {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // nohup(1) has said that the process outlives its terminal.
            if number == SIGHUP, isIgnored(number) { continue }
            // A source sees the signal only if nothing else acts on it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                let now = ContinuousClock.now
                let earlier = first.withLock { first in
                    defer { if first == nil { first = First(number: number, time: now) } }
                    return first
                }
                if let earlier {
                    if now - earlier.time >= Self.repeatAge { _exit(128 + number) }
                    return
                }
                console.notice(
                    "stopping once what is being written is written; again to stop at once", isWarning: false)
                stop()
            }
            source.resume()
            nonisolated(unsafe) let kept = source
            sources.withLock { $0.all.append(kept) }
        }
    }

    private func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        // SIG_IGN is the number 1, and no function (signal.h).
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
