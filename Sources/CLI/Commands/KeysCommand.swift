import ArgumentParser
import Manifest
import Operations

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The keyring: list keys, or make them ahead of apply.",
        subcommands: [ListCommand.self, GenerateCommand.self, RotateCommand.self], defaultSubcommand: ListCommand.self)

    struct ListCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List every key with its life. Private halves are never shown.")
        static var title: String { "keys list" }

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            context.show(KeysView(keys: try await context.signet.keys(scope.scope(context))))
            return .done
        }
    }

    struct GenerateCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "generate", abstract: "Make the keys that the manifest asks for and the keyring lacks.",
            discussion: "They are sealed and stored; nothing is published before apply.")
        static var title: String { "keys generate" }

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let keys = try await context.reporting { reporter in
                try await context.signet.generateKeys(scope.scope(context), progress: { reporter.report($0) })
            }
            context.show(KeysView(keys: keys, isGenerated: true))
            return .done
        }
    }

    struct RotateCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Make an agent's next key.",
            discussion: """
                The next apply publishes it beside the present one. Once it has converged it signs, and the present one \
                retires: it stays in DNS for the domain's overlap, and is then marked as revoked.
                """)
        static var title: String { "keys rotate" }

        @Argument(help: "The agent's id.")
        var agent: String

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let key = try await context.reporting { reporter in
                try await context.signet.rotateKey(
                    ofAgent: AgentID(rawValue: agent), scope.scope(context), progress: { reporter.report($0) })
            }
            context.show(KeysView(keys: [key], isGenerated: true))
            return .done
        }
    }
}
