import Logging
import Operations

/// A message in, its answer out, for both transports.
struct MCPDoor: Sendable {
    let tools: ToolDesk
    /// This server's.
    let version: String

    init(desk: Desk, metrics: MetricsRegistry) {
        tools = ToolDesk(desk: desk, metrics: metrics)
        version = Signet.version
    }

    /// nil: nothing is to be answered.
    ///
    /// - Parameter problem: why no tool is run.
    func answer(
        _ message: MCPMessage, headers: MCPHeaders?, caller: Caller, refusing problem: Problem? = nil, logger: Logger
    ) async -> MCPProtocol.Reply? {
        let rules = MCPProtocol(version: version, tools: Tool.admitted(for: caller))
        switch rules.receive(message, headers: headers) {
        case .nothing: return nil
        case .reply(let reply): return reply
        case .call(let call):
            if let problem { return rules.reply(to: call, with: ToolAnswer(problem)) }
            let answer = await tools.run(call.tool, call.arguments, by: caller, logger: logger)
            return rules.reply(to: call, with: answer)
        }
    }
}
