import ArgumentParser
import DNS
import FoundationEssentials
import Operations
import Reconcile
import Synchronization

struct DemoCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See the whole way in half a minute: init, plan, apply, verify, send, approve, drift.",
        discussion: """
            Works in a new folder, with a name server and a mail server of its own on loopback: no account, no network, nothing to undo. \
            The exit code is 0 only if every step ended as it should.
            """)

    static let domain = "mail.example.test"
    /// Records live for 2 s, and so does the knowledge that there are none: 20 s are plenty.
    static let waitSeconds = 20
    static let timeToLiveSeconds = 2.0

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
        let agents = DemoAgents(context: context, folder: folder, manifest: manifest)
        let sink = try context.workspace.startSink()
        do { try await send(agents, sink, &steps) } catch is Stop { return steps }
        let tampered = try await context.signet.tamper(Scope(manifestPath: manifest))
        show(DemoView.interlude(tampered, context.style(.output)))
        var drift = await step(
            "Notice it", ["drift", "--manifest", manifest], .differences)
        drift.mustName = tampered.name.description
        steps.append(drift)
        // Older than the domain's time to live, so that the gate looks again.
        let clock = context.signet.ports.clock
        try await clock.sleep(until: clock.now().addingTimeInterval(DemoCommand.timeToLiveSeconds))
        _ = try? await run(
            "The gate noticed too: nothing leaves a domain that is not as declared",
            sending("clerk", "Too soon"), .notConverged, "deferred", &steps)
        steps.append(
            await step(
                "Everything stands in the log, which proves itself", ["audit", "verify", "--manifest", manifest], .done)
        )
        return steps
    }

    /// A step did not end as it should: the rest would make no sense.
    private struct Stop: Error {}

    private var manifest: String { folder + "/" + Context.manifestFileName }

    private func sending(_ agent: String, _ subject: String) -> [String] {
        [
            "send", "--agent", agent, "--to", "ada@example.net", "--subject", subject, "--text", "Hello, Ada.",
            "--manifest", manifest,
        ]
    }

    /// Runs a step whose answer must speak of something, and remembers it.
    private func run(
        _ headline: String, _ arguments: [String], _ expected: ExitStatus, _ word: String, _ steps: inout [DemoStep]
    ) async throws -> DemoStep {
        var done = await step(headline, arguments, expected)
        done.mustName = word
        steps.append(done)
        guard done.isAsExpected else { throw Stop() }
        return done
    }

    /// Declared, monitored, gated, edited, revoked.
    private func send(_ agents: DemoAgents, _ sink: DemoSink, _ steps: inout [DemoStep]) async throws {
        try agents.declare(relayPort: sink.port)
        show(DemoView.interlude("Two agents and an approver are added to the manifest", context.style(.output)))
        let apply = [
            "apply", "--manifest", manifest, "--auto-approve", "--allow-loosening",
            "--wait=\(DemoCommand.waitSeconds)s",
        ]
        _ = try await run("Register the agents, and publish their keys", apply, .done, "registered", &steps)
        _ = try await run(
            "A monitored agent sends at once, with a copy to its overseer", sending("writer", "News"), .done,
            "oversight copy", &steps)
        let held = try await run(
            "A gated agent's message is held", sending("clerk", "Your refund"), .refused, "approval",
            &steps)
        _ = try await run(
            "An approver says yes to exactly this message", try approving(held), .done, "approved", &steps)
        _ = try await run(
            "Now it goes", ["send", "--flush", "--manifest", manifest], .done, "sent", &steps)
        let second = try await run(
            "Another one is held", sending("clerk", "Your refund"), .refused, "approval", &steps)
        _ = try await run("and approved", try approving(second), .done, "approved", &steps)
        try agents.writeEdited()
        guard let id = second.word(after: "message") else { throw Stop() }
        show(DemoView.interlude("Somebody edits it before it goes", context.style(.output)))
        _ = try await run(
            "The edit is taken", ["outbox", "edit", id, "--message", agents.editedPath, "--manifest", manifest], .done,
            id, &steps)
        _ = try await run(
            "and voids the approval: it is held again",
            ["send", "--flush", "--manifest", manifest], .refused, "held", &steps)
        try agents.revokeWriter()
        show(DemoView.interlude("The writer is taken out of the manifest", context.style(.output)))
        _ = try await run("Revoke it", apply, .done, "revoked", &steps)
        _ = try await run(
            "A revoked agent is refused", sending("writer", "More news"), .refused, "revoked", &steps)
        // What arrived is what was let go: the news with its copy, and one refund.
        guard sink.recipients() == [["ada@example.net", "oversight@example.test"], ["ada@example.net"]] else {
            throw Stop()
        }
    }

    private func approving(_ step: DemoStep) throws -> [String] {
        guard let id = step.word(after: "approval") else { throw Stop() }
        return ["approvals", "approve", id, "--key", folder + "/alice.pem", "--yes", "--manifest", manifest]
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
