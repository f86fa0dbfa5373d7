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
        // Whoever is asked for a token has shown one that is good; the others have one share together.
        let holder = Gatekeeper.bearer(request.headers[.authorization] ?? "") ?? Self.nobody
        return try await body(request, type: "application/json", of: holder, octetsMax: octetsMax, use)
    }

    /// The same for a form that a page sent, whose fields are `known`.
    func form(_ request: Request, known: Set<String>) async throws -> FormBody {
        try await body(
            request, type: "application/x-www-form-urlencoded", of: Self.nobody, octetsMax: ServerLimits.bodyOctetsMax
        ) {
            try FormBody([UInt8]($0), known: known)
        }
    }

    private func body<Value: Sendable>(
        _ request: Request, type: String, of holder: String, octetsMax: Int, _ use: (Data) async throws -> Value
    ) async throws -> Value {
        guard Self.isType(request.headers[.contentType], type) else {
            throw Problem(.unsupportedMediaType, "the body is to be \(type)")
        }
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > octetsMax { throw tooLarge(octetsMax) }
        var room = announced ?? 0
        func take(_ octets: Int) throws {
            guard metrics.bodies.take(octets, for: holder) else {
                throw Problem(.overloaded, "too many large requests at once", retryAfterSeconds: 1)
            }
        }
        try take(room)
        defer { metrics.bodies.giveBack(room, of: holder) }
        if announced != nil {
            let buffer: ByteBuffer
            do { buffer = try await request.body.collect(upTo: octetsMax) } catch is NIOTooManyBytesError {
                throw tooLarge(octetsMax)
            }
            return try await use(Data(buffer.readableBytesView))
        }
        // Chunks take their room as they come.
        var body = Data()
        for try await chunk in request.body {
            guard chunk.readableBytes <= octetsMax - body.count else { throw tooLarge(octetsMax) }
            try take(chunk.readableBytes)
            room += chunk.readableBytes
            body.append(contentsOf: chunk.readableBytesView)
        }
        return try await use(body)
    }

    /// Whose share it is where no token is shown.
    private static let nobody = ""

    private func tooLarge(_ octetsMax: Int) -> Problem {
        Problem(.bodyTooLarge, "the body is larger than \(octetsMax) octets")
    }

    /// With parameters or without.
    private static func isType(_ value: String?, _ wanted: String) -> Bool {
        guard let type = value?.split(separator: ";").first else { return false }
        return type.filter { $0 != " " && $0 != "\t" }.lowercased() == wanted
    }
}
