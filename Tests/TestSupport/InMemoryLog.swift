package import Audit

/// The log as an array, with failures to order.
///
///     let log = InMemoryLog()
///     await log.order([nil, .before(AuditError(.full, "the disk is full"))])   // the second append fails
package actor InMemoryLog: AuditLog {
    package enum Failure: Sendable {
        /// The call fails and nothing is recorded.
        case before(AuditError)
        /// The entries are recorded and the call fails all the same: what a crash right after the commit looks like.
        case after(AuditError)
    }

    package private(set) var entries: [LogEntry] = []
    /// How many appends were tried, failed ones too.
    package private(set) var appendCount = 0
    /// Each append takes the first of these; nil lets it pass.
    private var failures: [Failure?] = []
    private var standing: AuditError?

    package init() {}

    package func order(_ failures: [Failure?]) { self.failures += failures }
    /// Every append fails, until this is set to nil again.
    package func fail(with error: AuditError?) { standing = error }

    package func append(_ entries: [LogEntry]) async throws(AuditError) -> [LogIndex] {
        appendCount += 1
        if let standing { throw standing }
        let failure = failures.isEmpty ? nil : failures.removeFirst()
        if case .before(let error)? = failure { throw error }
        // What could not be a leaf is refused here too.
        var encoder = LeafEncoder { [UInt8](repeating: 0, count: $0) }
        for entry in entries { _ = try encoder.leaf(entry) }
        let first = Int64(self.entries.count)
        self.entries += entries
        if case .after(let error)? = failure { throw error }
        return entries.indices.map { LogIndex(first + Int64($0)) }
    }

    package func entries(_ kind: LogKind) -> [LogEntry] { entries.filter { $0.kind == kind } }
}
