import ArgumentParser
import Operations

struct ReplyCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "reply", abstract: "Answer a message as an agent, if the gate lets it go.",
        discussion: """
            The answer goes to the message's Reply-To, or From, names it in In-Reply-To and References, and says that a \
            program wrote it (Auto-Submitted: auto-replied). What a program sent, and delivery reports, are not answered: \
            RFC 3834. Then as `signet send`.

            Exit codes: 0 sent; 1 error, bounced, or in doubt; 3 deferred; 5 held or refused.

            EXAMPLES
              signet reply question.eml --agent support --text "It is on its way."
              signet reply - --agent support --all --quote --text-file answer.txt < question.eml
            """)

    @OptionGroup var message: MessageArgument

    @Flag(help: "Also to those in the message's To and Cc.")
    var all = false

    @Flag(help: "Quote the message's text below the answer.")
    var quote = false

    @OptionGroup var sending: SendingOptions

    @Option(help: ArgumentHelp("Another recipient. Can be repeated.", valueName: "address"))
    var cc: [String] = []

    @Option(help: ArgumentHelp("Like --cc, and seen by nobody else.", valueName: "address"))
    var bcc: [String] = []

    @OptionGroup var content: TextOptions

    @Option(name: .customLong("html-file"), help: "A file with the text as HTML.", completion: .file())
    var htmlFile: String?

    @Option(help: ArgumentHelp("A file to attach. Can be repeated.", valueName: "file"), completion: .file())
    var attach: [String] = []

    @OptionGroup var scope: ManifestOption
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    func validate() throws {
        if content.text == nil, content.textFile == nil, htmlFile == nil, attach.isEmpty {
            throw ValidationError("--text, --text-file or --html-file says what the answer is.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        let files = MessageFiles(files: context.signet.ports.files)
        var request = ReplyRequest(agent: sending.agent, original: try message.read(context))
        request.answersAll = all
        request.quotes = quote
        request.from = sending.from.map(SendRequest.Mailbox.init(text:))
        request.cc = cc.map(SendRequest.Mailbox.init(text:))
        request.bcc = bcc.map(SendRequest.Mailbox.init(text:))
        request.subject = content.subject
        request.text = try content.text(files)
        request.html = try htmlFile.map { try files.text($0) }
        request.attachments = try attach.map { try files.attachment($0) }
        request.mode = sending.gate.mode
        request.idempotencyKey = sending.gate.idempotencyKey
        let report =
            sending.gate.dryRun
            ? try await context.signet.tryReply(scope.scope(context), request)
            : try await context.signet.reply(scope.scope(context), request)
        context.show(SendView(report: report, invocation: invocation))
        return ExitStatus(sent: report)
    }
}
