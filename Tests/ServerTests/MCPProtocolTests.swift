import Foundation
import HTTPTypes
import Operations
import Testing

@testable import Server

/// The protocol as tables: a message and its header fields in; a status, and a result or an error's code out.
@Suite struct MCPProtocolTests {
    private static let rules = MCPProtocol(version: "9.9", tools: Tool.allCases)

    private static let meta = """
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}
        """

    private static func headers(_ method: String, name: String? = nil, version: String = "2026-07-28") -> MCPHeaders {
        MCPHeaders(versions: [version], methods: [method], names: name.map { [$0] } ?? [])
    }

    private static func ask(_ message: String, _ headers: MCPHeaders? = nil) -> MCPProtocol.Outcome {
        rules.receive(MCPMessage(Data(message.utf8)), headers: headers)
    }

    private static func request(_ method: String, _ parameters: String? = nil) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)""# + (parameters.map { ",\"params\":{\($0)}" } ?? "") + "}"
    }

    private static func result(_ outcome: MCPProtocol.Outcome) throws -> JSONTree {
        guard case .reply(let reply) = outcome else { throw Failure.noReply }
        #expect(reply.status == .ok)
        #expect(reply.body["jsonrpc"] == "2.0")
        return try #require(reply.body["result"], "\(reply.body)")
    }

    private enum Failure: Error { case noReply }

    // MARK: messages

    @Test(arguments: [
        ("", -32700), ("{", -32700), ("nul", -32700), ("[]", -32600), ("5", -32600), ("{}", -32600),
        (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
        (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600), (#"{"id":1,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":5}"#, -32600), (#"{"jsonrpc":"2.0","id":1}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, -32600),
        // Which of the two is meant, readers differ about.
        (#"{"jsonrpc":"2.0","method":"ping","method":"tools/list","id":1 }"#, -32600),
        (#"{"jsonrpc":"2.0","method":"ping","params":{"a":[{"b":1,"b":1}]},"id":1 }"#, -32600),
    ])
    func whatIsNoMessageIsRefused(message: String, code: Int64) throws {
        guard case .reply(let reply) = Self.ask(message) else { throw Failure.noReply }
        #expect(reply.status == .badRequest)
        #expect(reply.body["error"]?["code"] == .integer(code))
        let hasID = message.contains("\"id\":1,") || message.contains("\"id\":1}")
        #expect(reply.body["id"] == (hasID && !message.hasPrefix("[") ? 1 : .null))
    }

    /// However deep: no answer is a crash.
    @Test func deepNestingIsAParseError() throws {
        for many in [String(repeating: "[", count: 100_000), "[" + String(repeating: "0,", count: 100_000) + "0]"] {
            guard case .reply(let reply) = Self.ask(many) else { throw Failure.noReply }
            #expect(reply.body["error"]?["code"] == -32700)
        }
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        #"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"send_email"}}"#,
        #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":"a","error":{"code":1,"message":""}}"#,
    ])
    func nothingIsAnsweredToANotification(message: String) {
        #expect(Self.ask(message) == .nothing)
        #expect(Self.ask(message, MCPHeaders()) == .nothing)
    }

    // MARK: which revision

    private struct Row: Sendable {
        var method: String
        var parameters: String?
        var headers: MCPHeaders?
        var status: HTTPResponse.Status
        /// nil: it is answered.
        var code: Int64?

        init(
            _ method: String, _ parameters: String?, _ headers: MCPHeaders?, _ status: HTTPResponse.Status,
            _ code: Int64?
        ) {
            self.method = method
            self.parameters = parameters
            self.headers = headers
            self.status = status
            self.code = code
        }
    }

    private static let old =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2031-01-01","io.modelcontextprotocol/clientCapabilities":{}}"#
    private static let none = MCPHeaders()

    private static let rows: [Row] = [
        // 2026-07-28: every request says so itself.
        Row("server/discover", meta, nil, .ok, nil), Row("tools/list", meta, nil, .ok, nil),
        Row("server/discover", meta, headers("server/discover"), .ok, nil),
        Row("tools/list", meta, headers("tools/list"), .ok, nil),
        Row("server/discover", nil, nil, .badRequest, -32602),
        Row("server/discover", nil, headers("server/discover"), .badRequest, -32602),
        Row("tools/list", nil, headers("tools/list"), .badRequest, -32602),
        Row("tools/list", #""_meta":{}"#, headers("tools/list"), .badRequest, -32602),
        Row("tools/list", #""_meta":5"#, headers("tools/list"), .badRequest, -32602),
        Row(
            "tools/list", #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#, nil, .badRequest, -32602
        ),
        Row("tools/list", #""_meta":{"io.modelcontextprotocol/protocolVersion":5}"#, nil, .badRequest, -32602),
        // Header fields say the same, all of them, once.
        Row("tools/list", meta, none, .badRequest, -32020),
        Row("tools/list", meta, headers("tools/list", version: "2025-11-25"), .badRequest, -32020),
        Row("tools/list", meta, headers("tools/call"), .badRequest, -32020),
        Row("tools/list", meta, MCPHeaders(versions: ["2026-07-28"]), .badRequest, -32020),
        Row(
            "tools/list", meta, MCPHeaders(versions: ["2026-07-28", "2026-07-28"], methods: ["tools/list"]),
            .badRequest,
            -32020),
        Row("tools/call", meta + #","name":"list_agents""#, headers("tools/call"), .badRequest, -32020),
        Row(
            "tools/call", meta + #","name":"list_agents""#, headers("tools/call", name: "send_email"), .badRequest,
            -32020),
        // A revision that nobody here speaks.
        Row("tools/list", old, nil, .badRequest, -32022),
        Row("tools/list", old, headers("tools/list", version: "2031-01-01"), .badRequest, -32022),
        Row("tools/list", nil, headers("tools/list", version: "2031-01-01"), .badRequest, -32022),
        // Methods of the other revisions, and of none.
        Row("initialize", meta, nil, .notFound, -32601), Row("ping", meta, nil, .notFound, -32601),
        Row("resources/list", meta, headers("resources/list"), .notFound, -32601),
        Row("tools/list", meta + #","cursor":"x""#, nil, .badRequest, -32602),
        Row("tools/call", meta + #","name":"approve""#, headers("tools/call", name: "approve"), .badRequest, -32602),
        // 2025-11-25: the header field may be missing, and its errors are the message's alone.
        Row("ping", nil, nil, .ok, nil), Row("ping", nil, none, .ok, nil),
        Row("ping", nil, headers("ping", version: "2025-11-25"), .ok, nil),
        Row("tools/list", nil, headers("tools/list", version: "2025-06-18"), .ok, nil),
        Row("tools/list", nil, MCPHeaders(versions: ["2025-11-25", "2025-11-25"]), .badRequest, -32020),
        Row("prompts/list", nil, none, .ok, -32601), Row("tools/call", #""name":"approve""#, none, .ok, -32602),
        Row("tools/call", nil, none, .ok, -32602),
        Row("tools/call", #""name":"list_agents","arguments":[]"#, none, .ok, -32602),
        Row("initialize", "", none, .ok, -32602),
    ]

    @Test(arguments: rows.indices)
    func everyRowOfTheTable(index: Int) throws {
        let row = Self.rows[index]
        guard case .reply(let reply) = Self.ask(Self.request(row.method, row.parameters), row.headers) else {
            throw Failure.noReply
        }
        #expect(reply.status == row.status, "\(row)")
        #expect(reply.body["error"]?["code"] == row.code.map { .integer($0) }, "\(row): \(reply.body)")
        #expect((reply.body["result"] != nil) == (row.code == nil))
        #expect(reply.body["id"] == 1)
        if row.code == -32022 {
            #expect(
                reply.body["error"]?["data"]
                    == ["supported": ["2026-07-28", "2025-11-25", "2025-06-18"], "requested": "2031-01-01"])
        }
    }

    @Test(arguments: [
        ("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2024-11-05", "2025-11-25"),
        ("2026-07-28", "2025-11-25"), ("later", "2025-11-25"),
    ])
    func theOpeningSettlesOnARevision(asked: String, given: String) throws {
        let result = try Self.result(
            Self.ask(
                Self.request(
                    "initialize",
                    #""protocolVersion":"\#(asked)","capabilities":{},"clientInfo":{"name":"x","version":"1"}"#),
                MCPHeaders()))
        #expect(result["protocolVersion"] == .text(given))
        #expect(result["serverInfo"]?["version"] == "9.9")
        #expect(result["capabilities"] == ["tools": [:]])
        #expect(result["resultType"] == nil && result["ttlMs"] == nil)
    }

    // MARK: results

    @Test func discoveryHasWhatAClientNeeds() throws {
        let result = try Self.result(Self.ask(Self.request("server/discover", Self.meta)))
        #expect(result["supportedVersions"] == ["2026-07-28"])
        #expect(result["resultType"] == "complete")
        #expect(result["cacheScope"] == "private")
        #expect(result["ttlMs"] == 300_000)
        #expect(result["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "signet")
    }

    @Test func callsComeOutAndAnswersGoIn() throws {
        for (meta, isStateless) in [(Self.meta + ",", true), ("", false)] {
            let message = Self.request("tools/call", meta + #""name":"get_message","arguments":{"message_id":"m"}"#)
            guard case .call(let call) = Self.ask(message) else { throw Failure.noReply }
            #expect(call.tool == .getMessage && call.arguments == ["message_id": "m"])
            let good = try Self.result(.reply(Self.rules.reply(to: call, with: ToolAnswer(["status": "held"]))))
            #expect(good["structuredContent"] == ["status": "held"])
            #expect(good["content"] == [["type": "text", "text": #"{"status":"held"}"#]])
            #expect(good["isError"] == false)
            #expect((good["resultType"] == "complete") == isStateless)
            let bad = try Self.result(
                .reply(Self.rules.reply(to: call, with: ToolAnswer(Problem.field("to[0]", "it is no address")))))
            #expect(bad["isError"] == true && bad["structuredContent"] == nil)
            guard case .list(let parts)? = bad["content"], let text = parts.first?["text"]?.text else {
                throw Failure.noReply
            }
            let told = try JSONTreeReader.read(Data(text.utf8))
            #expect(told["error"]?["code"] == "invalid_request")
            #expect(told["error"]?["errors"] == [["field": "to[0]", "reason": "it is no address"]])
            #expect(told["error"]?["fix"]?.text?.isEmpty == false)
        }
    }

    @Test(arguments: [
        ("send_email", "send_email"), ("=?base64?c2VuZF9lbWFpbA==?=", "send_email"), ("=?base64?w7w=?=", "ü"),
        ("=?base64?!?=", nil), ("=?base64?w7x=?=", nil), ("=?base64?/w==?=", nil), ("=?base64?=", "=?base64?="),
    ])
    func wrappedNamesAreUndone(field: String, name: String?) {
        #expect(MCPHeaders(names: [field]).decodedName == name)
    }

    @Test(arguments: [
        ("http://localhost", true), ("http://localhost:3000", true), ("https://127.0.0.1:8425", true),
        ("http://[::1]:1", true), ("http://evil.example", false), ("http://localhost.evil.example", false),
        ("http://127.0.0.1.evil.example:80", false), ("null", false), ("", false), ("http://localhost:99999", false),
        ("file://localhost", false), ("http://localhost:", false), ("http://localhost:1@evil.example", false),
    ])
    func onlyPagesOfThisMachineMayAsk(origin: String, isAllowed: Bool) {
        let fields: HTTPFields = [HTTPField.Name("origin")!: origin]
        #expect(((try? MCPEndpoint.checkOrigin(fields)) != nil) == isAllowed)
    }
}
