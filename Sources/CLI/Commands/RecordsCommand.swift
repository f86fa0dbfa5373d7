import ArgumentParser
import Operations

struct RecordsCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "Print the records that the manifest asks for, as a zone file's lines.",
        discussion: "For publishing by hand. Doesn't ask DNS.")

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        context.show(RecordsView(report: try await context.signet.records(scope.scope(context))))
        return .done
    }
}
