import ArgumentParser
import Operations

struct InitCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a first manifest, and a key to seal the keyring with.",
        discussion: "Nothing that exists is overwritten.")

    @Argument(help: "The domain that mail is to be sent from.")
    var domain: String

    @Option(help: "The folder to write to.", completion: .directory)
    var folder = "."

    @Option(help: "Where the domain's zone is edited.")
    var provider: InitRequest.Provider = .manual

    @Option(help: ArgumentHelp("PowerDNS' API, with --provider powerdns.", valueName: "url"))
    var providerURL: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if providerURL != nil, provider != .powerdns {
            throw ValidationError("--provider-url goes with --provider powerdns.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        let report = try context.signet.initialise(
            InitRequest(folder: folder, domain: domain, provider: provider, providerURL: providerURL))
        let invocation = Invocation(manifestPath: folder == "." ? nil : folder + "/" + Context.manifestFileName)
        context.show(InitView(report: report, invocation: invocation))
        return .done
    }
}

extension InitRequest.Provider: ExpressibleByArgument {}
