import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Gives a request that is no HTTP, or whose header is too large, an answer like any other problem's. It reaches no
/// handler: Hummingbird answers it with a bare 400 and closes the connection, and that answer is filled in on its way out.
struct UnreadableRequest {
    private let metrics: MetricsRegistry
    private let log: RequestLog
    private let now: @Sendable () -> Date
    private var problem: Problem?

    init(metrics: MetricsRegistry, log: RequestLog, now: @escaping @Sendable () -> Date) {
        self.metrics = metrics
        self.log = log
        self.now = now
    }

    mutating func refuseHost() {
        problem = Problem(.malformedRequest, "one Host field with a host is wanted (RFC 9112 §3.2)")
    }

    mutating func met(_ error: any Error) {
        if problem == nil, let error = error as? HTTPParserError { problem = Problem(error) }
    }

    /// What stands in place of the head, which is logged and counted; nil: it is no answer to an unreadable request.
    func answer(to head: HTTPResponseHead) -> (head: HTTPResponseHead, body: ByteBuffer)? {
        // An answer of our own to an earlier request may still be on its way, and has a type.
        guard let problem, head.status == .badRequest, !head.headers.contains(name: "content-type") else { return nil }
        let id = "\(RequestID())"
        let body = problem.octets(requestID: id)
        var headers = head.headers
        func set(_ name: HTTPField.Name, _ value: String) {
            headers.replaceOrAdd(name: name.canonicalName, value: value)
        }
        set(.contentType, Problem.mediaType)
        set(.contentLength, String(body.readableBytes))
        set(.cacheControl, "no-store")
        // RFC 9110 §6.6.1.
        set(.date, HTTPDate.text(of: now()))
        set(DoorMiddleware.requestID, id)
        set(DoorMiddleware.contentTypeOptions, "nosniff")
        let status = problem.code.status
        metrics.requestBegan()
        metrics.requestEnded(route: "none", status: status.code, seconds: 0)
        log.write(id: id, method: nil, route: "none", status: status, seconds: 0, code: problem.code)
        return (
            HTTPResponseHead(
                version: head.version, status: HTTPResponseStatus(statusCode: status.code), headers: headers),
            body
        )
    }
}

extension Problem {
    init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow:
            self.init(
                .headersTooLarge,
                "the request's line or a field is larger than \(ServerLimits.headerFieldOctetsMax) octets, or all are "
                    + "larger than \(ServerLimits.headerOctetsMax) or more than \(ServerLimits.headerFieldsMax)")
        default: self.init(.malformedRequest, "the request is not HTTP as RFC 9112 has it")
        }
    }
}
