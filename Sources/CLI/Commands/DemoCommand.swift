import ArgumentParser
import DNS
import FoundationEssentials
import Operations
import Reconcile
import Synchronization

struct DemoCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "See the whole way in half a minute: init, plan, apply, verify, drift.",
        discussion: """
            Works in a new folder, with a name server of its own on loopback: no account, no network, nothing to undo. \
            The exit code is 0 only if every step ended as it should.
            """)

    static let domain = "mail.example.test"
    /// Records live for 2 s, and so does the knowledge that there are none: 20 s are plenty.
    static let waitSeconds = 20

    @Option(help: "The folder to work in; it is kept. (default: a temporary one)", completion: .directory)
    var folder: String?

    @Flag(help: "Keep the temporary folder.")
    var keep = false

    @OptionGroup var output: OutputOptions

    func run(_ context: Context) async throws -> ExitStatus {
        let place: String
        do { place = try folder ?? context.workspace.makeTemporary() } catch { throw OperationError.file("\(error)") }
        let isKept = folder != nil || keep
        defer { if !isKept { context.workspace.remove(place) } }
        let steps = try await DemoRun(context: context, folder: place).run()
        let view = DemoView(steps: steps, folder: isKept ? place : nil)
        context.show(view)
        return view.isAsExpected ? .done : .error
    }
}

/// The demo's steps: each a command line as a user would type it, run as such, its exit code held against the one it
/// should have.
private struct DemoRun {
    let context: Context
    let folder: String

    func run() async throws -> [DemoStep] {
        let manifest = folder + "/" + Context.manifestFileName
        var steps: [DemoStep] = []
        let opening: [(String, [String], ExitStatus)] = [
            (
                "Declare a domain",
                ["init", DemoCommand.domain, "--provider", "embedded", "--folder", folder], .done
            ),
            ("See what is to be published", ["plan", "--manifest", manifest, "--exit-code"], .differences),
            (
                "Publish it, and wait until no cache can hold an older answer",
                ["apply", "--manifest", manifest, "--auto-approve", "--wait=\(DemoCommand.waitSeconds)s"], .done
            ),
            ("Ask as a receiver would", ["verify", "--manifest", manifest], .done),
        ]
        for (headline, arguments, expected) in opening {
            steps.append(await step(headline, arguments, expected))
            guard steps.last!.isAsExpected else { return steps }
        }
        let tampered = try await context.signet.tamper(Scope(manifestPath: manifest))
        show(DemoView.interlude(tampered, context.style(.output)))
        var drift = await step(
            "Notice it", ["drift", "--manifest", manifest], .differences)
        drift.mustName = tampered.name.description
        steps.append(drift)
        return steps
    }

    private func step(_ headline: String, _ arguments: [String], _ expected: ExitStatus) async -> DemoStep {
        var step = DemoStep(headline: headline, arguments: arguments, expected: expected)
        let style = context.style(.output)
        show(DemoView.opening(step, style))
        let start = context.signet.ports.clock.now()
        let captured = Mutex("")
        var console = context.console
        let isShown = context.format == .human
        console.write = { [write = context.console.write] stream, text in
            if stream == .output { captured.withLock { $0 += text } }
            if isShown || stream == .error { write(stream, text) }
        }
        let door = CommandLineInterface(signet: context.signet, console: console, workspace: context.workspace)
        step.status = await door.run(arguments + ["--color", style.usesColour ? "always" : "never"] + quiet)
        step.seconds = context.signet.ports.clock.now().timeIntervalSince(start)
        step.output = captured.withLock { $0 }
        show(DemoView.closing(step, style))
        return step
    }

    private var quiet: [String] { context.isQuiet ? ["--quiet"] : [] }

    /// In the other two forms the steps stand in the answer at the end.
    private func show(_ text: String) {
        if context.format == .human { context.console.write(.output, text) }
    }
}
