import Manifest
package import SendGate

extension Desk {
    /// One message of the outbox, as it stands, for whoever may see its agent's affairs.
    package nonisolated func message(_ id: MessageID, by caller: Caller) async throws(OperationError) -> SendReport {
        try caller.admitted(to: .readMessage)
        let session = try await opened().session
        let message: OutboxMessage?
        do { message = try await session.store.outboxMessage(id) } catch { throw OperationError(error) }
        guard let message else { throw .notFound("there is no message \(id)") }
        try caller.authorised(to: .readMessage, for: AgentID(rawValue: message.agent))
        return SendReport(message, authentication: try await session.measured(of: id))
    }
}
