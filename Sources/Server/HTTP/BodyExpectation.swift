import NIOCore
import NIOHTTP1

/// `Expect: 100-continue` (RFC 9110 §10.1.1): a client that waits with its body is told to send it when a handler wants
/// it. Where the request is refused before, it gets that answer alone, and need not send what nobody reads.
final class BodyExpectation: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum Event: Sendable {
        /// From whoever answers the oldest request that has no answer yet.
        case bodyWanted
    }

    /// Of the newest request.
    private var isAwaited = false
    private var requestsUnanswered = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            requestsUnanswered += 1
            // In a request of HTTP/1.0 it is to be ignored.
            isAwaited =
                head.version != .http1_0
                && head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
        // Who sends the body unasked waits for nothing.
        case .body, .end: isAwaited = false
        }
        context.fireChannelRead(data)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard case .bodyWanted? = event as? Event else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        // Where the newest request is not yet the one that is answered, another's body was meant.
        if isAwaited, requestsUnanswered == 1 {
            isAwaited = false
            context.writeAndFlush(wrapOutboundOut(.head(.init(version: .http1_1, status: .continue))), promise: nil)
        }
        promise?.succeed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: if requestsUnanswered == 1 { isAwaited = false }
        case .body: break
        case .end: requestsUnanswered -= 1
        }
        context.write(data, promise: promise)
    }
}
