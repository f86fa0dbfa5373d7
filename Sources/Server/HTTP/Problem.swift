import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// An error as the client sees it: `application/problem+json` (RFC 9457). `type` is left out, which means `about:blank`:
/// the title is the status' own, and `code` says which problem it is.
struct Problem: Error, Sendable {
    /// A part of the request that is wrong.
    struct FieldError: Encodable, Sendable, Equatable {
        /// As the request names it: `to[2]`, `attachments[0].content`.
        var field: String
        /// Without anything of the field's content.
        var reason: String

        /// A name of the client's own, shown only as far as it is harmless.
        static func harmless(_ name: String) -> String {
            String(
                String.UnicodeScalarView(name.unicodeScalars.lazy.filter { $0.isASCII && $0.value > 0x20 }.prefix(40)))
        }
    }

    var code: ProblemCode
    /// One sentence for a reader.
    var detail: String
    var errors: [FieldError] = []
    /// Of the message that it is about, if one was stored.
    var messageID: String?
    /// The gate's code: `refuse.agent_revoked`.
    var decision: String?
    var headers = HTTPFields()

    init(
        _ code: ProblemCode, _ detail: String, errors: [FieldError] = [], messageID: String? = nil,
        decision: String? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.detail = detail
        self.errors = errors
        self.messageID = messageID
        self.decision = decision
        if let retryAfterSeconds { headers[.retryAfter] = String(max(1, retryAfterSeconds)) }
        // RFC 6750 §3: what kind of credentials are wanted.
        if code == .unauthenticated { headers[.wwwAuthenticate] = "Bearer realm=\"signet\"" }
    }

    static func field(_ field: String, _ reason: String) -> Problem {
        Problem(.invalidRequest, "\(field): \(reason)", errors: [FieldError(field: field, reason: reason)])
    }

    private struct Body: Encodable {
        var title: String
        var status: Int
        var detail: String
        var code: String
        var requestID: String
        var errors: [FieldError]?
        var messageID: String?
        var decision: String?

        enum CodingKeys: String, CodingKey {
            case title, status, detail, code, errors, decision
            case requestID = "request_id"
            case messageID = "message_id"
        }
    }

    func response(requestID: String) -> Response {
        .json(body(requestID: requestID), status: code.status, headers: headers, mediaType: Self.mediaType)
    }

    /// The body alone, for an answer that no handler makes.
    func octets(requestID: String) -> ByteBuffer { ByteBuffer(bytes: Response.octets(of: body(requestID: requestID))) }

    static let mediaType = "application/problem+json"

    private func body(requestID: String) -> Body {
        let status = code.status
        return Body(
            title: status.reasonPhrase, status: status.code, detail: detail, code: code.rawValue, requestID: requestID,
            errors: errors.isEmpty ? nil : errors, messageID: messageID, decision: decision)
    }
}

extension Response {
    /// Keys in one order, so that the same answer has the same octets.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields(),
        mediaType: String = "application/json"
    ) -> Response {
        json(ByteBuffer(bytes: octets(of: value)), status, headers, mediaType)
    }

    static func json(
        _ tree: JSONTree, status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields(),
        mediaType: String = "application/json"
    ) -> Response {
        json(ByteBuffer(bytes: tree.octets), status, headers, mediaType)
    }

    private static func json(
        _ body: ByteBuffer, _ status: HTTPResponse.Status, _ headers: HTTPFields, _ mediaType: String
    ) -> Response {
        var headers = headers
        headers[.contentType] = mediaType
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    fileprivate static func octets(of value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let octets = try? encoder.encode(value) else { preconditionFailure("an answer can be written as JSON") }
        return octets
    }
}
