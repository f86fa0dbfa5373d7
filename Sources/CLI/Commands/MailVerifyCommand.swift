import ArgumentParser
import Operations

struct MailVerifyCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Give a receiver's verdict on a message: SPF, DKIM, ARC and DMARC, and why.",
        discussion: """
            Asks DNS, writes nothing. Address, HELO and MAIL FROM are taken from the message's trace fields where they \
            are not given, and the answer says so: a message that you have not received yourself needs --ip.

            Whom to ask is taken from the settings of --manifest, or of a signet.yaml in the current folder; without either \
            the system's resolvers are asked.

            The exit code is 0 if DMARC passes, 4 if it does not, 1 if a look-up failed.

            EXAMPLES
              signet mail verify message.eml
              signet mail verify - --ip 192.0.2.10 --mail-from a@example.com < message.eml
              signet mail verify message.eml --stub example.test=127.0.0.1:5300 --output json
            """)
    static var title: String { "mail verify" }

    @OptionGroup var message: MessageArgument
    @OptionGroup(title: "Envelope") var envelope: EnvelopeOptions
    @OptionGroup(title: "DNS and time") var resolution: ResolutionOptions
    @OptionGroup var output: OutputOptions

    func run(_ context: Context) async throws -> ExitStatus {
        var request = try envelope.request(try message.read(context), resolution)
        if resolution.manifest == nil { request.resolution.manifestPath = context.foundManifestPath }
        let report = try await context.signet.verifyMail(request)
        context.show(MailVerifyView(report: report))
        return ExitStatus(report)
    }
}
