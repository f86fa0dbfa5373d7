import ArgumentParser
import DNS
import FoundationEssentials
import Operations
import Server

struct ServeCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the HTTP API, and work on the outbox.",
        discussion: """
            Runs until it is told to stop (SIGTERM, SIGINT, SIGHUP), which ends what is being answered and sent in good order. Commands \
            can be run on the same manifest meanwhile; a change of the manifest is taken up by itself.

            The answer is one line, once it listens. Its log is JSON, one object a line, on standard error.

            EXAMPLES
              signet serve
              signet serve --listen 0.0.0.0:8443 --tls-certificate chain.pem --tls-key key.pem
            """)

    @Option(
        help: ArgumentHelp(
            "Where to listen. Port 0: any that is free.", valueName: "address:port"))
    var listen = "127.0.0.1:8425"

    @Option(name: .customLong("tls-certificate"), help: "The certificate and its chain, PEM.", completion: .file())
    var tlsCertificate: String?

    @Option(name: .customLong("tls-key"), help: "Its private key, PEM.", completion: .file())
    var tlsKey: String?

    @Flag(
        name: .customLong("allow-plain"),
        help: "Without TLS on an address that others can reach: behind a proxy that has it.")
    var allowPlain = false

    @Option(
        name: .customLong("request-time"),
        help: ArgumentHelp(
            "For a request to arrive, and for its answer to be taken: 1s to 1h. (default: 60s)", valueName: "duration"))
    var requestTime: DurationArgument?

    @Option(
        name: .customLong("idle-time"),
        help: ArgumentHelp(
            "For a connection on which nothing is asked: 1s to 1h. (default: 60s)", valueName: "duration"))
    var idleTime: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "How long others leave a message alone that this process works on: 1s to 1h. (default: 5m, and 11m from the end of "
                + "its data on)", valueName: "duration"))
    var lease: DurationArgument?

    @OptionGroup var manifest: ManifestOption
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { manifest.invocation }

    private static let pemOctetsMax = 1 << 20

    func validate() throws {
        guard let place = Self.place(listen) else {
            throw ValidationError("--listen takes an address and a port: 127.0.0.1:8425, or [::1]:8425.")
        }
        for (name, value) in [("request-time", requestTime), ("idle-time", idleTime), ("lease", lease)] {
            if let value, !LeaseOptions.range.contains(value.duration) {
                throw ValidationError("--\(name) takes 1s to 1h.")
            }
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
        if tlsCertificate == nil, !place.address.isLoopback, !allowPlain {
            throw ValidationError(
                "\(place.address) can be reached by others: give --tls-certificate and --tls-key, or --allow-plain behind a "
                    + "proxy that has TLS.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        context.logNotices()
        guard let place = Self.place(listen) else { throw UsageError(message: "--listen takes an address and a port") }
        var configuration = ServerConfiguration(address: place.address, port: place.port)
        if let tlsCertificate, let tlsKey {
            configuration.certificate = ServerConfiguration.Certificate(
                chain: try Self.read(tlsCertificate, context), privateKey: try Self.read(tlsKey, context))
        }
        if let requestTime { configuration.requestTime = requestTime.duration }
        if let idleTime { configuration.idleTime = idleTime.duration }
        if let lease { configuration.leases = SendLeases(attempt: lease.duration, commit: lease.duration) }
        let scheme = configuration.certificate == nil ? "http" : "https"
        let host = place.address.octets.count == 4 ? "\(place.address)" : "[\(place.address)]"
        let server = SignetServer(
            signet: context.signet, manifestPath: manifest.scope(context).manifestPath, configuration: configuration,
            writeLog: { context.console.write(.error, $0) })
        do {
            try await server.run { port in context.show(ServeView(url: "\(scheme)://\(host):\(port)")) }
        } catch let error as ServerError {
            throw OperationError.other(error.message)
        }
        return .done
    }

    private static func read(_ path: String, _ context: Context) throws -> [UInt8] {
        do { return try context.signet.ports.files.read(path, octetsMax: pemOctetsMax) } catch {
            throw OperationError.file("\(error)")
        }
    }

    /// `127.0.0.1:0`, `[::1]:8425`.
    private static func place(_ text: String) -> (address: IPAddress, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(String(host)), text.hasPrefix("[") == (address.octets.count == 16) else {
            return nil
        }
        return (address, port)
    }
}

extension IPAddress {
    /// RFC 1122 §3.2.1.3, RFC 4291 §2.5.3.
    fileprivate var isLoopback: Bool {
        octets.count == 4 ? octets[0] == 127 : octets == [UInt8](repeating: 0, count: 15) + [1]
    }
}
