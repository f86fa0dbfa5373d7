import FoundationEssentials
import Manifest
import Operations

/// Tokens without themselves, but for the one that was made just now.
struct TokensView: View {
    var tokens: [TokenRecord]
    /// The token that was made: shown here and never again.
    var revealed: String?
    var now: Date

    func human(_ style: Style) -> String {
        guard !tokens.isEmpty else { return "No tokens yet.\n" }
        var page = Page()
        if let revealed {
            page.line(revealed)
            page.gap()
            if !style.isQuiet {
                page.line("Keep it now: it is not stored, and cannot be shown again.")
                page.gap()
            }
        }
        let width = tokens.map(\.name.count).max() ?? 0
        for token in tokens {
            page.line(
                "\(token.id)  \(token.state(at: now).rawValue.padded(7))  \(style.safe(token.name.padded(width)))  "
                    + style.safe("\(Self.scopes(token))  \(Self.agents(token))  \(Self.times(token))"))
        }
        return page.text
    }

    private static func scopes(_ token: TokenRecord) -> String {
        token.scopes.sorted().map(\.rawValue).joined(separator: ",")
    }

    private static func agents(_ token: TokenRecord) -> String {
        token.agents.map { "for " + $0.sorted().map(\.rawValue).joined(separator: ",") } ?? "for every agent"
    }

    private static func times(_ token: TokenRecord) -> String {
        var parts = ["made \(token.createdAt.formatted(.iso8601))"]
        if let time = token.expiresAt { parts.append("expires \(time.formatted(.iso8601))") }
        if let time = token.revokedAt { parts.append("revoked \(time.formatted(.iso8601))") }
        parts.append(token.lastUsedAt.map { "used \($0.formatted(.iso8601))" } ?? "never used")
        return parts.joined(separator: ", ")
    }

    func json() -> JSONValue {
        var members: [String: JSONValue] = ["tokens": .array(tokens.map { Self.json($0, now: now) })]
        if let revealed { members["secret"] = .string(revealed) }
        return .object(members)
    }

    private static func json(_ token: TokenRecord, now: Date) -> JSONValue {
        [
            "id": .string(token.id.rawValue), "name": .string(token.name),
            "state": .string(token.state(at: now).rawValue),
            "scopes": .array(token.scopes.sorted().map { .string($0.rawValue) }),
            "agents": token.agents.map { .array($0.sorted().map { .string($0.rawValue) }) } ?? .null,
            "created_at": .string(token.createdAt.formatted(.iso8601)),
            "expires_at": JSONValue(token.expiresAt?.formatted(.iso8601)),
            "revoked_at": JSONValue(token.revokedAt?.formatted(.iso8601)),
            "last_used_at": JSONValue(token.lastUsedAt?.formatted(.iso8601)),
        ]
    }

    func markdown() -> String {
        var text = "### Signet tokens\n\n"
        if let revealed { text += "\(MarkdownText.code(revealed))\n\n" }
        guard !tokens.isEmpty else { return text + "No tokens.\n" }
        return text
            + MarkdownText.table(
                ["token", "state", "name", "scopes", "agents"],
                tokens.map {
                    [
                        MarkdownText.code($0.id.rawValue), $0.state(at: now).rawValue, MarkdownText.code($0.name),
                        Self.scopes($0), MarkdownText.code(Self.agents($0)),
                    ]
                })
    }
}
