import ArgumentParser
import Manifest
import Operations
import Server

struct MCPCommand: SignetCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Offer the tools to a model's host, over standard input and output.",
        discussion: """
            The Model Context Protocol, one message a line: the host starts this command, and ends it by closing its input. What \
            the tools may do, the token says (`signet tokens create`); it comes from SIGNET_TOKEN or a file. Over HTTP, \
            `signet serve` offers the same at /mcp.

            Standard output carries the protocol alone; the log is JSON, one object a line, on standard error.

            EXAMPLES
              SIGNET_TOKEN=sgt_… signet mcp
              signet mcp --token-file /run/secrets/signet --manifest infra/
            """)

    @Option(
        name: .customLong("token-file"), help: "A file with the token, in place of SIGNET_TOKEN.", completion: .file())
    var tokenFile: String?

    @OptionGroup var manifest: ManifestOption
    @OptionGroup var output: OutputOptions
    var invocation: Invocation { manifest.invocation }

    func validate() throws {
        guard output.output == .human else {
            throw ValidationError("The protocol is JSON by itself: leave --output out.")
        }
    }

    func run(_ context: Context) async throws -> ExitStatus {
        context.logNotices()
        let console = context.console
        let server = StdioServer(
            signet: context.signet, manifestPath: manifest.scope(context).manifestPath, token: try await token(context),
            writeLine: { console.writeOctets($0) }, writeLog: { console.write(.error, $0) })
        do {
            try await server.run { try await console.nextLine(StdioServer.lineOctetsMax) }
        } catch let error as ServerError {
            throw OperationError.other(error.message)
        }
        return .done
    }

    private func token(_ context: Context) async throws -> String {
        let reference: SecretReference = tokenFile.map { .file($0) } ?? .environment("SIGNET_TOKEN")
        do {
            let octets = try await context.signet.ports.secrets.secret(reference, relativeTo: ".")
            return String(decoding: octets, as: UTF8.self)
        } catch {
            throw UsageError(message: "no token: \(error). `signet tokens create` makes one.")
        }
    }
}
