import ArgumentParser
import Operations

struct IdentityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Identity headers: which agent sent a message, under which oversight.",
        subcommands: [IdentityVerifyCommand.self])
}

struct IdentityVerifyCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify a message's identity header; needs DNS and nothing else.",
        discussion: """
            The exit code is 0 for valid, 1 if DNS could not be asked (temperror), and 4 for every other verdict and for \
            a message without the header. Whom to ask is taken from the settings of --manifest, or of a signet.yaml in \
            the current folder; without either the system's resolvers are asked.
            """)
    static var title: String { "identity verify" }

    @Argument(help: "The message as it arrived: an .eml file.", completion: .file())
    var file: String

    @Option(
        name: [.customLong("manifest"), .customShort("f")], help: "A manifest whose DNS settings to use.",
        completion: .file())
    var manifest: String?

    @OptionGroup var output: OutputOptions
    var invocation: Invocation { Invocation(manifestPath: manifest) }

    func run(_ context: Context) async throws -> ExitStatus {
        let report = try await context.signet.verifyIdentity(
            ofMessageAt: file, scope: (manifest ?? context.foundManifestPath).map { Scope(manifestPath: $0) })
        context.show(IdentityView(report: report))
        return ExitStatus(report)
    }
}
