/// Where entries are recorded. Implemented in Storage; an actor in tests.
///
/// Nothing is sent, written or signed for use unless the entry that announces it is durable first: a caller that gets an
/// error does nothing else.
package protocol AuditLog: Sendable {
    /// Appends all of them, in their order and next to each other, or none.
    ///
    /// On disk before it returns. Callers at the same time share one commit. Where the log cannot be written (disk full,
    /// read-only, locked by another process) it throws with a sentence that says so, and nothing was recorded.
    func append(_ entries: [LogEntry]) async throws(AuditError) -> [LogIndex]
}

extension AuditLog {
    @discardableResult
    package func append(_ entry: LogEntry) async throws(AuditError) -> LogIndex {
        let indices = try await append([entry])
        guard let index = indices.first else { throw AuditError(.other, "the log gave an entry no index") }
        return index
    }
}
