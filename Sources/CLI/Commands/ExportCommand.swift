import ArgumentParser
import Operations

struct ExportCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the domains that were declared through the API as a manifest.",
        discussion: """
            The answer is a YAML file that `signet validate` accepts, for the folder of the manifest: a domain that stands there \
            is the manifest's from then on, with the keys that it has.

            EXAMPLE
              signet export > domains.yaml
            """)

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        context.show(ExportView(report: try await context.signet.export(scope.scope(context))))
        return .done
    }
}
