import ArgumentParser
import Glibc
package import Operations

/// The command line's door: arguments in, output on the console, an exit status out.
package struct CommandLineInterface: Sendable {
    package static let version = Signet.version

    var signet: Signet
    var console: Console
    var workspace: Workspace
    /// The signal that cancelled the task, for the exit status.
    var receivedSignal: @Sendable () -> Int32?

    package init(
        signet: Signet, console: Console, workspace: Workspace,
        receivedSignal: @escaping @Sendable () -> Int32? = { nil }
    ) {
        self.signet = signet
        self.console = console
        self.workspace = workspace
        self.receivedSignal = receivedSignal
    }

    /// Runs one command line, without the program's name. A cancelled task stops it in good order: what is being
    /// written is finished, the lease is given back.
    package func run(_ arguments: [String]) async -> ExitStatus {
        if let unknown = CommandName.unknown(in: arguments) {
            return answer(ErrorView(cause: .usage(unknown)), to: arguments)
        }
        var parsed: any ParsableCommand
        do {
            parsed = try RootCommand.parseAsRoot(arguments)
        } catch {
            return answer(error, to: arguments)
        }
        guard let command = parsed as? any SignetCommand else {
            // ArgumentParser's own: help, or a command without its subcommand.
            do {
                try parsed.run()
                return .done
            } catch {
                return answer(error, to: arguments)
            }
        }
        return await run(command)
    }

    private func run(_ command: some SignetCommand) async -> ExitStatus {
        let context = Context(
            signet: signet, console: console, workspace: workspace, format: command.output.output,
            colour: command.output.color, isQuiet: command.output.quiet, command: type(of: command).title)
        let cause: ErrorView.Cause
        let status: ExitStatus
        do {
            let status = try await command.run(context)
            return Task.isCancelled && status != .done ? interruption : status
        } catch let error as UsageError {
            (cause, status) = (.usage(error), .usage)
        } catch  where Task.isCancelled && !Self.tellsMore(error) {
            (cause, status) = (.interrupted, interruption)
        } catch let error as OperationError {
            (cause, status) = (.operation(error), ExitStatus(error))
        } catch {
            (cause, status) = (.unexpected("\(error)"), .error)
        }
        show(ErrorView(cause: cause, invocation: command.invocation), context)
        return status
    }

    private var interruption: ExitStatus { .interrupted(signal: receivedSignal() ?? SIGINT) }

    /// After a signal, only the report of a lost lease still says something new.
    private static func tellsMore(_ error: any Error) -> Bool {
        if case OperationError.leaseLost = error { true } else { false }
    }

    private func show(_ view: ErrorView, _ context: Context) {
        switch context.format {
        case .human: console.write(.error, view.human(context.style(.error)))
        case .json, .markdown: context.show(view)
        }
    }

    // MARK: ArgumentParser's own answers

    private func answer(_ error: any Error, to arguments: [String]) -> ExitStatus {
        let text = RootCommand.fullMessage(for: error)
        guard RootCommand.exitCode(for: error) != .success else {
            console.write(.output, text.hasSuffix("\n") ? text : text + "\n")
            return .done
        }
        guard Self.asksForJSON(arguments) else {
            console.write(.error, Style.plain.safeLines(text) + "\n")
            return .usage
        }
        return answer(ErrorView(cause: .usage(UsageError(message: RootCommand.message(for: error)))), to: arguments)
    }

    private func answer(_ view: ErrorView, to arguments: [String]) -> ExitStatus {
        if Self.asksForJSON(arguments) {
            let command = CommandName.words(in: arguments).joined(separator: " ")
            console.write(.output, OutputFormat.json.render(view, command: command, style: .plain))
        } else {
            console.write(.error, view.human(.plain))
        }
        return .usage
    }

    /// The arguments could not be read, so they are searched.
    private static func asksForJSON(_ arguments: [String]) -> Bool {
        arguments.contains("--output=json")
            || zip(arguments, arguments.dropFirst()).contains { $0 == "--output" && $1 == "json" }
    }
}
