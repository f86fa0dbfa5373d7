import ArgumentParser
import Manifest
import Operations
import Reconcile
import SendGate

struct AgentApproveCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Sign, as an approver, what a saved plan lets an agent do more.",
        discussion: """
            Needs the plan and your key, and neither network nor state file: do it where your key is. What you sign is \
            that change alone, from what is registered to what is declared; it is good once, and until it ends. Whoever \
            applies gives the file to `signet apply --loosening-approval`. You must have been a registered approver \
            before that apply.

            EXAMPLE
              signet agents approve plan.json writer --key alice.key --out yes.json
            """)
    static var title: String { "agents approve" }

    @Argument(help: "A plan that `signet plan --out` saved.", completion: .file())
    var plan: String

    @Argument(help: "The agent's id. (default: the only one that the plan lets do more)")
    var agent: String?

    @Option(
        help: ArgumentHelp(
            "Your private key: PEM (PKCS#8) or the file of `ssh-keygen -t ed25519`, without a passphrase.",
            valueName: "file"), completion: .file())
    var key: String

    @Option(help: ArgumentHelp("Where the signed statement goes.", valueName: "file"), completion: .file())
    var out: String

    @Option(
        name: .customLong("valid"),
        help: ArgumentHelp("How long the yes is good for: 30m, 24h, 7d; at most 30d.", valueName: "duration"))
    var validity = DurationArgument(LooseningRequest.validityDefault)

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var output: OutputOptions

    func run(_ context: Context) async throws -> ExitStatus {
        let octets: [UInt8]
        do { octets = try context.signet.ports.files.read(plan, octetsMax: PlanDocument.octetsMax) } catch {
            throw OperationError.file("\(error)")
        }
        let id = agent.map { AgentID(rawValue: $0) }
        let change = try context.signet.loosening(inPlan: octets, id)
        if !yes {
            guard context.console.inputIsTerminal, context.format == .human else {
                throw UsageError(
                    message: "approve would show the change and ask, and there is no terminal to ask at",
                    help: "look at the plan, then give --yes")
            }
            context.console.write(.error, LooseningView.text(change, context.style(.error)) + "\n")
            guard await context.confirm("Let this agent do exactly this?") else {
                context.console.write(.error, "Nothing was signed.\n")
                return .error
            }
        }
        let report = try context.signet.approveLoosening(
            LooseningRequest(
                plan: octets, agent: change.agent, keyPath: key, validity: validity.duration, outputPath: out))
        context.show(LooseningView(report: report))
        return .done
    }
}
