import FoundationEssentials
import HTTPTypes

/// The header fields that repeat parts of a message, so that proxies need not read it (MCP 2026-07-28, Streamable
/// HTTP). Each with all its values: two readers must not take different ones.
struct MCPHeaders: Equatable, Sendable {
    static let version = HTTPField.Name("mcp-protocol-version")!
    static let method = HTTPField.Name("mcp-method")!
    static let name = HTTPField.Name("mcp-name")!

    var versions: [String] = []
    var methods: [String] = []
    var names: [String] = []

    init(versions: [String] = [], methods: [String] = [], names: [String] = []) {
        self.versions = versions
        self.methods = methods
        self.names = names
    }

    init(_ fields: HTTPFields) {
        self.init(
            versions: fields[values: Self.version], methods: fields[values: Self.method],
            names: fields[values: Self.name])
    }

    var hasDuplicates: Bool { versions.count > 1 || methods.count > 1 || names.count > 1 }

    /// The name with `=?base64?…?=` undone, which wraps what a field cannot hold; nil where that is malformed.
    var decodedName: String? {
        guard let name = names.first else { return nil }
        let (start, end) = ("=?base64?", "?=")
        guard name.hasPrefix(start), name.hasSuffix(end), name.utf8.count >= start.utf8.count + end.utf8.count else {
            return name
        }
        let payload = String(name.dropFirst(start.count).dropLast(end.count))
        // One text has one encoding: what decodes to the same is not taken for it.
        guard let octets = Data(base64Encoded: payload), octets.base64EncodedString() == payload else { return nil }
        return String(validating: octets, as: UTF8.self)
    }
}
