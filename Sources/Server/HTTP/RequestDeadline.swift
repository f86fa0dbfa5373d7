import NIOCore
import NIOHTTP1

/// Cuts off a connection whose request does not arrive within its time, however busily its octets trickle in, and one whose
/// client does not take what it is being sent.
///
/// It sees what the HTTP decoder made, so a header that is still incomplete is the idle timeout's to end: that one counts
/// whole parts too.
struct RequestDeadline {
    let time: TimeAmount
    private var isArriving = false
    private var deadline: Scheduled<Void>?
    private var stall: Scheduled<Void>?

    init(time: TimeAmount) { self.time = time }

    mutating func received(_ part: HTTPServerRequestPart) {
        switch part {
        case .head: isArriving = true
        case .body: break
        case .end:
            isArriving = false
            deadline?.cancel()
            deadline = nil
        }
    }

    /// Most requests have arrived whole by now: only for the others is a clock set.
    mutating func wasRead(_ context: ChannelHandlerContext) {
        guard isArriving, deadline == nil else { return }
        deadline = closing(context)
    }

    /// A channel that takes no more has a full buffer; it takes more again once the client has read half of it.
    mutating func writabilityChanged(_ context: ChannelHandlerContext) {
        stall?.cancel()
        stall = context.channel.isWritable ? nil : closing(context)
    }

    private func closing(_ context: ChannelHandlerContext) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    mutating func cancel() {
        deadline?.cancel()
        deadline = nil
        stall?.cancel()
        stall = nil
    }
}
