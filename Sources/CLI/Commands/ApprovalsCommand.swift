import ArgumentParser
import FoundationEssentials
import Keys
import Operations
import SendGate

struct ApprovalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approvals", abstract: "What waits for a person: list it, look at it, say yes or no.",
        discussion: """
            Whoever may send may not approve: an approver stands under `approvers` in the manifest, with an address that \
            is no agent's and an Ed25519 key that signs no mail. The private half stays with the approver.
            """,
        subcommands: [ListCommand.self, ShowCommand.self, ApproveCommand.self, DenyCommand.self],
        defaultSubcommand: ListCommand.self)

    struct ListCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the requests that wait for an answer, oldest first.")
        static var title: String { "approvals list" }

        @Flag(help: "Those that are answered, used or over as well.")
        var all = false

        @OptionGroup var scope: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let approvals = try await context.signet.approvals(
                scope.scope(context), in: all ? Set(ApprovalState.allCases) : [.pending])
            if approvals.isEmpty { context.noteAbsentState(scope.scope(context)) }
            context.show(ApprovalsView(approvals: approvals, invocation: invocation))
            return .done
        }
    }

    struct ShowCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show exactly what is asked about, unseen characters made visible.")
        static var title: String { "approvals show" }

        @Argument(help: "The approval's id.")
        var id: String

        @OptionGroup var scope: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let approval = try await context.signet.approval(scope.scope(context), ApprovalID(rawValue: id))
            context.show(ApprovalView(approval: approval, invocation: invocation))
            return .done
        }
    }

    struct ApproveCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve", abstract: "Say yes to one message, once.",
            discussion: """
                Shows the message and asks, then signs its digest with your key. Any edit of the message voids the yes. \
                The message leaves with the next `signet send --flush`.
                """)
        static var title: String { "approvals approve" }

        @OptionGroup var answer: AnswerOptions

        @Option(
            name: .customLong("valid"),
            help: ArgumentHelp("How long the yes is good for: 30m, 24h, 7d; at most 30d.", valueName: "duration"))
        var validity = DurationArgument(ApprovalAnswer.validityDefault)

        @OptionGroup var scope: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            try await answer.run(.approve, validity: validity.duration, scope.scope(context), context, invocation)
        }
    }

    struct DenyCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "deny", abstract: "Say no to one message; it is not sent.",
            discussion: "A yes can be taken back in the same way, as long as no attempt to send has begun.")
        static var title: String { "approvals deny" }

        @OptionGroup var answer: AnswerOptions
        @OptionGroup var scope: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { scope.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            try await answer.run(
                .deny, validity: ApprovalAnswer.validityDefault, scope.scope(context), context, invocation)
        }
    }
}

/// What both answers take.
struct AnswerOptions: ParsableArguments {
    @Argument(help: "The approval's id.")
    var id: String

    @Option(
        help: ArgumentHelp(
            "Your private key: PEM (PKCS#8) or the file of `ssh-keygen -t ed25519`, without a passphrase.",
            valueName: "file"), completion: .file())
    var key: String

    @Option(
        help: ArgumentHelp(
            "Answer only if the request is about this digest, as `approvals show` prints it. Does not ask.",
            valueName: "sha256:…"))
    var digest: String?

    @Flag(help: "Do not ask.")
    var yes = false

    func validate() throws {
        if let digest, SHA256Digest(digest) == nil {
            throw ValidationError("--digest takes sha256: and 64 hexadecimal digits in lower case.")
        }
    }

    func run(
        _ answer: ApprovalStatement.Answer, validity: Duration, _ scope: Scope, _ context: Context,
        _ invocation: Invocation
    ) async throws -> ExitStatus {
        let id = ApprovalID(rawValue: id)
        var seen = digest.flatMap { SHA256Digest($0) }.map { MessageDigest($0) }
        if seen == nil, !yes {
            guard context.console.inputIsTerminal, context.format == .human else {
                throw UsageError(
                    message: "\(answer.rawValue) would show the message and ask, and there is no terminal to ask at",
                    help:
                        "look at it with `\(invocation.commandLine("approvals", "show", id.rawValue))`, then give its "
                        + "--digest, or --yes")
            }
            let approval = try await context.signet.approval(scope, id)
            context.console.write(
                .error, ApprovalView(approval: approval, invocation: invocation).human(context.style(.error)) + "\n")
            let question = answer == .approve ? "Send exactly this?" : "Refuse this message for good?"
            guard await context.confirm(question) else {
                context.console.write(.error, "Nothing was recorded.\n")
                return .error
            }
            // What was shown is what is answered, whatever happens in between.
            seen = approval.record.message
        }
        let approval = try await context.signet.answerApproval(
            scope, ApprovalAnswer(id: id, answer: answer, keyPath: key, validity: validity, seen: seen))
        context.show(ApprovalAnswerView(approval: approval, invocation: invocation))
        return .done
    }
}
