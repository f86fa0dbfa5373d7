import ArgumentParser
import SendGate

/// Left out of the help: it is for `scripts/prove`, and for whoever wants to see that nothing is left to chance.
struct GateTableCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate-table",
        abstract: "Print every combination of what the gate and the approvals know, with what they say.",
        discussion: "All rows stand in the JSON form; the others count them. proofs/README.md says who reads it.",
        shouldDisplay: false)

    @OptionGroup var output: OutputOptions

    func run(_ context: Context) async throws -> ExitStatus {
        context.show(DecisionTableView(tables: DecisionTable.all))
        return .done
    }
}
