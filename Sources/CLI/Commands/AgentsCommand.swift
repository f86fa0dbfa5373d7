import ArgumentParser
import Manifest
import Operations

struct AgentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "The registered agents: list them, show one, approve what lets one do more.",
        subcommands: [ListCommand.self, ShowCommand.self, AgentApproveCommand.self], defaultSubcommand: ListCommand.self
    )

    struct ListCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List every agent that is declared or was ever registered.")
        static var title: String { "agents list" }

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            context.show(
                AgentsView(agents: try await context.signet.agents(scope.scope(context)), invocation: invocation))
            return .done
        }
    }

    struct ShowCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show what an agent may do, and which keys it has.")
        static var title: String { "agents show" }

        @Argument(help: "The agent's id.")
        var agent: String

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let found = try await context.signet.agent(AgentID(rawValue: agent), scope.scope(context))
            context.show(AgentsView(agents: [found], isWhole: true, invocation: invocation))
            return .done
        }
    }
}
