import ArgumentParser

/// The command line's shape; what a command does begins in `SignetCommand.run`.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signet",
        abstract: "Make the mail that agents send deliverable and provable, from declarations in git.",
        discussion: """
            Exit codes: 0 in sync or done; 1 error; 2 differences (plan and drift, with --exit-code); \
            3 not yet converged; 4 misaligned; 5 held or refused by the gate; 64 wrong usage.
            """,
        version: CommandLineInterface.version,
        subcommands: [
            InitCommand.self, ImportCommand.self, ValidateCommand.self, FormatCommand.self, PlanCommand.self,
            ApplyCommand.self,
            DriftCommand.self, VerifyCommand.self, WaitCommand.self, StatusCommand.self, RecordsCommand.self,
            ExportCommand.self,
            KeysCommand.self, AgentsCommand.self, IdentityCommand.self, MailCommand.self, SendCommand.self,
            ReplyCommand.self, ForwardCommand.self, OutboxCommand.self, ApprovalsCommand.self, AuditCommand.self,
            ServeCommand.self, MCPCommand.self, TokensCommand.self, ExplainCommand.self, DemoCommand.self,
            GateTableCommand.self,
        ])
}

/// One command: parses, calls one operation, hands the result to a view.
///
/// It is not an `AsyncParsableCommand`, because what it works on is passed in, not found in globals.
protocol SignetCommand: ParsableCommand {
    var output: OutputOptions { get }
    /// How the user named the manifest: for hints, here and in errors.
    var invocation: Invocation { get }
    /// As in `signet keys list`: `keys list`.
    static var title: String { get }
    /// Throws `OperationError` and `UsageError`.
    func run(_ context: Context) async throws -> ExitStatus
}

extension SignetCommand {
    var invocation: Invocation { Invocation() }

    static var title: String { configuration.commandName ?? _commandName }
}
