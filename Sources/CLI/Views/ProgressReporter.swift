import FoundationEssentials
import Operations
import Synchronization

/// Shows progress on standard error: on a terminal one line that is drawn anew, with the time left counting down;
/// elsewhere a line whenever something changes, at most every ten seconds while waiting.
final class ProgressReporter: Sendable {
    enum Mode: Sendable {
        case live, lines, silent
    }

    /// Seconds between two lines about the same wait in a log.
    static let linePauseSeconds: TimeInterval = 10

    private struct State {
        var current: Progress?
        var isDrawn = false
        var lastWaitLine: (text: String, at: Date)?
    }

    let mode: Mode
    private let console: Console
    private let style: Style
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    init(mode: Mode, console: Console, style: Style, now: @escaping @Sendable () -> Date) {
        self.mode = mode
        self.console = console
        self.style = style
        self.now = now
    }

    func report(_ progress: Progress) {
        switch mode {
        case .silent: break
        case .live: draw(progress)
        case .lines: log(progress)
        }
    }

    /// Draws the countdown anew.
    func tick() {
        guard mode == .live else { return }
        state.withLock { state in
            if case .waiting = state.current { redraw(&state) }
        }
    }

    /// Takes the drawn line away, so that something else can stand there.
    func finish() {
        state.withLock { state in
            clear(&state)
            state.current = nil
        }
    }

    // MARK: a terminal

    private func draw(_ progress: Progress) {
        state.withLock { state in
            switch progress {
            case .converged, .step:
                clear(&state)
                console.write(.error, ProgressText.line(progress, now: now(), style) + "\n")
            default:
                state.current = progress
            }
            redraw(&state)
        }
    }

    private func redraw(_ state: inout State) {
        guard let current = state.current else { return }
        let room = max(20, console.columns() - 1)
        var line = ProgressText.line(current, now: now(), style)
        if line.count > room { line = line.prefix(room - 1) + "…" }
        // ECMA-48: back to the first column, erase to the end of the line.
        console.write(.error, "\r\u{1B}[K" + line)
        state.isDrawn = true
    }

    private func clear(_ state: inout State) {
        if state.isDrawn { console.write(.error, "\r\u{1B}[K") }
        state.isDrawn = false
    }

    // MARK: a log

    private func log(_ progress: Progress) {
        state.withLock { state in
            let now = now()
            let line = ProgressText.line(progress, now: now, style)
            switch progress {
            case .applied: return
            case .waiting:
                if let last = state.lastWaitLine {
                    if last.text == line || now.timeIntervalSince(last.at) < Self.linePauseSeconds { return }
                }
                state.lastWaitLine = (line, now)
            case .observing, .generatingKeys, .registered, .applying, .converged, .step:
                state.lastWaitLine = nil
            }
            console.write(.error, line + "\n")
        }
    }
}
