import FoundationEssentials
import Logging
package import Operations
import Reconcile

/// The Model Context Protocol over a process' standard streams: one message a line. Beside it the outbox is worked on,
/// as `SignetServer` does, so that what was held or deferred leaves.
package struct StdioServer: Sendable {
    /// Calls that are worked on at once; the next line is read when one of them is done.
    static let callsInFlightMax = 16
    /// A message, as over HTTP.
    package static let lineOctetsMax = ServerLimits.messageBodyOctetsMax

    private let desk: Desk
    private let token: String
    private let logger: Logger
    private let clock: any TimeSource
    private let metrics = MetricsRegistry()
    private let calls = CallsInFlight()
    private let writeLine: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - writeLine: takes a whole line, its end included.
    ///   - writeLog: takes whole lines of JSON.
    package init(
        signet: Signet, manifestPath: String, token: String, writeLine: @escaping @Sendable ([UInt8]) -> Void,
        writeLog: @escaping @Sendable (String) -> Void
    ) {
        desk = Desk(signet, manifestPath: manifestPath)
        self.token = token
        self.writeLine = writeLine
        let clock = signet.ports.clock
        self.clock = clock
        logger = Logger(label: "signet") { _ in JSONLogHandler(now: { clock.now() }, write: writeLog) }
    }

    /// Until there is no line any more. What is being worked on then is finished and answered.
    ///
    /// - Parameter nextLine: without its end; nil at the end, or when the task is cancelled.
    package func run(nextLine: @escaping @Sendable () async throws -> [UInt8]?) async throws {
        // A token that is none is told at once, not in answer to the first call.
        try await desk.refresh()
        guard try await desk.grant(for: token) != nil else {
            throw ServerError(.token, "the token is none, or is good for nothing any more; `signet tokens list` shows")
        }
        let worker = Task { await OutboxWorker(desk: desk, clock: clock, metrics: metrics, logger: logger).run() }
        let result = await serve(nextLine)
        worker.cancel()
        await worker.value
        try result.get()
    }

    private func serve(_ nextLine: @escaping @Sendable () async throws -> [UInt8]?) async -> Result<Void, any Error> {
        await withTaskGroup(of: Void.self) { group in
            var count = 0
            do {
                while let line = try await nextLine() {
                    if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
                    let message = MCPMessage(Data(line))
                    if case .cancellation(let id) = message {
                        calls.cancel(id)
                        continue
                    }
                    if count == Self.callsInFlightMax {
                        await group.next()
                        count -= 1
                    }
                    count += 1
                    // Not a child task: cancelling ends the reading, not a send that has begun.
                    let task = Task { await answer(message) }
                    // Known before the next line is read, which may cancel it.
                    let id = Self.cancellable(message)
                    if let id { calls.began(id, task) }
                    group.addTask {
                        let answer = await task.value
                        guard id.map(calls.ended) ?? true else { return }
                        reply(answer)
                    }
                }
            } catch {
                await group.waitForAll()
                return .failure(error)
            }
            await group.waitForAll()
            return .success(())
        }
    }

    /// The id of a call that nobody has to learn the end of.
    private static func cancellable(_ message: MCPMessage) -> JSONTree? {
        guard case .request(let request) = message, request.method == "tools/call",
            let name = request.parameters["name"]?.text, Tool(rawValue: name)?.canBeCancelled == true
        else { return nil }
        return request.id
    }

    private func answer(_ message: MCPMessage) async -> MCPProtocol.Reply? {
        // Asked anew each time: a token that is revoked meanwhile is good for nothing.
        let caller: Caller
        do { caller = try await desk.grant(for: token).map { .token($0) } ?? .anonymous } catch {
            return unavailable(message, DoorMiddleware.problem(error, logger))
        }
        let door = MCPDoor(desk: desk, metrics: metrics)
        return await door.answer(message, headers: nil, caller: caller, logger: logger)
    }

    private func unavailable(_ message: MCPMessage, _ problem: Problem) -> MCPProtocol.Reply? {
        guard case .request(let request) = message else { return nil }
        return MCPProtocol.reply(to: request.id, MCPError(.internalError, problem.detail), isStateless: true)
    }

    private func reply(_ reply: MCPProtocol.Reply?) {
        guard let reply else { return }
        writeLine([UInt8](reply.body.octets) + [UInt8(ascii: "\n")])
    }
}
