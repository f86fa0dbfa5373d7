import ArgumentParser
import DNS
import FoundationEssentials
import Manifest
import Operations

/// The message that a command is about.
struct MessageArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The message: a file, or - for standard input.", valueName: "file"),
        completion: .file(extensions: ["eml"]))
    var path: String

    func read(_ context: Context) throws -> [UInt8] {
        do {
            return path == "-"
                ? try context.console.readInput(Signet.mailOctetsMax)
                : try context.signet.ports.files.read(path, octetsMax: Signet.mailOctetsMax)
        } catch {
            throw OperationError.file("the message cannot be read: \(error)")
        }
    }
}

/// Whom to ask, beside a manifest's settings.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Ask this resolver: 192.0.2.53, [2001:db8::53]:5353 or https://…/dns-query. Can be repeated.",
            valueName: "address"))
    var resolver: [String] = []

    @Option(
        help: ArgumentHelp(
            "Ask these servers about a zone and all below it: example.test=127.0.0.1:5300. Can be repeated.",
            valueName: "zone=address"))
    var stub: [String] = []

    func resolution(manifest: String?) throws -> MailResolution {
        var resolution = MailResolution(manifestPath: manifest)
        for text in resolver {
            if text.hasPrefix("https://") {
                resolution.resolvers.append(.https(text))
            } else if let server = ServerAddress(text) {
                resolution.resolvers.append(.server(server))
            } else {
                throw UsageError(
                    message: "--resolver \(text) is no address",
                    help: "an IP address, with :port behind it where it is not 53; IPv6 with a port in brackets")
            }
        }
        for text in stub {
            let help = "a zone, =, and its server's IP address and port: example.test=127.0.0.1:5300"
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let zone = try? DomainName(String(parts[0])) else {
                throw UsageError(message: "--stub \(text) names no zone and server", help: help)
            }
            for address in parts[1].split(separator: ",") {
                guard let server = ServerAddress(String(address)) else {
                    throw UsageError(message: "--stub \(text): \(address) is no address", help: help)
                }
                resolution.stubs[zone, default: []].append(server)
            }
        }
        return resolution
    }
}

/// Whom to ask, and at what time it is.
struct ResolutionOptions: ParsableArguments {
    @Option(
        name: [.customLong("manifest"), .customShort("f")],
        help: "Take stubs and resolvers from this manifest's settings, and keys from its keyring.",
        completion: .file())
    var manifest: String?

    @OptionGroup var network: NetworkOptions

    @Option(
        help: ArgumentHelp(
            "Judge the message as of this time: 2026-11-24T12:00:00Z, or Unix seconds.", valueName: "time"))
    var at: TimeArgument?

    func resolution() throws -> MailResolution { try network.resolution(manifest: manifest) }
}

/// How the message came in; what isn't given is read from its trace fields.
struct EnvelopeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address that the message came from. (default: from the topmost outside Received field)",
            valueName: "address"))
    var ip: String?

    @Option(help: ArgumentHelp("What that host said in HELO. (default: from that Received field)", valueName: "name"))
    var helo: String?

    @Option(
        help: ArgumentHelp(
            "MAIL FROM, without angle brackets; empty for a bounce. (default: from Return-Path)", valueName: "address"))
    var mailFrom: String?

    @Option(
        name: .customLong("authserv-id"),
        help: ArgumentHelp(
            "The name of the server that verifies, as Authentication-Results carry it.", valueName: "name"))
    var serverID = "localhost"

    func request(
        _ message: [UInt8], _ resolution: ResolutionOptions
    ) throws -> MailVerifyRequest {
        var request = MailVerifyRequest(
            message: message, helo: helo, mailFrom: mailFrom, resolution: try resolution.resolution(),
            serverID: serverID, time: resolution.at?.time)
        if let ip {
            guard let address = IPAddress(ip) else {
                throw UsageError(message: "--ip \(ip) is no IP address", help: "such as 192.0.2.1 or 2001:db8::1")
            }
            request.address = address
        }
        return request
    }
}

/// Which keys sign.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A PEM private key to sign with, in place of the manifest's keyring. Can be repeated, with a --selector each.",
            valueName: "pem"),
        completion: .file(extensions: ["pem", "key"]))
    var key: [String] = []

    @Option(
        help: ArgumentHelp(
            "The selector of each --key; without --key, the keys of the keyring to use. (default: all that are active)",
            valueName: "name"))
    var selector: [String] = []

    func keys(_ context: Context, manifest: String?) throws -> MailKeys {
        guard !key.isEmpty else {
            return .keyring(manifestPath: manifest ?? context.defaultManifestPath, selectors: selector)
        }
        guard key.count == selector.count else {
            throw UsageError(
                message: "\(key.count) --key and \(selector.count) --selector were given",
                help: "each --key needs the --selector that its public half is published under, in the same order")
        }
        return .files(Array(zip(key, selector).map { (path: $0, selector: $1) }))
    }
}

/// A point in time on the command line.
struct TimeArgument: ExpressibleByArgument {
    let time: Date

    init?(argument: String) {
        if let seconds = Int64(argument), (0...253_402_300_799).contains(seconds) {
            time = Date(timeIntervalSince1970: Double(seconds))
        } else if let date = try? Date(argument, strategy: .iso8601) {
            time = date
        } else {
            return nil
        }
    }
}
