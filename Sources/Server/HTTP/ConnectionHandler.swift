import NIOCore
import NIOHTTP1

/// What a connection needs beside Hummingbird's own handling of HTTP/1: hosts checked, bodies asked for, slow clients cut
/// off, unreadable requests answered. All of it is in one place of the pipeline, because every part of every request and
/// answer passes each place.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var unreadable: UnreadableRequest
    private var deadline: RequestDeadline
    private var expectation = BodyExpectation()
    /// Nothing of the connection is read after such a request.
    private var isHostRefused = false

    init(unreadable: UnreadableRequest, deadline: RequestDeadline) {
        self.unreadable = unreadable
        self.deadline = deadline
    }

    // MARK: from the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isHostRefused else { return }
        let part = unwrapInboundIn(data)
        if case .head(let head) = part, !HostCheck.isGood(head) {
            isHostRefused = true
            unreadable.refuseHost()
            // What Hummingbird answers with 400.
            context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
            return
        }
        expectation.received(part)
        deadline.received(part)
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deadline.wasRead(context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        unreadable.met(error)
        context.fireErrorCaught(error)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        deadline.writabilityChanged(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline.cancel() }

    // MARK: to the client

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard case .bodyWanted? = event as? BodyExpectation.Event else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        if expectation.bodyIsWanted() {
            context.writeAndFlush(wrapOutboundOut(.head(.init(version: .http1_1, status: .continue))), promise: nil)
        }
        promise?.succeed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        expectation.sent(part)
        guard case .head(let head) = part, let answer = unreadable.answer(to: head) else {
            context.write(data, promise: promise)
            return
        }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: promise)
    }
}

/// Puts a `ConnectionHandler` right behind the decoder, and leaves: Hummingbird's own place for handlers is behind the
/// codec of its types, which no longer tell HTTP's version.
final class ConnectionHandlerPlacing: ChannelInboundHandler, RemovableChannelHandler {
    /// Of nothing: it has left before anything comes.
    typealias InboundIn = Never

    private let handler: ConnectionHandler

    init(_ handler: ConnectionHandler) { self.handler = handler }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(handler, position: .after(decoder))
        } catch {
            preconditionFailure("the pipeline has a decoder for HTTP/1")
        }
        pipeline.removeHandler(context: context, promise: nil)
    }
}
