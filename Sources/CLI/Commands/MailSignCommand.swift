import ArgumentParser
import MailAuth
import Operations

struct MailSignCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a message with DKIM, and write it to standard output.",
        discussion: """
            Signs with every active key of the domain in the manifest's keyring, or with --key. The message's own octets \
            come out as they went in; the new fields stand before them, in the same line ends.

            EXAMPLES
              signet mail sign message.eml > signed.eml
              signet mail sign message.eml --key rsa.pem --selector mm1 --key ed.pem --selector mm2
            """)
    static var title: String { "mail sign" }

    @OptionGroup var message: MessageArgument
    @OptionGroup(title: "Keys") var keys: KeyOptions

    @Option(
        name: [.customLong("manifest"), .customShort("f")],
        help: "The manifest whose keyring signs. (default: signet.yaml, else the current folder)", completion: .file())
    var manifest: String?

    @Option(help: ArgumentHelp("The domain that signs, d=. (default: the author's)", valueName: "name"))
    var domain: String?

    @Option(
        name: [.customLong("canonicalization"), .customShort("c")],
        help: "How the signature bears changes in transit: header/body, each simple or relaxed.")
    var canonicalization = CanonicalizationArgument.relaxed

    @Flag(inversion: .prefixedNo, help: "Sign each field once more than it stands there, so that none can be added.")
    var oversign = true

    @Option(help: ArgumentHelp("Sign this field too. Can be repeated.", valueName: "name"))
    var header: [String] = []

    @Option(help: ArgumentHelp("The agent or user that is responsible, i=.", valueName: "address"))
    var identity: String?

    @Option(help: ArgumentHelp("Let the signature expire after this long: 1h, 7d.", valueName: "duration"))
    var expiresIn: DurationArgument?

    @Option(help: ArgumentHelp("Sign as of this time: 2026-11-24T12:00:00Z, or Unix seconds.", valueName: "time"))
    var at: TimeArgument?

    @OptionGroup var output: OutputOptions
    var invocation: Invocation { Invocation(manifestPath: manifest) }

    func validate() throws {
        if let expiresIn, expiresIn.duration < .seconds(1) {
            throw ValidationError("--expires-in wants at least one second.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        var request = MailSignRequest(
            message: try message.read(context), keys: try keys.keys(context, manifest: manifest), domain: domain)
        request.headerCanonicalization = canonicalization.header
        request.bodyCanonicalization = canonicalization.body
        request.oversigns = oversign
        request.headers = header
        request.identity = identity
        request.lifetime = expiresIn?.duration
        request.time = at?.time
        context.showMessage(try await context.signet.signMail(request))
        return .done
    }
}

/// `relaxed/simple`; one word is the header's, and the body is simple (RFC 6376 §3.5).
struct CanonicalizationArgument: ExpressibleByArgument, CustomStringConvertible {
    var header: DKIMCanonicalization
    var body: DKIMCanonicalization

    static let relaxed = CanonicalizationArgument(header: .relaxed, body: .relaxed)
    static var allValueStrings: [String] {
        DKIMCanonicalization.allCases.flatMap { header in
            DKIMCanonicalization.allCases.map { "\(header.rawValue)/\($0.rawValue)" }
        }
    }
}

extension CanonicalizationArgument {
    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let header = DKIMCanonicalization(rawValue: String(parts[0])),
            let body = parts.count == 1 ? .simple : DKIMCanonicalization(rawValue: String(parts[1]))
        else { return nil }
        self.init(header: header, body: body)
    }

    var description: String { "\(header.rawValue)/\(body.rawValue)" }
}

extension Context {
    /// The message itself, as octets, for a person's pipe; its new fields for a machine. Notes go beside it.
    func showMessage(_ report: MailFieldsReport) {
        let view = MailFieldsView(report: report)
        guard format == .human else { return show(view) }
        console.writeOctets(report.message)
        if !isQuiet { console.write(.error, view.human(style(.error))) }
    }
}
