import Manifest
import Reconcile

extension Desk {
    /// As `Signet.reply`, for an agent that the caller's token speaks for.
    package nonisolated func reply(
        _ request: ReplyRequest, by caller: Caller
    ) async throws(OperationError) -> SendReport {
        let id = AgentID(rawValue: request.agent)
        try caller.authorised(to: .reply, for: id)
        let session = try await opened().session
        let agent: AgentRegistration?
        do { agent = try await session.store.agent(id) } catch { throw .store(error) }
        let answer: SendRequest
        do {
            answer = try ReplyComposition(addresses: agent?.declaration.addresses ?? []).compose(request)
        } catch {
            throw .request(field: error.field, reason: error.reason)
        }
        return try await SendIntake(session: session).send(answer)
    }

    /// As `Signet.forward`, for an agent that the caller's token speaks for.
    package nonisolated func forward(
        _ request: ForwardRequest, by caller: Caller
    ) async throws(OperationError) -> SendReport {
        try caller.authorised(to: .forward, for: AgentID(rawValue: request.agent))
        let session = try await opened().session
        if let message = try request.ownMessage() { return try await SendIntake(session: session).send(message) }
        let redirected = try await signet.redirect(
            request, session.loaded, session.store, network: session.network)
        return try await SendIntake(session: session).send(redirected)
    }
}
