import Diagnostics
import FoundationEssentials
import Operations
import Reconcile
import Server

/// What a command works with: the operations, and where its answer goes.
struct Context: Sendable {
    var signet: Signet
    var console: Console
    var workspace: Workspace
    var format: OutputFormat
    var colour: ColourChoice
    var isQuiet: Bool
    /// As the JSON answer carries it: `keys list`.
    var command: String

    static let manifestFileName = "signet.yaml"

    /// For commands that need no manifest, and take what it says of DNS where there is one.
    var foundManifestPath: String? {
        signet.ports.files.exists(Self.manifestFileName) ? Self.manifestFileName : nil
    }

    var defaultManifestPath: String {
        signet.ports.files.exists(Self.manifestFileName) ? Self.manifestFileName : "."
    }

    var now: Date { signet.ports.clock.now() }

    /// For commands whose standard error is a log: what the process has to say goes there too.
    func logNotices() {
        let (clock, console) = (signet.ports.clock, console)
        let log = ServerLog(now: { clock.now() }, write: { console.write(.error, $0) })
        console.redirectNotices { text, isWarning in isWarning ? log.warn(text) : log.note(text) }
    }

    func style(_ stream: Console.Stream) -> Style {
        Style(usesColour: console.usesColour(colour, on: stream), isQuiet: isQuiet)
    }

    /// Shows the answer.
    func show(_ view: some View) {
        console.write(.output, format.render(view, command: command, style: style(.output)))
    }

    /// Shows diagnostics beside a human answer; the other forms carry them inside.
    func showBeside(_ diagnostics: [Diagnostic], files: [SourceFile]) {
        guard format == .human, !diagnostics.isEmpty else { return }
        console.write(.error, DiagnosticReport(diagnostics, files: files).text(colour: style(.error).usesColour) + "\n")
    }

    /// Says beside an empty list that nothing could be in it yet.
    func noteAbsentState(_ scope: Scope) {
        guard !isQuiet, let absence = signet.stateAbsence(scope) else { return }
        console.write(.error, "note: \(style(.error).safe(absence))\n")
    }

    /// Says beside what is told of domains that their keys are not known here.
    func noteUnknownKeys(_ scope: Scope) {
        guard !isQuiet, let path = signet.missingStatePath(scope) else { return }
        console.write(
            .error,
            "note: there is no state file at \(style(.error).safe(path)). Where an apply has run elsewhere, that one's file "
                + "belongs here: without it, Signet's own keys look like somebody else's\n")
    }

    /// Runs an operation and shows its progress.
    func reporting<Answer: Sendable>(
        _ operation: (ProgressReporter) async throws -> Answer
    ) async throws -> Answer {
        let clock = signet.ports.clock
        let mode: ProgressReporter.Mode =
            isQuiet ? .silent : console.errorIsTerminal && !console.isDumb ? .live : .lines
        let reporter = ProgressReporter(mode: mode, console: console, style: style(.error), now: { clock.now() })
        let ticker: Task<Void, Never>? =
            mode != .live
            ? nil
            : Task {
                while !Task.isCancelled {
                    do { try await clock.sleep(until: clock.now().addingTimeInterval(1)) } catch { return }
                    reporter.tick()
                }
            }
        defer {
            ticker?.cancel()
            reporter.finish()
        }
        return try await operation(reporter)
    }

    /// Asks on standard error; only the whole word counts.
    func confirm(_ question: String) async -> Bool {
        console.write(.error, "\(question) Only \"yes\" is taken as yes: ")
        return await console.readLine() == "yes"
    }
}
