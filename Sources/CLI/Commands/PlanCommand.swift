import ArgumentParser
import Operations
import Reconcile

struct PlanCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what apply would change. Writes nothing.",
        discussion: """
            The exit code is 1 if not everything could be observed: the plan is incomplete then. With --exit-code it is \
            2 if something is to be changed, and 0 if nothing is.
            """)

    @Option(
        help: ArgumentHelp(
            "Save the plan, so that apply executes exactly this one. Only a saved plan is replaced.", valueName: "file"),
        completion: .file())
    var out: String?

    @Flag(help: "Exit with 2 if there are differences.")
    var exitCode = false

    @Flag(help: "Look at DNS alone, and never at the provider's own list.")
    var noCredentials = false

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        let file = try out.map { try PlanFile($0, context.signet.ports.files) }
        let report = try await context.reporting { reporter in
            try await context.signet.plan(
                scope.scope(context), options: PlanOptions(credentials: noCredentials ? .never : .ifAvailable),
                progress: { reporter.report($0) })
        }
        try file?.write(report.plan)
        context.showBeside(report.diagnostics, files: report.files)
        if report.plan.changes.contains(where: { $0.risk == .destructive }) {
            context.noteUnknownKeys(scope.scope(context))
        }
        context.show(PlanView(report: report, invocation: invocation, savedTo: out))
        return ExitStatus(report.plan, tellsDifferences: exitCode)
    }
}

struct DriftCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Show what has moved away from the manifest, by DNS alone.",
        discussion: """
            Needs no credentials and writes nothing. The exit code is 1 if not everything could be observed, and 2 if \
            something has moved.
            """)

    @Flag(inversion: .prefixedNo, help: "Exit with 2 if something has moved.")
    var exitCode = true

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        let report = try await context.reporting { reporter in
            try await context.signet.drift(scope.scope(context), progress: { reporter.report($0) })
        }
        context.showBeside(report.plan.diagnostics, files: report.plan.files)
        context.noteUnknownKeys(scope.scope(context))
        context.show(PlanView(report: report.plan, purpose: .drift, invocation: invocation, upcoming: report.upcoming))
        return ExitStatus(report.plan.plan, tellsDifferences: exitCode)
    }
}
