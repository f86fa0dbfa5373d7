import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Gives a request that is no HTTP, or whose header is too large, an answer like any other problem's. It reaches no
/// handler: Hummingbird answers it with a bare 400 and closes the connection, and this fills that answer in on its way out.
final class UnreadableRequest: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let metrics: MetricsRegistry
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let hostCheck = HostCheck()
    private var problem: Problem?

    init(metrics: MetricsRegistry, logger: Logger, now: @escaping @Sendable () -> Date) {
        self.metrics = metrics
        self.logger = logger
        self.now = now
    }

    /// Hummingbird's own place for handlers is behind the codec of its types, which no longer tell HTTP's version.
    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandlers([hostCheck, BodyExpectation()], position: .after(decoder))
        } catch {
            preconditionFailure("the pipeline has a decoder for HTTP/1")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if hostCheck.isRefused {
            problem = Problem(.malformedRequest, "one Host field with a host is wanted (RFC 9112 §3.2)")
        } else if let error = error as? HTTPParserError {
            problem = Problem(error)
        }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // An answer of our own to an earlier request may still be on its way, and has a type.
        guard let problem, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentType] == nil
        else {
            context.write(data, promise: promise)
            return
        }
        let id = "\(RequestID())"
        let body = problem.octets(requestID: id)
        var fields = head.headerFields
        fields[.contentType] = Problem.mediaType
        fields[.contentLength] = String(body.readableBytes)
        fields[.cacheControl] = "no-store"
        // RFC 9110 §6.6.1.
        fields[.date] = HTTPDate.text(of: now())
        fields[DoorMiddleware.requestID] = id
        fields[DoorMiddleware.contentTypeOptions] = "nosniff"
        context.write(wrapOutboundOut(.head(.init(status: problem.code.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: promise)
        metrics.requestBegan()
        metrics.requestEnded(route: "none", status: problem.code.status.code, seconds: 0)
        logger.info(
            "request",
            metadata: [
                "hb.request.id": "\(id)", "method": "OTHER", "route": "none", "status": "\(problem.code.status.code)",
                "milliseconds": "0", "code": "\(problem.code.rawValue)",
            ])
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
