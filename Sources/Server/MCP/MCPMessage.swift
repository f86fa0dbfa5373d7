import FoundationEssentials

/// One JSON-RPC 2.0 message as it comes in.
enum MCPMessage: Equatable, Sendable {
    struct Request: Equatable, Sendable {
        /// A text or an integer.
        var id: JSONTree
        var method: String
        var parameters: [String: JSONTree]
    }

    case request(Request)
    /// Nothing is answered, and none but the next asks for anything here.
    case notification
    /// `notifications/cancelled`: nobody waits for the answer to this request any more.
    case cancellation(of: JSONTree)
    /// Neither is this a server that asks, so what answers it is dropped.
    case response
    /// - id: null where it cannot be told.
    case invalid(id: JSONTree, MCPError)

    init(_ octets: Data) {
        let tree: JSONTree
        do throws(JSONTreeFault) { tree = try JSONTreeReader.read(octets) } catch {
            self = .invalid(id: .null, MCPError(error))
            return
        }
        guard case .object(let members) = tree else {
            // Batches went with revision 2025-06-18.
            self = .invalid(id: .null, MCPError(.invalidRequest, "the message is to be one JSON object"))
            return
        }
        self.init(members)
    }

    private init(_ members: [String: JSONTree]) {
        let id: JSONTree? =
            switch members["id"] {
            case .text(let text): .text(text)
            case .integer(let number): .integer(number)
            default: nil
            }
        func invalid(_ reason: String) -> MCPMessage {
            .invalid(id: id ?? .null, MCPError(.invalidRequest, reason))
        }
        guard members["jsonrpc"] == "2.0" else {
            self = invalid("jsonrpc is to be \"2.0\"")
            return
        }
        guard id != nil || members["id"] == nil else {
            self = invalid("id is to be a text or an integer")
            return
        }
        guard let method = members["method"] else {
            let isResponse = id != nil && (members["result"] != nil) != (members["error"] != nil)
            self = isResponse ? .response : invalid("method is missing")
            return
        }
        guard case .text(let method) = method else {
            self = invalid("method is to be a text")
            return
        }
        if id == nil, method == "notifications/cancelled", let cancelled = members["params"]?["requestId"] {
            self = .cancellation(of: cancelled)
            return
        }
        switch members["params"] {
        case .object(let parameters):
            self =
                id.map { MCPMessage.request(Request(id: $0, method: method, parameters: parameters)) } ?? .notification
        case nil:
            self = id.map { MCPMessage.request(Request(id: $0, method: method, parameters: [:])) } ?? .notification
        default: self = invalid("params is to be an object")
        }
    }
}
