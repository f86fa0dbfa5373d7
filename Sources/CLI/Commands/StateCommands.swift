import ArgumentParser
import Operations

struct VerifyCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say for each domain whether a message sent now would pass.",
        discussion:
            "Asks DNS, writes nothing there. The exit code is 3 if a domain has not converged, 4 if one is misaligned.")

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        let states = try await context.reporting { reporter in
            try await context.signet.verify(scope.scope(context), progress: { reporter.report($0) })
        }
        context.noteUnknownKeys(scope.scope(context))
        context.show(DomainStatesView(title: "Signet verify", states: states, invocation: invocation))
        return ExitStatus(states)
    }
}

struct WaitCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until every domain has converged.",
        discussion: "The exit code is 3 if that took longer than the time-out.")

    @Option(help: ArgumentHelp("How long to wait at most: 90s, 30m, 2h.", valueName: "duration"))
    var timeout = DurationArgument(ApplyCommand.waitDefault)

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        let states = try await context.reporting { reporter in
            try await context.signet.wait(
                scope.scope(context), timeout: timeout.duration, progress: { reporter.report($0) })
        }
        context.show(DomainStatesView(title: "Signet wait", states: states, invocation: invocation))
        return ExitStatus(states)
    }
}

struct StatusCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show where each domain stands, who is applying, and what was cut short.",
        discussion: "The exit code is 0 whatever the domains' state: `verify` is for branching on it.")

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        let report = try await context.reporting { reporter in
            try await context.signet.status(scope.scope(context))
        }
        context.noteUnknownKeys(scope.scope(context))
        context.show(
            DomainStatesView(title: "Signet status", states: report.domains, store: report, invocation: invocation))
        return .done
    }
}
