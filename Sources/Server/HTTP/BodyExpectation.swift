import NIOHTTP1

/// `Expect: 100-continue` (RFC 9110 §10.1.1): a client that waits with its body is told to send it when a handler wants
/// it. Where the request is refused before, it gets that answer alone, and need not send what nobody reads.
struct BodyExpectation {
    enum Event: Sendable {
        /// From whoever answers the oldest request that has no answer yet.
        case bodyWanted
    }

    /// Of the newest request.
    private var isAwaited = false
    private var requestsUnanswered = 0

    mutating func received(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            requestsUnanswered += 1
            // In a request of HTTP/1.0 it is to be ignored.
            isAwaited =
                head.version != .http1_0 && head.headers.contains(name: "expect")
                && head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
        // Who sends the body unasked waits for nothing.
        case .body, .end: isAwaited = false
        }
    }

    /// Whether the client is to be told now to send the body.
    mutating func bodyIsWanted() -> Bool {
        // Where the newest request is not yet the one that is answered, another's body was meant.
        guard isAwaited, requestsUnanswered == 1 else { return false }
        isAwaited = false
        return true
    }

    mutating func sent(_ part: HTTPServerResponsePart) {
        switch part {
        case .head: if requestsUnanswered == 1 { isAwaited = false }
        case .body: break
        case .end: requestsUnanswered -= 1
        }
    }
}
