import ArgumentParser
import Diagnostics
import Operations

struct ValidateCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check the manifest: every mistake in one run, without asking DNS.")

    @OptionGroup var scope: ManifestOption
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        let report = try context.signet.validate(scope.scope(context))
        context.showBeside(report.diagnostics, files: report.files)
        context.show(ValidateView(report: report))
        let hasErrors = report.manifest == nil || report.diagnostics.contains { $0.severity == .error }
        return hasErrors ? .error : .done
    }
}

struct FormatCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt", abstract: "Write the manifest's files in the one form, and list those that changed.",
        discussion: "With --check nothing is written, and the exit code is 1 if a file is not in that form.")

    @Flag(help: "Only say which files would change.")
    var check = false

    @OptionGroup var scope: ManifestOption
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func run(_ context: Context) async throws -> ExitStatus {
        let report = try context.signet.format(scope.scope(context), check: check)
        context.showBeside(report.diagnostics, files: report.files)
        context.show(FormatView(report: report, isCheck: check))
        let hasErrors = report.diagnostics.contains { $0.severity == .error }
        return hasErrors || check && !report.changed.isEmpty ? .error : .done
    }
}
