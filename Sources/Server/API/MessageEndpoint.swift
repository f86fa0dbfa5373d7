import Hummingbird
import Operations
import SendGate

/// `GET /v1/messages/{id}`: a message of the outbox as it stands.
struct MessageEndpoint {
    let api: API

    func respond(_ context: DoorContext) async throws -> Response {
        // What is no id is no message's.
        guard let id = MessageID(rawValue: try context.parameter("id")) else {
            throw Problem(.notFound, "there is no such message")
        }
        return .json(MessageAnswer.tree(try await api.desk.message(id, by: context.caller)))
    }
}
