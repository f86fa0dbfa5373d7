import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Operations

/// Reads a request's body within bounds: its own, and that of all bodies at once.
struct BodyReader: Sendable {
    let metrics: MetricsRegistry

    /// Hands the whole body to `use`, and gives its memory back afterwards.
    ///
    /// - Parameter octetsMax: a larger body is refused, before it is read where its length is announced.
    func json<Value: Sendable>(
        _ request: Request, _ context: DoorContext, octetsMax: Int, _ use: (Data) async throws -> Value
    ) async throws -> Value {
        try await body(
            request, context, type: "application/json", of: context.caller.grant?.id, octetsMax: octetsMax, use)
    }

    /// The same for a form that a page sent.
    ///
    /// - Parameters:
    ///   - known: its fields.
    ///   - visitor: the token of whoever is signed in.
    func form(
        _ request: Request, _ context: DoorContext, known: Set<String>, of visitor: TokenID?
    ) async throws -> FormBody {
        let octetsMax = visitor == nil ? ServerLimits.anonymousBodyOctetsMax : ServerLimits.bodyOctetsMax
        return try await body(
            request, context, type: "application/x-www-form-urlencoded", of: visitor, octetsMax: octetsMax
        ) {
            try FormBody([UInt8]($0), known: known)
        }
    }

    private func body<Value: Sendable>(
        _ request: Request, _ context: DoorContext, type: String, of holder: TokenID?, octetsMax: Int,
        _ use: (Data) async throws -> Value
    ) async throws -> Value {
        guard Self.isType(request.headers[.contentType], type) else {
            throw Problem(.unsupportedMediaType, "the body is to be \(type)")
        }
        // RFC 9110 §8.4: `identity` stands for none.
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
            var problem = Problem(.unsupportedMediaType, "the body is to be without a Content-Encoding")
            // RFC 9110 §15.5.16.
            problem.headers[.acceptEncoding] = "identity"
            throw problem
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
        if request.headers[.expect] != nil { context.wantBody() }
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

    private func tooLarge(_ octetsMax: Int) -> Problem {
        Problem(.bodyTooLarge, "the body is larger than \(octetsMax) octets")
    }

    /// With parameters or without.
    private static func isType(_ value: String?, _ wanted: String) -> Bool {
        if value == wanted { return true }
        guard let type = value?.split(separator: ";").first else { return false }
        return type.filter { $0 != " " && $0 != "\t" }.lowercased() == wanted
    }
}
