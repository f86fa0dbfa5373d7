import ArgumentParser
import Audit
import DNS
import FoundationEssentials
import Operations
import Reconcile

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The log: ask it, prove from it, hand it to an auditor.",
        subcommands: [
            QueryCommand.self, VerifyCommand.self, ProveCommand.self, ExportCommand.self, EraseCommand.self,
        ])

    struct QueryCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "query", abstract: "Show entries of the log, the newest that match.",
            discussion: "All conditions must hold. Reads the state file only.")
        static var title: String { "audit query" }

        @OptionGroup var log: ManifestOption
        @OptionGroup var filter: LogFilterOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { log.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let query = try filter.query(context, limitDefault: LogQuery.limitDefault)
            context.show(AuditQueryView(page: try await context.signet.auditQuery(log.scope(context), query)))
            return .done
        }
    }

    struct VerifyCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Check a bundle, or the whole log of the state file.",
            discussion: """
                A bundle is checked by itself: no manifest, state file or network is needed. \
                Without one, every entry of the log is hashed again.
                """)
        static var title: String { "audit verify" }

        @Argument(help: "A bundle that `signet audit export` wrote.", completion: .file())
        var bundle: String?

        @Option(help: ArgumentHelp("The key that the bundle must be of.", valueName: "verifier key"))
        var key: String?

        @Option(
            help: ArgumentHelp("A signed checkpoint that was kept: the log must continue it.", valueName: "file"),
            completion: .file())
        var since: String?

        @OptionGroup var log: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { log.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            guard let bundle else {
                guard key == nil else {
                    throw UsageError(
                        message: "--key goes with a bundle", help: "name the bundle, or leave --key out")
                }
                let report = try await context.reporting { reporter in
                    try await context.signet.auditCheck(
                        log.scope(context), olderCheckpoint: since, progress: { reporter.report($0) })
                }
                context.show(AuditCheckView(report: report))
                return .done
            }
            guard since == nil else {
                throw UsageError(
                    message: "--since is for the log of the state file",
                    help: "a bundle brings its older checkpoint along: signet audit export --since-checkpoint")
            }
            if let result = try context.signet.auditVerify(lines: bundle, key: key) {
                context.show(AuditLinesView(result: result))
            } else {
                context.show(AuditBundleView(result: try context.signet.auditVerify(bundle: bundle, key: key)))
            }
            return .done
        }
    }

    struct ProveCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "prove", abstract: "Prove that an entry is in the log, against a checkpoint signed now.")
        static var title: String { "audit prove" }

        @Argument(help: "The entry's index, as `signet audit query` shows it.")
        var index: Int64

        @OptionGroup var log: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { log.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let proof = try await context.signet.auditProve(log.scope(context), LogIndex(index))
            context.show(AuditProofView(proof: proof))
            return .done
        }
    }

    struct ExportCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write a bundle that an auditor checks offline.",
            discussion: "It holds the entries that match, their proofs, a signed checkpoint, the key, and how to check."
        )
        static var title: String { "audit export" }

        @Option(help: ArgumentHelp("Where to.", valueName: "file"), completion: .file())
        var to: String

        @Option(
            help: ArgumentHelp("A signed checkpoint that the auditor has: shown to be continued.", valueName: "file"),
            completion: .file())
        var sinceCheckpoint: String?

        @Flag(
            help: """
                Everything that matches, however many entries: one a line, with a header and a count. `audit verify` reads \
                both forms.
                """)
        var all = false

        @Flag(help: "Leave personal values out; the proofs hold all the same.")
        var withoutPersonal = false

        @Flag(help: "Replace a file that is there.")
        var force = false

        @OptionGroup var log: ManifestOption
        @OptionGroup var filter: LogFilterOptions
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { log.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            if all {
                guard filter.limit == nil else {
                    throw UsageError(message: "--all has no --limit", help: "leave one of the two out")
                }
                let query = try filter.query(context, limitDefault: LogQuery.limitDefault)
                let report = try await context.reporting { reporter in
                    try await context.signet.auditExportLines(
                        log.scope(context), query, to: to, olderCheckpoint: sinceCheckpoint,
                        showsPersonal: !withoutPersonal, replacing: force, progress: { reporter.report($0) })
                }
                context.show(AuditExportView(report: report))
                return .done
            }
            let report = try await context.signet.auditExport(
                log.scope(context), try filter.query(context, limitDefault: AuditBundle.entriesMax), to: to,
                olderCheckpoint: sinceCheckpoint, showsPersonal: !withoutPersonal, replacing: force)
            context.show(AuditExportView(report: report))
            return .done
        }
    }

    struct EraseCommand: SignetCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase", abstract: "Destroy personal values for good. All proofs still hold.",
            discussion: """
                An entry says that it was done, and where; never what stood there. Backups and exported bundles are out \
                of reach.
                """)
        static var title: String { "audit erase" }

        @Option(help: ArgumentHelp("All personal values of this entry.", valueName: "index"))
        var entry: Int64?

        @Option(help: ArgumentHelp("Those of every entry about this message.", valueName: "id"))
        var message: String?

        @Option(help: ArgumentHelp("This value wherever it stands; an address in texts, too.", valueName: "text"))
        var value: String?

        @Option(help: ArgumentHelp("Why, kept in the log for ever: name nobody.", valueName: "text"))
        var reason: String?

        @Flag(help: "Don't ask.")
        var yes = false

        @OptionGroup var log: ManifestOption
        @OptionGroup var output: OutputOptions
        var invocation: Invocation { log.invocation }

        func run(_ context: Context) async throws -> ExitStatus {
            let targets = [
                entry.map { ErasureRequest.Target.entry(LogIndex($0)) }, message.map { .message($0) },
                value.map { .value($0) },
            ].compactMap { $0 }
            guard targets.count == 1, let target = targets.first else {
                throw UsageError(
                    message: "say what to erase by one of --entry, --message and --value",
                    help: "signet audit query shows indices and messages")
            }
            if !yes {
                guard context.console.isInteractive else {
                    throw UsageError(
                        message: "erase would ask before it destroys anything, and there is no terminal to ask at",
                        help: "look at what is there with `signet audit query`, then give --yes")
                }
                let style = context.style(.error)
                for record in try await context.signet.auditErasable(log.scope(context), target) ?? [] {
                    for line in LogRecordText.lines(record, style) { context.console.write(.error, line + "\n") }
                }
                let what =
                    switch target {
                    case .entry(let index): "the personal values of entry \(index)"
                    case .message(let message): "the personal values of every entry about \(style.safe(message))"
                    case .value(let value): "\(style.safe(value)), wherever it stands in the log"
                    }
                guard await context.confirm("Erase \(what)? It cannot be brought back.") else {
                    throw UsageError(message: "nothing was erased", help: "answer yes, or give --yes")
                }
            }
            let erasure = try await context.signet.auditErase(log.scope(context), target, reason: reason)
            context.show(AuditErasureView(erasure: erasure))
            return .done
        }
    }
}

/// Domains here are the log's, so that one that the manifest has dropped can still be asked for.
struct LogFilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Of this domain.", valueName: "name"))
    var domain: String?

    @Option(help: ArgumentHelp("Of this agent.", valueName: "id"))
    var agent: String?

    @Option(help: ArgumentHelp("About this message.", valueName: "id"))
    var message: String?

    @Option(help: ArgumentHelp("Of this kind (gate.held) or family (gate). Can be repeated.", valueName: "kind"))
    var kind: [String] = []

    @Option(help: ArgumentHelp("From this time on: 2026-11-24T04:00:00Z, or so long ago: 24h.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
    var until: String?

    @Option(help: "The newest so many. (default: 100; export: 10000)")
    var limit: Int?

    func query(_ context: Context, limitDefault: Int) throws -> LogQuery {
        let limit = limit ?? limitDefault
        guard (1...LogQuery.limitMax).contains(limit) else {
            throw UsageError(message: "--limit \(limit) is not within 1 and \(LogQuery.limitMax)")
        }
        var kinds: Set<LogKind> = []
        for text in kind {
            let found = LogKind.allCases.filter { $0.rawValue == text || $0.family == text }
            guard !found.isEmpty else {
                throw UsageError(
                    message: "\(text) is not a kind of entry",
                    help: "kinds are \(LogKind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            kinds.formUnion(found)
        }
        var name: String?
        if let domain {
            do { name = try DomainName(domain).text } catch {
                throw UsageError(message: "\(domain) is not a domain name: \(error)")
            }
        }
        let now = context.signet.ports.clock.now()
        return LogQuery(
            kinds: kinds, domain: name, agent: agent, message: message, from: try Self.milliseconds(since, now),
            until: try Self.milliseconds(until, now), limit: limit)
    }

    private static func milliseconds(_ text: String?, _ now: Date) throws -> Int64? {
        guard let text else { return nil }
        if let ago = DurationText.duration(text) {
            return Int64(now.timeIntervalSince1970 * 1000) - ago.components.seconds * 1000
        }
        guard let time = try? Date(text, strategy: .iso8601) else {
            throw UsageError(
                message: "\(text) is not a time", help: "write 2026-11-24T04:00:00Z, or how long ago: 90m, 24h, 7d")
        }
        return Int64(time.timeIntervalSince1970 * 1000)
    }
}
