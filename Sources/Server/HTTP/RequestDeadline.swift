import NIOCore
import NIOHTTPTypes

/// Cuts off a connection whose request does not arrive within its time, however busily its octets trickle in, and one whose
/// client does not take what it is being sent.
///
/// It sits behind the HTTP decoder, so a header that is still incomplete is the idle timeout's to end: that one counts
/// whole parts too.
final class RequestDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let time: TimeAmount
    private var isArriving = false
    private var deadline: Scheduled<Void>?
    private var stall: Scheduled<Void>?

    init(time: TimeAmount) { self.time = time }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isArriving = true
        case .body: break
        case .end:
            isArriving = false
            deadline?.cancel()
            deadline = nil
        }
        context.fireChannelRead(data)
    }

    /// Most requests have arrived whole by now: only for the others is a clock set.
    func channelReadComplete(context: ChannelHandlerContext) {
        if isArriving, deadline == nil {
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
        }
        context.fireChannelReadComplete()
    }

    /// A channel that takes no more has a full buffer; it takes more again once the client has read half of it.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let channel = context.channel
        stall?.cancel()
        stall = channel.isWritable ? nil : context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        deadline?.cancel()
        deadline = nil
        stall?.cancel()
        stall = nil
    }
}
