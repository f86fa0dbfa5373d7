import ArgumentParser
import Manifest
import Operations

extension TokenScope: ExpressibleByArgument {}

struct TokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "The bearer tokens of the API: make, list and revoke them.",
        discussion: """
            A token is shown once, when it is made; the state file keeps its digest. It has the scopes that it is given and \
            no other: `domains` declares and verifies domains, `send` sends, `oversight` decides on held messages, `audit` \
            reads the log. `send` and `oversight` never stand on one token.
            """,
        subcommands: [CreateCommand.self, ListCommand.self, RevokeCommand.self], defaultSubcommand: ListCommand.self)

    struct CreateCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a token and show it, once.",
            discussion: """
                EXAMPLES
                  signet tokens create --name ci --scope send --agent onboarding-agent-v2 --expires 90d
                  signet tokens create --name auditor --scope audit --output json | jq -r .secret
                """)
        static var title: String { "tokens create" }

        @Option(help: ArgumentHelp("What you call it.", valueName: "text"))
        var name: String

        @Option(help: ArgumentHelp("What it is good for. Can be repeated.", valueName: "scope"))
        var scope: [TokenScope]

        @Option(
            help: ArgumentHelp(
                "An agent that it speaks for. Can be repeated. (default: every agent)", valueName: "id"))
        var agent: [String] = []

        @Option(help: ArgumentHelp("For how long it is good. (default: until it is revoked)", valueName: "duration"))
        var expires: DurationArgument?

        @OptionGroup var manifest: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { manifest.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let request = TokenRequest(
                name: name, scopes: Set(scope),
                agents: agent.isEmpty ? nil : Set(agent.map(AgentID.init(rawValue:))), validity: expires?.duration)
            let creation = try await context.signet.createToken(manifest.scope(context), request)
            context.show(
                TokensView(tokens: [creation.record], revealed: creation.token.revealed, now: context.now))
            return .done
        }
    }

    struct ListCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List every token that was ever made, without the tokens themselves.")
        static var title: String { "tokens list" }

        @OptionGroup var manifest: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { manifest.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let tokens = try await context.signet.tokens(manifest.scope(context))
            if tokens.isEmpty { context.noteAbsentState(manifest.scope(context)) }
            context.show(TokensView(tokens: tokens, now: context.now))
            return .done
        }
    }

    struct RevokeCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Make a token good for nothing, at once.")
        static var title: String { "tokens revoke" }

        @Argument(help: "The token's id, as `signet tokens list` shows it.")
        var id: String

        @OptionGroup var manifest: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { manifest.invocation }

        func validate() throws {
            // The whole token is not repeated: it would stand in the terminal's history twice.
            guard TokenID(rawValue: id) != nil else {
                throw ValidationError("That is no token's id: 16 letters and digits.")
            }
        }

        func run(_ context: Context) async throws -> ExitStatus {
            let record = try await context.signet.revokeToken(manifest.scope(context), TokenID(rawValue: id)!)
            context.show(TokensView(tokens: [record], now: context.now))
            return .done
        }
    }
}
