import CLI
import Dispatch
import Glibc
import Synchronization

/// This process' standard streams.
final class SystemConsole: Sendable {
    private struct State {
        /// Nobody reads standard output any more: not an error, `signet records | head` is right.
        var isOutputClosed = false
        var hasOutputFailed = false
        var notices: (@Sendable (String, Bool) -> Void)?
    }

    private let state = Mutex(State())

    /// The answer was not delivered: a full disk, a broken file.
    var couldNotAnswer: Bool { state.withLock { $0.hasOutputFailed } }

    var console: Console {
        var environment: [String: String] = [:]
        for name in ["NO_COLOR", "TERM"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        let lines = InputLines(descriptor: STDIN_FILENO)
        return Console(
            write: { self.write($0, $1) }, writeOctets: { self.write(.output, $0) },
            readInput: { try SystemFiles.read(STDIN_FILENO, "standard input", octetsMax: $0) },
            outputIsTerminal: isatty(STDOUT_FILENO) == 1,
            errorIsTerminal: isatty(STDERR_FILENO) == 1, inputIsTerminal: isatty(STDIN_FILENO) == 1,
            readLine: { await Self.readLine() }, nextLine: { try await lines.next(octetsMax: $0) },
            redirectNotices: { take in self.state.withLock { $0.notices = take } },
            columns: { Self.columns() }, environment: environment)
    }

    /// What nobody asked for, and a reader should know.
    func notice(_ text: String, isWarning: Bool) {
        if let take = state.withLock({ $0.notices }) { return take(text, isWarning) }
        write(.error, isWarning ? "warning: \(text)\n" : "\n\(text)\n")
    }

    func write(_ stream: Console.Stream, _ text: String) { write(stream, Array(text.utf8)) }

    private func write(_ stream: Console.Stream, _ octets: [UInt8]) {
        state.withLock { state in
            if stream == .output, state.isOutputClosed || state.hasOutputFailed { return }
            let code = Self.writeAll(stream == .output ? STDOUT_FILENO : STDERR_FILENO, octets)
            guard stream == .output, code != 0 else { return }
            if code == EPIPE {
                state.isOutputClosed = true
            } else {
                state.hasOutputFailed = true
                let failure = SystemFiles.Failure("the answer cannot be written to standard output", code: code)
                _ = Self.writeAll(STDERR_FILENO, Array("error: \(failure)\n".utf8))
            }
        }
    }

    /// 0, or what `errno` said.
    private static func writeAll(_ descriptor: Int32, _ octets: [UInt8]) -> Int32 {
        octets.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    // Somebody made the terminal non-blocking: wait until it takes more.
                    var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&event, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    private static func columns() -> Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Longer answers than this are no answers.
    private static let lineOctetsMax = 4096
    /// How soon a cancelled task stops waiting for a person, in milliseconds.
    private static let pollMilliseconds: Int32 = 100

    /// On a thread of its own, so that a lease is renewed while a person thinks.
    private static func readLine() async -> String? {
        let isCancelled = Mutex(false)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(returning: readLine(until: { isCancelled.withLock { $0 } }))
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }

    private static func readLine(until isOver: () -> Bool) -> String? {
        var line: [UInt8] = []
        while line.count < lineOctetsMax {
            var event = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let ready = poll(&event, 1, pollMilliseconds)
            if isOver() { return nil }
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            var octet: UInt8 = 0
            let count = read(STDIN_FILENO, &octet, 1)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            if count <= 0 { return nil }
            if octet == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(octet)
        }
        return nil
    }
}
