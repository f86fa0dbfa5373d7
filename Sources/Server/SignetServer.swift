import DNS
import FoundationEssentials
import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
package import Operations
import Reconcile
import ServiceLifecycle

/// The server: the HTTP API, and the work on the outbox beside it.
///
/// Cancelling the task stops it in good order: no new connection, requests that are being answered are answered, what is
/// being handed to a relay is handed over. After `ServerLimits.stopTime` it waits no longer; what is cut off then is in
/// the outbox.
package struct SignetServer: Sendable {
    private let desk: Desk
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let requestLog: RequestLog
    private let metrics = MetricsRegistry()
    private let clock: any TimeSource
    private let random: @Sendable (Int) -> [UInt8]

    /// - Parameter writeLog: takes whole lines of JSON.
    package init(
        signet: Signet, manifestPath: String, configuration: ServerConfiguration,
        writeLog: @escaping @Sendable (String) -> Void
    ) {
        desk = Desk(signet, manifestPath: manifestPath, leases: configuration.leases)
        clock = signet.ports.clock
        random = signet.ports.random
        self.configuration = configuration
        let clock = signet.ports.clock
        let sink = LogSink(now: { clock.now() }, write: writeLog)
        requestLog = RequestLog(sink: sink)
        logger = Logger(label: "signet") { _ in JSONLogHandler(sink: sink) }
    }

    /// - Parameter onListening: told the port once connections are taken.
    package func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        // A desk that cannot be opened at all is told at once, not to the first client.
        try await desk.refresh()
        let application = Application(
            router: API(
                desk: desk, metrics: metrics, log: requestLog, hasTLS: configuration.certificate != nil, random: random
            ).router(), server: try http(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.address.description, port: Int(configuration.port)),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    DescriptorLimit.connections(max: ServerLimits.connectionsMax), logger: logger)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: logger)
        var services = ServiceGroupConfiguration(services: [application], logger: logger)
        services.maximumGracefulShutdownDuration = ServerLimits.stopTime
        let group = ServiceGroup(configuration: services)
        let worker = Task { await OutboxWorker(desk: desk, clock: clock, metrics: metrics, logger: logger).run() }
        let (ending, end) = AsyncStream.makeStream(of: Result<Void, any Error>.self)
        // Not a child task: cancelling this one is to stop the group in good order, not to cancel what it does.
        Task {
            let result = await Task { try await group.run() }.result
            worker.cancel()
            await worker.value
            end.yield(result)
        }
        let result = await withTaskCancellationHandler {
            // Not the cancelled task's own waiting, which would be over at once.
            await Task { await ending.first { _ in true } }.value
        } onCancel: {
            worker.cancel()
            Task {
                await group.triggerGracefulShutdown()
                // A relay that has gone silent cannot be told to hurry.
                let latest = ServerLimits.stopTime + ServerLimits.stopMargin
                try? await self.clock.sleep(until: self.clock.now().addingTimeInterval(latest.timeInterval))
                end.yield(.success(()))
            }
        }
        do { try result?.get() } catch { throw Self.error(error, configuration) }
    }

    private func http() throws -> HTTPServerBuilder {
        let clock = clock
        let base = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    ConnectionHandlerPlacing(
                        ConnectionHandler(
                            unreadable: UnreadableRequest(metrics: metrics, log: requestLog, now: { clock.now() }),
                            deadline: RequestDeadline(time: TimeAmount(configuration.requestTime))))
                ],
                idleTimeout: TimeAmount(configuration.idleTime),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: ServerLimits.headerFieldOctetsMax,
                    maxHeaderListSize: ServerLimits.headerOctetsMax,
                    maxHeaderFieldCount: ServerLimits.headerFieldsMax)))
        guard let certificate = configuration.certificate else { return base }
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(certificate.chain)
            let key = try NIOSSLPrivateKey(bytes: certificate.privateKey, format: .pem)
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            // RFC 8996 deprecates what is older.
            tls.minimumTLSVersion = .tlsv12
            return try .tls(base, tlsConfiguration: tls)
        } catch {
            throw ServerError(
                .certificate, "the certificate or its key cannot be used: PEM files are wanted, and a key that fits")
        }
    }

    private static func error(_ error: any Error, _ configuration: ServerConfiguration) -> any Error {
        guard let failure = error as? IOError else { return ServerError(.other, "the server stopped: \(error)") }
        return ServerError(
            .cannotListen,
            "cannot listen on \(configuration.address), port \(configuration.port): \(failure.reasonText)")
    }
}

extension IOError {
    /// The system's words for its number, such as "Address already in use".
    fileprivate var reasonText: String { String(cString: strerror(errnoCode)) }
}
