import HTTPTypes

/// A message that is not answered with a result: a JSON-RPC error. What is wrong with a tool's arguments is none: the
/// model that called is to see it, so it is a result (`ToolAnswer`).
struct MCPError: Error, Equatable, Sendable {
    /// JSON-RPC 2.0 §5.1, and of MCP 2026-07-28 those around -32020.
    enum Code: Int64, Sendable, CaseIterable {
        case parseError = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParameters = -32602
        case internalError = -32603
        case headerMismatch = -32020
        case unsupportedVersion = -32022
    }

    var code: Code
    /// One sentence, without anything of the message.
    var message: String
    var data: JSONTree?

    init(_ code: Code, _ message: String, data: JSONTree? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    static func unsupportedVersion(_ requested: String) -> MCPError {
        MCPError(
            .unsupportedVersion, "Unsupported protocol version",
            data: [
                "supported": .list(MCPVersion.allCases.reversed().map { .text($0.rawValue) }),
                "requested": .text(String(requested.prefix(40))),
            ])
    }

    /// Of a message that cannot be read.
    init(_ fault: JSONTreeFault) {
        switch fault {
        case .malformed: self.init(.parseError, "Parse error")
        case .tooLarge(let what): self.init(.parseError, "the message has \(what)")
        case .repeatedMember(let name): self.init(.invalidRequest, "\(name) stands twice")
        }
    }

    /// MCP 2026-07-28, Streamable HTTP. Clients of the older revisions take a 404 for the end of a session that they
    /// never had, so theirs are 200 where the message itself was sound.
    func status(isStateless: Bool) -> HTTPResponse.Status {
        switch code {
        case .parseError, .invalidRequest, .headerMismatch, .unsupportedVersion: .badRequest
        case .invalidParameters: isStateless ? .badRequest : .ok
        case .methodNotFound: isStateless ? .notFound : .ok
        case .internalError: .ok
        }
    }
}
