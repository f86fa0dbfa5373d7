import Hummingbird
import Operations

/// Whether requests can be served now: 200, or 503 with what is missing. Why it is missing stands in the server's log,
/// because everybody may ask this.
struct ReadinessEndpoint {
    let api: API

    private struct Body: Encodable {
        var ready: Bool
        var problem: String?
    }

    func respond() async throws -> Response {
        do {
            try await api.desk.checkReady()
            return .json(Body(ready: true))
        } catch {
            let problem = Problem(error)
            return .json(Body(ready: false, problem: problem.code.rawValue), status: .serviceUnavailable)
        }
    }
}
