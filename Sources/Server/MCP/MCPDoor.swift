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
    func answer(
        _ message: MCPMessage, headers: MCPHeaders?, caller: Caller, logger: Logger
    ) async -> MCPProtocol.Reply? {
        let rules = MCPProtocol(version: version, tools: Tool.admitted(for: caller))
        switch rules.receive(message, headers: headers) {
        case .nothing: return nil
        case .reply(let reply): return reply
        case .call(let call):
            let answer = await tools.run(call.tool, call.arguments, by: caller, logger: logger)
            return rules.reply(to: call, with: answer)
        }
    }
}
