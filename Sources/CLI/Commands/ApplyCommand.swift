import ArgumentParser
import Operations
import Reconcile
import SendGate
import Synchronization

struct ApplyCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Execute a plan, and wait until every server answers with it.",
        discussion: """
            A saved plan is executed as it is, or refused if something moved since. Without one, apply plans now and \
            asks before it changes anything; --auto-approve is for pipelines.
            """)

    /// As in PRODUCT: an hour covers a TTL of 3600 s, the usual one.
    static let waitDefault: Duration = .seconds(3600)

    @Argument(help: "A plan that `signet plan --out` saved.", completion: .file())
    var planFile: String?

    @Flag(help: "Don't ask.")
    var autoApprove = false

    @Option(
        defaultAsFlag: DurationArgument(Self.waitDefault),
        help: ArgumentHelp(
            "How long to wait for convergence: 90s, 30m, 2h; once before a stricter DMARC policy, once at the end. (default: 1h)",
            valueName: "duration"))
    var wait: DurationArgument?

    @Flag(help: "Don't wait: later stages are left for the next apply.")
    var noWait = false

    @Flag(
        help: """
            Allow changes that destroy, and more deletions at once than `settings.deletions_max`, which is 10 where the \
            manifest does not say.
            """)
    var allowDestructive = false

    @Flag(help: "Allow changes that let an agent do more than before.")
    var allowLoosening = false

    @Option(
        name: .customLong("loosening-approval"),
        help: ArgumentHelp(
            "What an approver signed with `signet agents approve`: allows one such change, once. Can be repeated.",
            valueName: "file"), completion: .file())
    var looseningApproval: [String] = []

    @OptionGroup var lease: LeaseOptions
    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation {
        var invocation = scope.invocation
        invocation.planPath = planFile
        return invocation
    }

    func validate() throws {
        if noWait, wait != nil { throw ValidationError("--wait and --no-wait exclude each other.") }
        if planFile != nil, !scope.domain.isEmpty {
            throw ValidationError("A saved plan says itself what it changes: --domain has no part in applying one.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        let asks = planFile == nil && !autoApprove
        guard !asks || context.console.isInteractive else {
            throw UsageError(
                message: "apply would ask before it changes anything, and there is no terminal to ask at",
                help: "save a plan with `\(invocation.commandLine("plan", "--out", "FILE"))` and apply that file, "
                    + "or use --auto-approve")
        }
        var saved: [UInt8]?
        if let planFile {
            do { saved = try context.signet.ports.files.read(planFile, octetsMax: PlanDocument.octetsMax) } catch {
                throw OperationError.file("\(error)")
            }
        }
        var options = ApplyOptions(
            savedPlan: saved, allowDestructive: allowDestructive, allowLoosening: allowLoosening,
            wait: noWait ? nil : wait?.duration ?? Self.waitDefault,
            leaseDuration: lease.duration)
        for path in looseningApproval {
            do {
                options.looseningApprovals.append(
                    (path, try context.signet.ports.files.read(path, octetsMax: SignedLoosening.octetsMax)))
            } catch { throw OperationError.file("\(error)") }
        }
        let allowed = options
        let answer = Answer()
        do {
            let report = try await context.reporting { reporter in
                try await context.signet.apply(
                    scope.scope(context), options: allowed,
                    confirm: { plan in
                        guard asks else { return true }
                        reporter.finish()
                        return await answer.ask(plan, context, invocation)
                    },
                    progress: { reporter.report($0) })
            }
            let isDeclined = answer.isDeclined
            context.show(ApplyView(report: report, invocation: invocation, isDeclined: isDeclined))
            return isDeclined ? .error : ExitStatus(report)
        } catch OperationError.leaseLost(let report) {
            if context.format == .human { context.show(ApplyView(report: report, invocation: invocation)) }
            throw OperationError.leaseLost(report)
        }
    }
}

/// What the user said to a plan.
private final class Answer: Sendable {
    private let declined = Mutex(false)

    var isDeclined: Bool { declined.withLock { $0 } }

    /// The plan stands beside the question, on standard error: the answer on standard output is what was done.
    func ask(_ report: PlanReport, _ context: Context, _ invocation: Invocation) async -> Bool {
        var style = context.style(.error)
        style.isQuiet = true
        context.console.write(.error, PlanView(report: report, invocation: invocation).human(style) + "\n")
        let isYes = await context.confirm("Apply this plan?")
        declined.withLock { $0 = !isYes }
        return isYes
    }
}
