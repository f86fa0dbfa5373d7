import Foundation
import Keys
import Manifest
import Operations

@testable import CLI

/// Tokens in every state, the one that was made just now, and where a server listens.
enum TokenSamples {
    private static func record(
        _ id: String, _ name: String, _ scopes: Set<TokenScope>, agents: Set<AgentID>? = nil, expires: Double? = nil,
        revoked: Double? = nil, used: Double? = nil
    ) -> TokenRecord {
        func time(_ seconds: Double?) -> Date? { seconds.map(Samples.time.addingTimeInterval) }
        return TokenRecord(
            id: TokenID(rawValue: id)!, name: name, digest: SHA256.hash(Array(id.utf8)), scopes: scopes, agents: agents,
            createdAt: Samples.time, expiresAt: time(expires), revokedAt: time(revoked), lastUsedAt: time(used))
    }

    private static let made = record(
        "aaaaaaaaaaaaaaaa", "ci | x", [.send, .audit],
        agents: [AgentID(rawValue: "writer"), AgentID(rawValue: "clerk")], expires: 86_400)
    private static let now = Samples.time.addingTimeInterval(3600)

    static let views: [(name: String, command: String, view: any View)] = [
        (
            "tokens-create", "tokens create",
            TokensView(
                tokens: [made], revealed: "sgt_aaaaaaaaaaaaaaaa" + String(repeating: "b", count: 52), now: now)
        ),
        (
            "tokens-list", "tokens list",
            TokensView(
                tokens: [
                    made, record("bbbbbbbbbbbbbbbb", "overseer", [.oversight], used: 60),
                    record("cccccccccccccccc", "short", [.domains], expires: 5),
                    record("dddddddddddddddd", "gone", [.audit], revoked: 10, used: 8),
                ], now: now)
        ),
        ("tokens-none", "tokens list", TokensView(tokens: [], now: now)),
        ("serve", "serve", ServeView(url: "https://[::1]:8425")),
    ]
}
