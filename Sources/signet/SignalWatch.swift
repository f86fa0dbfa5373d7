import CLI
import Dispatch
import Glibc
import Synchronization

/// The first SIGINT or SIGTERM asks for a stop in good order, the second stops at once.
final class SignalWatch: Sendable {
    private let first = Mutex<Int32?>(nil)
    private struct Sources: @unchecked Sendable {
        var all: [any DispatchSourceSignal] = []
    }

    /// Unchecked: Dispatch's sources may be used from any thread, and their protocol does not say so.
    private let sources = Mutex(Sources())
    private let console: SystemConsole

    init(console: SystemConsole) { self.console = console }

    var received: Int32? { first.withLock { $0 } }

    func start(_ stop: @escaping @Sendable () -> Void) {
        for number in [SIGINT, SIGTERM] {
            // A source sees the signal only if nothing else acts on it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                let isSecond = first.withLock { first in
                    defer { if first == nil { first = number } }
                    return first != nil
                }
                if isSecond { _exit(128 + number) }
                console.notice(
                    "stopping once what is being written is written; again to stop at once", isWarning: false)
                stop()
            }
            source.resume()
            nonisolated(unsafe) let kept = source
            sources.withLock { $0.all.append(kept) }
        }
    }
}
