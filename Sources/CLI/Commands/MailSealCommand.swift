import ArgumentParser
import Operations

struct MailSealCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Add an ARC set to a message that is forwarded, and write it to standard output.",
        discussion: """
            The message is verified as it came in, what was found is written into the set, and the set is sealed. Only \
            what is forwarded is sealed, never what a domain sends itself: with a manifest, the domain must declare \
            `arc: forwarded`.

            EXAMPLES
              signet mail seal message.eml --domain lists.example --authserv-id mx.lists.example > sealed.eml
              signet mail seal - --key rsa.pem --selector arc1 --domain lists.example --ip 192.0.2.10
            """)
    static var title: String { "mail seal" }

    @OptionGroup var message: MessageArgument
    @OptionGroup(title: "Keys") var keys: KeyOptions

    @Option(
        help: ArgumentHelp("The domain that seals, d=. (default: the manifest's one that forwards)", valueName: "name"))
    var domain: String?

    @Flag(help: "Take the results from the message's own Authentication-Results fields of --authserv-id.")
    var trustResults = false

    @OptionGroup(title: "Envelope") var envelope: EnvelopeOptions
    @OptionGroup(title: "DNS and time") var resolution: ResolutionOptions
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { Invocation(manifestPath: resolution.manifest) }

    func validate() throws {
        if keys.key.count > 1 { throw ValidationError("A set has one seal: name one --key.") }
        if !keys.key.isEmpty, domain == nil { throw ValidationError("--key needs the --domain that seals.") }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        var request = MailSealRequest(
            verify: try envelope.request(try message.read(context), resolution),
            keys: try keys.keys(context, manifest: resolution.manifest), domain: domain)
        // The manifest that the keys come from also says whom to ask.
        if case .keyring(let path, _) = request.keys { request.verify.resolution.manifestPath = path }
        request.trustsResults = trustResults
        context.showMessage(try await context.signet.sealMail(request))
        return .done
    }
}
