import ArgumentParser
import Operations

struct RecordsCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "Print the records that the manifest asks for, as a zone file's lines.",
        discussion: "For publishing by hand. Doesn't ask DNS.")

    @Option(
        name: .customLong("mta-sts"),
        help: ArgumentHelp(
            "Also write the MTA-STS policy files here, one folder for each host that is to serve one.",
            valueName: "folder"), completion: .directory)
    var policyFolder: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        var report = try await context.signet.records(scope.scope(context))
        if let policyFolder {
            report.policyFiles = try context.signet.writeMTASTSPolicies(scope.scope(context), to: policyFolder)
        }
        context.show(RecordsView(report: report))
        return .done
    }
}
