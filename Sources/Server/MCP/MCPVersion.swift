/// The revisions of the Model Context Protocol that are spoken here.
///
/// Up to 2025-11-25 a client opens with `initialize`. From 2026-07-28 on there is no opening: each request carries its
/// revision and the client's capabilities in `_meta`. Nothing is remembered between requests of either kind.
enum MCPVersion: String, CaseIterable, Sendable {
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    var isStateless: Bool { self == .july2026 }

    /// What a client is offered that opens with a revision that is not spoken.
    static let newestHandshake = MCPVersion.november2025
}
