import ArgumentParser
import Diagnostics
import Operations
import Server

struct ExplainCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a code that an error, a warning, a finding or a problem of the API carries.")

    @Argument(help: "The code, such as SPF004 or store_unavailable.")
    var code: String?

    @Flag(help: "List every code.")
    var list = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if (code == nil) != list { throw ValidationError("Name one code, or use --list.") }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        guard let code else {
            context.show(CatalogueView(entries: Signet.catalogue + ProblemCatalogue.entries))
            return .done
        }
        guard let entry = context.signet.explain(code) ?? Self.problem(code) else {
            let near = Suggestion.closest(
                to: code, among: (Signet.catalogue + ProblemCatalogue.entries).map(\.code.rawValue))
            throw OperationError.other(
                "there is no code \(code)"
                    + (near.map { "; did you mean \($0)?" } ?? "; `signet explain --list` shows all"))
        }
        context.show(ExplainView(entry: entry))
        return .done
    }

    private static func problem(_ code: String) -> CatalogueEntry? {
        let wanted = code.lowercased()
        return ProblemCatalogue.entries.first { $0.code.rawValue == wanted }
    }
}
