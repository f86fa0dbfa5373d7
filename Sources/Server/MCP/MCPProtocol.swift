import HTTPTypes

/// The protocol itself: a message in, and out what is to be done about it. Pure, and the same for both transports.
struct MCPProtocol: Sendable {
    /// This server's version.
    let version: String
    /// Those that the caller may call: no model is shown a tool that would refuse it.
    let tools: [Tool]

    enum Outcome: Equatable, Sendable {
        case reply(Reply)
        /// To be run; `reply(to:with:)` answers it.
        case call(Call)
        /// Notifications and responses.
        case nothing
    }

    struct Call: Equatable, Sendable {
        var id: JSONTree
        var version: MCPVersion
        var tool: Tool
        var arguments: [String: JSONTree]
    }

    struct Reply: Equatable, Sendable {
        var body: JSONTree
        /// Over HTTP.
        var status: HTTPResponse.Status = .ok
    }

    /// - Parameter headers: nil: the transport has none.
    func receive(_ message: MCPMessage, headers: MCPHeaders?) -> Outcome {
        switch message {
        case .notification, .cancellation, .response: return .nothing
        case .invalid(let id, let error): return .reply(Self.reply(to: id, error, isStateless: true))
        case .request(let request):
            var isStateless = true
            do throws(MCPError) {
                let version = try Self.version(of: request, headers)
                isStateless = version.isStateless
                return try answer(request, version)
            } catch {
                return .reply(Self.reply(to: request.id, error, isStateless: isStateless))
            }
        }
    }

    func reply(to call: Call, with answer: ToolAnswer) -> Reply {
        var result: [String: JSONTree] = [
            "content": [["type": "text", "text": .text(answer.text)]], "isError": .bool(answer.isError),
        ]
        if !answer.isError { result["structuredContent"] = answer.content }
        return reply(to: call.id, result, call.version)
    }

    static func reply(to id: JSONTree, _ error: MCPError, isStateless: Bool) -> Reply {
        var members: [String: JSONTree] = ["code": .integer(error.code.rawValue), "message": .text(error.message)]
        members["data"] = error.data
        return Reply(
            body: ["jsonrpc": "2.0", "id": id, "error": .object(members)],
            status: error.status(isStateless: isStateless))
    }

    // MARK: which revision

    private static let metaVersion = "io.modelcontextprotocol/protocolVersion"
    private static let metaCapabilities = "io.modelcontextprotocol/clientCapabilities"
    private static let metaServer = "io.modelcontextprotocol/serverInfo"

    /// By what the request says of itself; header fields must say the same.
    private static func version(
        of request: MCPMessage.Request, _ headers: MCPHeaders?
    ) throws(MCPError) -> MCPVersion {
        let meta = request.parameters["_meta"]
        guard let claimed = meta?[metaVersion] else {
            return try handshakeVersion(of: request, headers)
        }
        if let headers { try check(headers, request, claimed) }
        guard let text = claimed.text else {
            throw MCPError(.invalidParameters, "\(metaVersion) is to be a text")
        }
        guard let version = MCPVersion(rawValue: text), version.isStateless else { throw .unsupportedVersion(text) }
        guard case .object? = meta?[metaCapabilities] else {
            throw MCPError(.invalidParameters, "params._meta is to have \(metaCapabilities), an object")
        }
        return version
    }

    private static func handshakeVersion(
        of request: MCPMessage.Request, _ headers: MCPHeaders?
    ) throws(MCPError) -> MCPVersion {
        if let headers, headers.versions.count > 1 { throw MCPError(.headerMismatch, "a header field stands twice") }
        var version = MCPVersion.newestHandshake
        if let text = headers?.versions.first {
            guard let known = MCPVersion(rawValue: text) else { throw .unsupportedVersion(text) }
            version = known
        }
        guard !version.isStateless, request.method != "server/discover" else {
            throw MCPError(
                .invalidParameters, "params._meta is to have \(metaVersion) and \(metaCapabilities)")
        }
        return version
    }

    private static func check(
        _ headers: MCPHeaders, _ request: MCPMessage.Request, _ claimed: JSONTree
    ) throws(MCPError) {
        if headers.hasDuplicates { throw MCPError(.headerMismatch, "a header field stands twice") }
        guard let version = headers.versions.first, .text(version) == claimed else {
            throw MCPError(.headerMismatch, "\(MCPHeaders.version) is not the message's protocol version")
        }
        guard headers.methods.first == request.method else {
            throw MCPError(.headerMismatch, "\(MCPHeaders.method) is not the message's method")
        }
        guard request.method == "tools/call", let name = request.parameters["name"] else { return }
        guard let decoded = headers.decodedName, .text(decoded) == name else {
            throw MCPError(.headerMismatch, "\(MCPHeaders.name) is not the message's name")
        }
    }

    // MARK: methods

    private func answer(_ request: MCPMessage.Request, _ version: MCPVersion) throws(MCPError) -> Outcome {
        switch (request.method, version.isStateless) {
        case ("server/discover", true): return .reply(reply(to: request.id, discovery, version))
        case ("initialize", false): return .reply(reply(to: request.id, try opening(request), version))
        case ("ping", false): return .reply(reply(to: request.id, [:], version))
        case ("tools/list", _):
            guard request.parameters["cursor"] == nil else {
                throw MCPError(.invalidParameters, "there is one page of tools: no cursor has been given")
            }
            return .reply(reply(to: request.id, cacheable(["tools": .list(tools.map(\.definition))], version), version))
        case ("tools/call", _): return .call(try call(request, version))
        default: throw MCPError(.methodNotFound, "Method not found")
        }
    }

    private var server: JSONTree { ["name": "signet", "title": "Signet", "version": .text(version)] }

    private static let capabilities: JSONTree = ["tools": [:]]

    private static let instructions = """
        Sends e-mail as registered agents. A message is sent, held for a person, or refused; no tool can approve one. \
        After `held`, keep the message_id and ask get_message later: do not send it again.
        """

    private var discovery: [String: JSONTree] {
        cacheable(
            [
                "supportedVersions": .list(MCPVersion.allCases.filter(\.isStateless).map { .text($0.rawValue) }),
                "capabilities": Self.capabilities, "instructions": .text(Self.instructions),
            ], .july2026)
    }

    private func opening(_ request: MCPMessage.Request) throws(MCPError) -> [String: JSONTree] {
        guard let text = request.parameters["protocolVersion"]?.text else {
            throw MCPError(.invalidParameters, "protocolVersion is missing")
        }
        var version = MCPVersion.newestHandshake
        if let asked = MCPVersion(rawValue: text), !asked.isStateless { version = asked }
        return [
            "protocolVersion": .text(version.rawValue), "capabilities": Self.capabilities, "serverInfo": server,
            "instructions": .text(Self.instructions),
        ]
    }

    private func call(_ request: MCPMessage.Request, _ version: MCPVersion) throws(MCPError) -> Call {
        guard let name = request.parameters["name"]?.text, let tool = Tool(rawValue: name) else {
            throw MCPError(.invalidParameters, "there is no such tool; tools/list has those there are")
        }
        switch request.parameters["arguments"] {
        case .object(let arguments):
            return Call(id: request.id, version: version, tool: tool, arguments: arguments)
        case nil: return Call(id: request.id, version: version, tool: tool, arguments: [:])
        default: throw MCPError(.invalidParameters, "arguments is to be an object")
        }
    }

    // MARK: results

    /// How long a client may keep what hangs on this server's version and the token's scopes, neither of which changes
    /// while it runs.
    private static let timeToLiveMilliseconds: Int64 = 300_000

    private func cacheable(_ result: [String: JSONTree], _ version: MCPVersion) -> [String: JSONTree] {
        guard version.isStateless else { return result }
        return result.merging(
            ["ttlMs": .integer(Self.timeToLiveMilliseconds), "cacheScope": "private"], uniquingKeysWith: { $1 })
    }

    private func reply(to id: JSONTree, _ result: [String: JSONTree], _ version: MCPVersion) -> Reply {
        var result = result
        if version.isStateless {
            result["resultType"] = "complete"
            result["_meta"] = .object([Self.metaServer: server])
        }
        return Reply(body: ["jsonrpc": "2.0", "id": id, "result": .object(result)])
    }
}
