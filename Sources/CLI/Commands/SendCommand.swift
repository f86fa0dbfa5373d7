import ArgumentParser
import Manifest
import Operations
import SendGate

extension OversightMode: ExpressibleByArgument {}

struct SendCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Send a message as an agent, if the gate lets it go.",
        discussion: """
            The message is made from the options, or read whole from a file with --message. It is stored first, then put \
            to the gate: sent at once, held for an approval, deferred, or refused. What was held and approved, or \
            deferred, is sent by `signet send --flush`, which works on all that is due and ends; run it from a timer.

            Exit codes: 0 sent; 1 error, bounced, or in doubt; 3 deferred; 5 held or refused.
            """)

    @Option(help: ArgumentHelp("The agent's id in the manifest.", valueName: "id"))
    var agent: String?

    @Option(help: ArgumentHelp("The address to send from. (default: the agent's first)", valueName: "address"))
    var from: String?

    @Option(
        help: ArgumentHelp(
            "A recipient: `ada@example.net` or `Ada <ada@example.net>`. Can be repeated; with --message, in place of its To, Cc and Bcc.",
            valueName: "address"))
    var to: [String] = []

    @Option(help: ArgumentHelp("Like --to.", valueName: "address"))
    var cc: [String] = []

    @Option(help: ArgumentHelp("Like --to, and seen by nobody else.", valueName: "address"))
    var bcc: [String] = []

    @Option(name: .customLong("reply-to"), help: ArgumentHelp("Where answers go.", valueName: "address"))
    var replyTo: [String] = []

    @Option(help: "The subject.")
    var subject: String?

    @Option(help: "The text.")
    var text: String?

    @Option(name: .customLong("text-file"), help: "A file with the text.", completion: .file())
    var textFile: String?

    @Option(name: .customLong("html-file"), help: "A file with the text as HTML.", completion: .file())
    var htmlFile: String?

    @Option(help: ArgumentHelp("A file to attach. Can be repeated.", valueName: "file"), completion: .file())
    var attach: [String] = []

    @Option(help: ArgumentHelp("Another header field, `Name: value`. Can be repeated.", valueName: "field"))
    var header: [String] = []

    @Option(
        name: .customLong("in-reply-to"),
        help: ArgumentHelp("The Message-ID of the message that this one answers.", valueName: "message-id"))
    var inReplyTo: String?

    @Option(help: ArgumentHelp("Message-IDs of the thread, oldest first. Can be repeated.", valueName: "message-id"))
    var references: [String] = []

    @Option(
        help: ArgumentHelp(
            "An https URL that unsubscribes by one POST (RFC 8058), or a mailto: URL. Once each.", valueName: "url"))
    var unsubscribe: [String] = []

    @Option(
        name: [.customLong("message"), .customShort("m")], help: "A file with the whole message (.eml).",
        completion: .file())
    var message: String?

    @OptionGroup var gate: GateOptions

    @Flag(help: "Send what is due: approved, deferred, or left by a process that was killed.")
    var flush = false

    @Option(
        help: ArgumentHelp(
            "After how long others take this process for dead, if it goes silent: 1s to 1h. (default: 5m, and 11m once the relay has the message)",
            valueName: "duration"))
    var lease: DurationArgument?

    @OptionGroup var scope: ManifestOption
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { scope.invocation }

    private var leases: SendLeases {
        lease.map { SendLeases(attempt: $0.duration, commit: $0.duration) } ?? SendLeases()
    }

    func validate() throws {
        if let lease, !LeaseOptions.range.contains(lease.duration) {
            throw ValidationError("--lease takes 1s to 1h.")
        }
        let isMessage =
            !to.isEmpty || !cc.isEmpty || !bcc.isEmpty || subject != nil || text != nil || textFile != nil
            || htmlFile != nil || !attach.isEmpty || message != nil || agent != nil
        if flush {
            if isMessage || gate.dryRun {
                throw ValidationError("--flush sends what is stored: it goes with no message.")
            }
            return
        }
        if agent == nil { throw ValidationError("--agent says who sends.") }
        if text != nil, textFile != nil { throw ValidationError("--text and --text-file exclude each other.") }
        if message != nil {
            let hasFields =
                from != nil || !cc.isEmpty || !bcc.isEmpty || !replyTo.isEmpty || subject != nil || text != nil
                || textFile != nil || htmlFile != nil || !attach.isEmpty || !header.isEmpty || inReplyTo != nil
                || !references.isEmpty || !unsubscribe.isEmpty
            if hasFields { throw ValidationError("--message is whole: only --to goes with it.") }
        } else if to.isEmpty, cc.isEmpty, bcc.isEmpty {
            throw ValidationError("--to says who gets it.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        if flush {
            let report = try await context.reporting { _ in
                try await context.signet.flushOutbox(scope.scope(context), leases: leases)
            }
            context.show(OutboxView(messages: report.messages, waiting: report.waiting, invocation: invocation))
            return ExitStatus(flushed: report)
        }
        let request = try SendArguments(command: self, files: MessageFiles(files: context.signet.ports.files))
            .request()
        let report =
            gate.dryRun
            ? try await context.signet.trySend(scope.scope(context), request)
            : try await context.signet.send(scope.scope(context), request, leases: leases)
        context.show(SendView(report: report, invocation: invocation))
        return ExitStatus(sent: report)
    }
}

struct OutboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "The messages on their way out: list them, edit a held one, settle one in doubt.",
        subcommands: [ListCommand.self, EditCommand.self, ResolveCommand.self], defaultSubcommand: ListCommand.self)

    struct ListCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List messages, newest first. Reads the state file only.")
        static var title: String { "outbox list" }

        @Option(help: ArgumentHelp("Only those in this state. Can be repeated.", valueName: "state"))
        var state: [OutboxState] = []

        @Option(help: ArgumentHelp("Only this agent's.", valueName: "id"))
        var agent: String?

        @Option(help: ArgumentHelp("How many at most, 1 to 10,000.", valueName: "count"))
        var limit = 100

        @OptionGroup var scope: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit takes 1 to 10000.") }
        }

        func run(_ context: Context) async throws -> ExitStatus {
            let messages = try await context.signet.outbox(
                scope.scope(context), OutboxFilter(states: Set(state), agent: agent), countMax: limit)
            if messages.isEmpty { context.noteAbsentState(scope.scope(context)) }
            context.show(OutboxView(messages: messages, waiting: [], invocation: invocation))
            return .done
        }
    }

    struct EditCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "edit", abstract: "Put another message in the place of one that is held.",
            discussion: "Whatever was approved before is void; `signet send --flush` asks anew.")
        static var title: String { "outbox edit" }

        @Argument(help: "The message's id.")
        var id: String

        @Option(
            name: [.customLong("message"), .customShort("m")], help: "A file with the whole message (.eml).",
            completion: .file())
        var message: String

        @OptionGroup var scope: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func validate() throws {
            guard MessageID(rawValue: id) != nil else { throw ValidationError("\(id) is no message's id.") }
        }

        func run(_ context: Context) async throws -> ExitStatus {
            let octets: [UInt8]
            do { octets = try context.signet.ports.files.read(message, octetsMax: OutboxLimits.octetsMax) } catch {
                throw OperationError.file("\(error)")
            }
            let report = try await context.signet.editHeld(
                scope.scope(context), MessageID(rawValue: id)!, message: octets)
            context.show(SendView(report: report, invocation: invocation))
            return .done
        }
    }

    struct ResolveCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "resolve", abstract: "Say what became of a message in doubt.",
            discussion: """
                A message is in doubt where its sending was cut short between the end of its data and the relay's answer. \
                Look for its Message-ID in the relay's log: if the relay has it, say --sent; if not, say --not-sent, and \
                it is tried again.
                """)
        static var title: String { "outbox resolve" }

        @Argument(help: "The message's id.")
        var id: String

        @Flag(help: "The relay has it.")
        var sent = false

        @Flag(name: .customLong("not-sent"), help: "The relay never had it: try again.")
        var notSent = false

        @OptionGroup var scope: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func validate() throws {
            guard sent != notSent else { throw ValidationError("Either --sent or --not-sent.") }
            guard MessageID(rawValue: id) != nil else { throw ValidationError("\(id) is no message's id.") }
        }

        func run(_ context: Context) async throws -> ExitStatus {
            let report = try await context.signet.resolve(
                scope.scope(context), MessageID(rawValue: id)!, wasHandedOver: sent)
            context.show(SendView(report: report, invocation: invocation))
            return .done
        }
    }
}

extension OutboxState: ExpressibleByArgument {}

extension ExitStatus {
    init(sent report: SendReport) {
        switch (report.state, report.decision) {
        case (.sent?, _): self = .done
        case (.held?, _), (.refused?, _), (.denied?, _), (.expired?, _): self = .refused
        case (.bounced?, _), (.unknown?, _): self = .error
        case (.received?, _), (.queued?, _), (.delivering?, _), (.committing?, _), (.deferred?, _):
            self = .notConverged
        case (nil, .release?): self = .done
        case (nil, .hold?), (nil, .refuse?): self = .refused
        case (nil, .deferred?), (nil, .observeAgain?), (nil, nil): self = .notConverged
        }
    }

    /// The worst of what was worked on.
    init(flushed report: FlushReport) {
        let statuses = report.messages.map { ExitStatus(sent: $0) }
        self = [.error, .notConverged, .refused].first { statuses.contains($0) } ?? .done
    }
}
