import ArgumentParser
import DNS
import Operations

extension ForwardRequest.Style: ExpressibleByArgument {}

struct ForwardCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward", abstract: "Forward a message as an agent, if the gate lets it go.",
        discussion: """
            --as redirect (the default) passes the message on as it is: it is verified, keeps its author and their \
            signatures, names the agent in Resent-From, and is sealed with ARC; the domain must declare `arc: forwarded`. \
            Only a message that passes DMARC by a signature of its author's can go on so, because SPF ends here. \
            --as attachment and --as inline make a message of the agent's own, which carries its identity, and any \
            message can go on so. Then as `signet send`.

            Exit codes: 0 sent; 1 error, bounced, or in doubt; 3 deferred; 5 held or refused.

            EXAMPLES
              signet forward order.eml --agent support --to warehouse@example.net
              signet forward order.eml --agent support --to boss@example.net --as attachment --text "Please look."
            """)

    @OptionGroup var message: MessageArgument

    @Option(name: .customLong("as"), help: ArgumentHelp("How the message goes on.", valueName: "style"))
    var style: ForwardRequest.Style = .redirect

    @OptionGroup var sending: SendingOptions

    @Option(
        help: ArgumentHelp(
            "A recipient: `ada@example.net` or `Ada <ada@example.net>`. Can be repeated.", valueName: "address"))
    var to: [String] = []

    @Option(help: ArgumentHelp("Like --to.", valueName: "address"))
    var cc: [String] = []

    @Option(help: ArgumentHelp("Like --to, and seen by nobody else.", valueName: "address"))
    var bcc: [String] = []

    @OptionGroup var content: TextOptions

    @Option(
        help: ArgumentHelp(
            "With redirect: the address that the message came from. (default: from its Received fields)",
            valueName: "address"))
    var ip: String?

    @Option(help: ArgumentHelp("With redirect: what that host said in HELO.", valueName: "name"))
    var helo: String?

    @Option(
        help: ArgumentHelp("With redirect: MAIL FROM as it came in. (default: from Return-Path)", valueName: "address"))
    var mailFrom: String?

    @OptionGroup var scope: ManifestOption
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func validate() throws {
        if to.isEmpty, cc.isEmpty, bcc.isEmpty { throw ValidationError("--to says who gets it.") }
        let hasText = content.subject != nil || content.text != nil || content.textFile != nil
        if style == .redirect, hasText {
            throw ValidationError(
                "What goes on as it is takes no --subject and no text: --as attachment or --as inline.")
        }
        if style != .redirect, ip != nil || helo != nil || mailFrom != nil {
            throw ValidationError("--ip, --helo and --mail-from are for --as redirect, which verifies the message.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        var request = ForwardRequest(agent: sending.agent, original: try message.read(context), style: style)
        request.from = sending.from.map(SendRequest.Mailbox.init(text:))
        request.to = to.map(SendRequest.Mailbox.init(text:))
        request.cc = cc.map(SendRequest.Mailbox.init(text:))
        request.bcc = bcc.map(SendRequest.Mailbox.init(text:))
        request.subject = content.subject
        request.text = try content.text(MessageFiles(files: context.signet.ports.files))
        if let ip {
            guard let address = IPAddress(ip) else {
                throw UsageError(message: "--ip \(ip) is no IP address", help: "such as 192.0.2.1 or 2001:db8::1")
            }
            request.address = address
        }
        request.helo = helo
        request.mailFrom = mailFrom
        request.mode = sending.gate.mode
        request.idempotencyKey = sending.gate.idempotencyKey
        let report =
            sending.gate.dryRun
            ? try await context.signet.tryForward(scope.scope(context), request)
            : try await context.signet.forward(scope.scope(context), request)
        context.show(SendView(report: report, invocation: invocation))
        return ExitStatus(sent: report)
    }
}
