import ArgumentParser
import Reconcile

/// For how long a command that writes DNS keeps the others away.
struct LeaseOptions: ParsableArguments {
    /// Long enough to be renewed in time, short enough that a killed apply does not block a day.
    static let range: ClosedRange<Duration> = .seconds(1)...LeaseKeeper.durationMax

    @Option(
        help: ArgumentHelp(
            "How long other applies stay away after this one has gone silent: 1s to 1h. (default: 60s)",
            valueName: "duration"))
    var lease: DurationArgument?

    var duration: Duration { lease?.duration ?? LeaseKeeper.durationDefault }

    func validate() throws {
        if let lease, !Self.range.contains(lease.duration) { throw ValidationError("--lease takes 1s to 1h.") }
    }
}
