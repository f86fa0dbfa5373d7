import ArgumentParser
import Operations

struct ImportCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Write what stands in DNS for a domain as a manifest.",
        discussion: """
            Asks the domains' own name servers for SPF, DMARC, TLS reports and BIMI, and writes nothing. What a manifest cannot \
            say stays undeclared, and a comment above the domain says so: what is not declared is not touched.

            Without a manifest the answer is one of its own; with one, in the current folder or given by -f, it is a file to \
            put beside it, and domains that are declared already are refused.

            EXAMPLES
              signet import example.com shop.example.com > signet.yaml
              signet import shop.example.com -f mail/ --provider edge > mail/shop.yaml
            """)

    @Argument(help: "The domains that mail is sent from.")
    var domain: [String]

    @Option(
        help: ArgumentHelp("The provider of the manifest that edits their zones. (default: by hand)", valueName: "name")
    )
    var provider: String?

    @Option(
        name: [.customLong("manifest"), .customShort("f")],
        help: "The manifest that they are to be added to: a file or a folder. (default: a signet.yaml here)",
        completion: .file())
    var manifest: String?

    @OptionGroup(title: "DNS") var network: NetworkOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { Invocation(manifestPath: manifest) }

    func run(_ context: Context) async throws -> ExitStatus {
        let report = try await context.signet.importDomains(
            ImportRequest(
                domains: domain, provider: provider,
                resolution: try network.resolution(manifest: manifest ?? found(context))))
        context.show(ImportView(report: report))
        return .done
    }

    /// A manifest in the current folder; an empty file is what the answer is being redirected to.
    private func found(_ context: Context) -> String? {
        guard let path = context.foundManifestPath else { return nil }
        let octets = try? context.signet.ports.files.read(path, octetsMax: Self.manifestOctetsMax)
        return octets?.isEmpty == true ? nil : path
    }

    private static let manifestOctetsMax = 1 << 20
}
