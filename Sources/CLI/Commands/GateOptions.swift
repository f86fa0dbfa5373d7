import ArgumentParser
import Manifest

/// How a request is put to the gate, whatever it is about: sending, answering, forwarding.
struct GateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A stricter mode than the agent's.", valueName: "mode"))
    var mode: OversightMode?

    @Option(
        name: .customLong("idempotency-key"),
        help: ArgumentHelp(
            "Makes repeating this command harmless: the same key and message are sent once, whatever happened.",
            valueName: "key"))
    var idempotencyKey: String?

    @Flag(name: .customLong("dry-run"), help: "Say what would happen. Nothing is stored, logged or sent.")
    var dryRun = false
}
