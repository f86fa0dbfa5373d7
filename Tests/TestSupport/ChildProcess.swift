package import Foundation
import Glibc

/// A program that runs beside a test, its output in files so that no pipe can fill up.
///
/// By posix_spawn, because a child of Foundation's Process inherits the test thread's signal mask, which blocks all of
/// them: a server so started could only be killed.
package final class ChildProcess {
    package struct Result {
        /// The exit status, or 128 and the signal's number.
        package var status: Int32
        package var output: String
        package var error: String
        package var all: String { output + error }
    }

    package let pid: Int32
    private let outputFile: String
    private let errorFile: String
    private var ended: Int32?

    /// - Parameter environment: all of it; nothing is inherited but `PATH` and `HOME`.
    package init(
        _ program: String, _ arguments: [String], in folder: URL = FileManager.default.temporaryDirectory,
        environment: [String: String] = [:]
    ) throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("signet-\(UUID().uuidString)").path
        outputFile = base + ".out"
        errorFile = base + ".err"
        let inherited = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME"].contains($0.key) }
        let variables = inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        // Under nohup(1) a test run ignores this one, and its children would too.
        var hangUp = noSignals
        sigaddset(&hangUp, SIGHUP)
        posix_spawnattr_setsigdefault(&attributes, &hangUp)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // Glibc's module shows neither addchdir_np nor addclosefrom_np; the shell does both, and becomes the program.
        let words = ["/bin/bash", "-c", Self.launch, "bash", folder.path, program] + arguments
        var argumentPointers = words.map { strdup($0) } + [nil]
        var variablePointers = variables.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, words[0], &actions, &attributes, &argumentPointers, &variablePointers)
        guard status == 0 else {
            throw Lab.Failure(description: "\(program) cannot be started: \(String(cString: strerror(status)))")
        }
        pid = child
    }

    private static let launch = """
        cd "$1" || exit 126
        shift
        for descriptor in /proc/self/fd/*; do
          descriptor=${descriptor##*/}
          [ "$descriptor" -le 2 ] || eval "exec $descriptor>&-"
        done
        exec "$@"
        """

    /// Nothing that a test started outlives it. A child that has ended and that nobody waits for would keep the exit tests
    /// from ever seeing theirs end: their monitor is shown the same one again and again.
    deinit {
        if isRunning { kill(pid, SIGKILL) }
        errno = 0
        while ended == nil, errno != ECHILD { collect(0) }
        unlink(outputFile)
        unlink(errorFile)
    }

    package var isRunning: Bool {
        if ended == nil { collect(WNOHANG) }
        return ended == nil
    }

    package func signal(_ number: Int32) {
        // Never to a process id that has been given back.
        if isRunning { Glibc.kill(pid, number) }
    }

    package var outputSoFar: String { Self.text(outputFile) }
    /// What it has written to standard error so far.
    package var errorSoFar: String { Self.text(errorFile) }

    @discardableResult
    package func wait() -> Result {
        while ended == nil { collect(0) }
        return Result(status: ended!, output: Self.text(outputFile), error: Self.text(errorFile))
    }

    private func collect(_ options: Int32) {
        var status: Int32 = 0
        guard waitpid(pid, &status, options) == pid else { return }
        let signal = status & 0x7F
        ended = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Octets that are no UTF-8 are replaced, not dropped: a search for a marker must see all of it.
    private static func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    package static func run(
        _ program: String, _ arguments: [String], in folder: URL = FileManager.default.temporaryDirectory,
        environment: [String: String] = [:]
    ) throws -> Result {
        try ChildProcess(program, arguments, in: folder, environment: environment).wait()
    }
}

/// Asks again and again until it holds. The limit only ends a test that would fail anyway.
package func poll(_ what: String, seconds: Double = 30, _ holds: () throws -> Bool) throws {
    let end = Date().addingTimeInterval(seconds)
    while try !holds() {
        guard Date() < end else { throw Lab.Failure(description: "waited \(seconds) s for \(what)") }
        usleep(20_000)
    }
}
