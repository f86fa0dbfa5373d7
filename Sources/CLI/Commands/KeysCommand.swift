import ArgumentParser
import Manifest
import Operations

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The keyring: list keys, make them ahead of apply, rotate or revoke them.",
        subcommands: [ListCommand.self, GenerateCommand.self, RotateCommand.self, RevokeCommand.self],
        defaultSubcommand: ListCommand.self)

    struct ListCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List every key with its life. Private halves are never shown.")
        static var title: String { "keys list" }

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let keys = try await context.signet.keys(scope.scope(context))
            if keys.isEmpty { context.noteAbsentState(scope.scope(context)) }
            context.show(KeysView(keys: keys))
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
            commandName: "rotate", abstract: "Make the next keys of a domain or an agent.",
            discussion: """
                The next apply publishes them beside the present ones. Once they have converged they sign, and the \
                present ones retire: they stay in DNS for the domain's overlap, and are then marked as revoked. With \
                `rotate_every` in the manifest, plan and apply do so by themselves.
                """)
        static var title: String { "keys rotate" }

        @Argument(help: "The domain, or the agent's id. With a final dot it is a domain.")
        var owner: String

        @Option(
            help: ArgumentHelp(
                "Of a domain, only the key of this type: \(DKIMDeclaration.KeyType.words). (default: each)",
                valueName: "type"))
        var key: DKIMDeclaration.KeyType?

        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let owner = try await context.signet.keyOwner(owner, key, scope.scope(context))
            let keys = try await context.reporting { reporter in
                try await context.signet.rotateKeys(
                    of: owner, scope.scope(context), progress: { reporter.report($0) })
            }
            context.show(KeysView(keys: keys, isGenerated: true))
            return .done
        }
    }

    struct RevokeCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Revoke a domain's DKIM key that somebody else may have, at once.",
            discussion: """
                Nothing is signed with it any more, and its record is marked as revoked: messages that it signed and \
                that are still in transit will fail. If it was signing, the next key is made and published. To replace a \
                key without any loss, use `keys rotate`.
                """)
        static var title: String { "keys revoke" }

        @Argument(help: "The domain.")
        var domain: String

        @Argument(help: "The key's selector, as `keys list` shows it.")
        var selector: String

        @Flag(help: "Revoke it although mail then waits until the next key has converged.")
        var stopSending = false

        @OptionGroup var lease: LeaseOptions
        @OptionGroup var scope: ScopeOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let name = try context.signet.domainName(domain)
            let report = try await context.reporting { reporter in
                try await context.signet.revokeKey(
                    selector, of: name, scope.scope(context), stopsSending: stopSending,
                    leaseDuration: lease.duration,
                    progress: { reporter.report($0) })
            }
            context.show(ApplyView(report: report, invocation: invocation))
            return ExitStatus(report)
        }
    }
}

extension DKIMDeclaration.KeyType: ExpressibleByArgument {
    static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
