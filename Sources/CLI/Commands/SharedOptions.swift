import ArgumentParser
import Operations

extension OutputFormat: ExpressibleByArgument {}
extension ColourChoice: ExpressibleByArgument {}

struct OutputOptions: ParsableArguments {
    @Option(help: "The form of the answer.")
    var output: OutputFormat = .human

    @Option(help: "When to use colour. NO_COLOR and TERM=dumb are honoured.")
    var color: ColourChoice = .auto

    @Flag(help: "No progress and no hints.")
    var quiet = false
}

struct ScopeOptions: ParsableArguments {
    @Option(
        name: [.customLong("manifest"), .customShort("f")],
        help: "The manifest: a file or a folder. (default: signet.yaml, else the current folder)",
        completion: .file())
    var manifest: String?

    @Option(help: ArgumentHelp("Only this domain. Can be repeated.", valueName: "name"))
    var domain: [String] = []

    var invocation: Invocation { Invocation(manifestPath: manifest, domains: domain) }

    func scope(_ context: Context) -> Scope {
        Scope(manifestPath: manifest ?? context.defaultManifestPath, domains: domain)
    }
}

/// For commands that are about a whole manifest, or about what its state file holds.
struct ManifestOption: ParsableArguments {
    @Option(
        name: [.customLong("manifest"), .customShort("f")],
        help: "The manifest: a file or a folder. (default: signet.yaml, else the current folder)",
        completion: .file())
    var manifest: String?

    var invocation: Invocation { Invocation(manifestPath: manifest) }

    func scope(_ context: Context) -> Scope { Scope(manifestPath: manifest ?? context.defaultManifestPath) }
}

/// A length of time on the command line: `90s`, `5m`, `1h30m`, `2d`.
struct DurationArgument: ExpressibleByArgument, Equatable, CustomStringConvertible {
    var duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = DurationText.duration(argument) else { return nil }
        self.duration = duration
    }

    var description: String { DurationText.text(seconds: Int(duration.components.seconds)).filter { $0 != " " } }
}
