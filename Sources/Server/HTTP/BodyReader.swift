import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request's body within bounds: its own, and that of all bodies at once.
struct BodyReader: Sendable {
    let metrics: MetricsRegistry

    /// Hands the whole body to `use`, and gives its memory back afterwards.
    ///
    /// - Parameter octetsMax: a larger body is refused, before it is read where its length is announced.
    func json<Value: Sendable>(
        _ request: Request, octetsMax: Int, _ use: (Data) async throws -> Value
    ) async throws -> Value {
        guard Self.isJSON(request.headers[.contentType]) else {
            throw Problem(.unsupportedMediaType, "the body is to be application/json")
        }
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > octetsMax { throw tooLarge(octetsMax) }
        let room = announced ?? octetsMax
        guard metrics.takeBody(room, max: ServerLimits.bodiesInFlightOctetsMax) else {
            throw Problem(.overloaded, "too many large requests at once", retryAfterSeconds: 1)
        }
        defer { metrics.giveBackBody(room) }
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: octetsMax) } catch is NIOTooManyBytesError {
            throw tooLarge(octetsMax)
        }
        return try await use(Data(buffer.readableBytesView))
    }

    private func tooLarge(_ octetsMax: Int) -> Problem {
        Problem(.bodyTooLarge, "the body is larger than \(octetsMax) octets")
    }

    /// `application/json`, with parameters or without (RFC 8259 §11).
    private static func isJSON(_ value: String?) -> Bool {
        guard let type = value?.split(separator: ";").first else { return false }
        return type.filter { $0 != " " && $0 != "\t" }.lowercased() == "application/json"
    }
}
