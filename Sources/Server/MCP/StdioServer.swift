import FoundationEssentials
import Logging
package import Operations
import Reconcile

/// The Model Context Protocol over a process' standard streams: one message a line. Beside it the outbox is worked on,
/// as `SignetServer` does, so that what was held or deferred leaves.
package struct StdioServer: Sendable {
    /// Calls of tools that are worked on at once. Lines are read meanwhile: one may cancel what is worked on.
    static let callsInFlightMax = 16
    /// Calls that wait for one of these to be done; more are refused (`overloaded`).
    static let callsWaitingMax = 256
    /// Octets of what waits.
    static let callsWaitingOctetsMax = ServerLimits.bodiesInFlightOctetsMax
    /// A message, as over HTTP.
    package static let lineOctetsMax = ServerLimits.messageBodyOctetsMax

    private let desk: Desk
    private let token: String
    private let logger: Logger
    private let clock: any TimeSource
    private let metrics = MetricsRegistry()
    private let calls = CallsInFlight(
        workersMax: callsInFlightMax, waitingMax: callsWaitingMax, octetsMax: callsWaitingOctetsMax)
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
        await withDiscardingTaskGroup { group in
            do {
                while let line = try await nextLine() {
                    if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
                    let message = MCPMessage(Data(line))
                    if case .cancellation(let id) = message {
                        calls.cancel(id)
                        continue
                    }
                    guard case .request(let request) = message, request.method == "tools/call" else {
                        // Whatever else is asked is answered from memory.
                        reply(await answer(message))
                        continue
                    }
                    let tool = request.parameters["name"]?.text.flatMap { Tool(rawValue: $0) }
                    let call = CallsInFlight.Call(
                        message: message, id: request.id, octets: line.count,
                        canBeCancelled: tool?.canBeCancelled == true)
                    switch calls.admit(call) {
                    case .begin:
                        // Begun before the next line is read, which may cancel it.
                        let first = begin(call)
                        group.addTask {
                            await finish(first)
                            while let call = calls.next() { await finish(begin(call)) }
                        }
                    case .waits: break
                    case .refused:
                        reply(
                            await answer(
                                message,
                                refusing: Problem(.overloaded, "too many calls at once", retryAfterSeconds: 1)))
                    }
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
    }

    private struct Begun {
        var task: Task<MCPProtocol.Reply?, Never>
        /// Of a call that nobody has to learn the end of.
        var cancellable: JSONTree?
    }

    private func begin(_ call: CallsInFlight.Call) -> Begun {
        // Not a child task: cancelling ends the reading, not a send that has begun.
        let task = Task { await answer(call.message) }
        guard call.canBeCancelled else { return Begun(task: task) }
        calls.began(call.id, task)
        return Begun(task: task, cancellable: call.id)
    }

    private func finish(_ begun: Begun) async {
        let answer = await begun.task.value
        guard begun.cancellable.map(calls.ended) ?? true else { return }
        reply(answer)
    }

    /// - Parameter problem: why no tool is run.
    private func answer(_ message: MCPMessage, refusing problem: Problem? = nil) async -> MCPProtocol.Reply? {
        // Asked anew each time: a token that is revoked meanwhile is good for nothing.
        let caller: Caller
        do { caller = try await desk.grant(for: token).map { .token($0) } ?? .anonymous } catch {
            return unavailable(message, DoorMiddleware.problem(error, logger))
        }
        let door = MCPDoor(desk: desk, metrics: metrics)
        return await door.answer(message, headers: nil, caller: caller, refusing: problem, logger: logger)
    }

    private func unavailable(_ message: MCPMessage, _ problem: Problem) -> MCPProtocol.Reply? {
        guard case .request(let request) = message else { return nil }
        return MCPProtocol.reply(to: request.id, MCPError(.internalError, problem.detail), isStateless: true)
    }

    private func reply(_ reply: MCPProtocol.Reply?) {
        guard let reply else { return }
        writeLine(reply.body.octets + [UInt8(ascii: "\n")])
    }
}
