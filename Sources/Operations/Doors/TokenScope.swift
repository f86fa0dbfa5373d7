/// What a token is good for (PRODUCT §8). Each is a person's or a program's part in the play: who declares domains, who
/// sends, who oversees, who audits.
package enum TokenScope: String, Sendable, CaseIterable, Comparable {
    case domains, send, oversight, audit

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Why these may not stand on one token; nil: they may.
    package static func conflict(in scopes: Set<TokenScope>) -> String? {
        guard scopes.contains(.send), scopes.contains(.oversight) else { return nil }
        return "send and oversight never stand on one token: whoever may send may not approve"
    }
}
